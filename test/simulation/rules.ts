// What has to hold after every store call, whoever made it and whatever went wrong: docs/semantics.md, as the store's rows
// show it. Nothing here is taken from the stores or from the engine.

import type { Outcome } from "../../src/job/outcome.ts";
import type { Claim, EnqueuedJob, JobRecord, NewJob } from "../../src/job/record.ts";
import type { ClaimKey, ClaimRequest, DueRequest, JobStore, Settlement } from "../../src/store/job-store.ts";
import { nameOf, type SimData } from "./sim-job.ts";
import { Violation } from "./violation.ts";

/** A store call that has taken effect. */
export interface Effect {
  readonly method: string;
  readonly args: readonly unknown[];
  readonly answer: unknown;
  /** The process that made it. */
  readonly who: string;
}

/** A row as it was last seen, and what a record does not tell. */
interface Known {
  record: JobRecord;
  readonly made: NewJob;
  holdsKey: boolean;
  token: string | null;
}

interface At {
  readonly now: Date;
  readonly expired?: boolean;
}

/** Every so many store calls all rows are looked at, and not only those that the call was about. */
const LOOK_ROUND = 12;

export class Rules {
  readonly #store: JobStore;
  readonly #known = new Map<string, Known>();
  /** Jobs that were deleted on purpose. */
  readonly #gone = new Set<string>();
  /** What each job is called, by its id. */
  readonly #names = new Map<string, string>();
  readonly #tags = new Set<string>();
  /** Which process was handed which token. */
  readonly #handed = new Map<string, string>();
  /** The tokens under which a handler ran to its end. */
  readonly #finished = new Set<string>();
  /** Those with which a job was completed. */
  readonly #settled = new Set<string>();
  /** Those under which it gave its job up. */
  readonly #discarded = new Set<string>();
  readonly #acknowledged = new Set<string>();
  #calls = 0;

  constructor(store: JobStore) {
    this.#store = store;
  }

  /** What a job is called, by its id. */
  called(id: string): string {
    return this.#names.get(id) ?? id;
  }

  /** The ids of all jobs there are. */
  ids(): readonly string[] {
    return [...this.#known.keys()];
  }

  /** The first instant at which a lease is over, in milliseconds since 1970; Infinity when nothing runs. */
  nextLeaseEnd(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { record } of this.#known.values())
      if (record.lockedUntil !== null) first = Math.min(first, record.lockedUntil.getTime());
    return first;
  }

  /** How many jobs have not ended. */
  open(): number {
    let count = 0;
    for (const { record } of this.#known.values()) if (isLive(record)) count++;
    return count;
  }

  /** An enqueue resolved with this job. */
  acknowledged(job: EnqueuedJob): void {
    this.#acknowledged.add(job.id);
    if (!this.#names.has(job.id)) this.#names.set(job.id, nameOf(job));
  }

  started(claim: Claim, who: string): void {
    if (this.#handed.get(claim.token) !== who)
      throw new Violation(`${who} performs job ${nameOf(claim)} with a claim that it was not handed.`);
  }

  /** The engine said that it completed this job. */
  toldCompleted(claim: Claim): void {
    if (!this.#settled.has(claim.token))
      throw new Violation(`Job ${nameOf(claim)} was told to be completed, and the store has taken no such outcome.`);
  }

  finished(claim: Claim): void {
    this.#finished.add(claim.token);
  }

  discarded(claim: Claim): void {
    this.#discarded.add(claim.token);
  }

  async observe(effect: Effect): Promise<void> {
    const { method, args, answer, who } = effect;
    const request = args[0];
    // `as`, here and below: each is what the method of that name takes and answers.
    switch (method) {
      case "insert":
        await this.#insert(request as readonly NewJob[], args[1] as At, answer as readonly EnqueuedJob[]);
        break;
      case "claim":
        await this.#claim(request as ClaimRequest, answer as readonly Claim[], who);
        break;
      case "due":
        this.#sameIds("due", this.#due(request as DueRequest), answer as readonly JobRecord[]);
        break;
      case "extend":
        await this.#extend(request as Claim, args[1] as { now: Date; leaseMs: number }, answer);
        break;
      case "settle":
        await this.#settle(request as ClaimKey, args[1] as Outcome, args[2] as At, answer, who);
        break;
      case "settleMany":
        for (const [index, { claim, outcome, at: now }] of (request as readonly Settlement[]).entries())
          await this.#settle(
            claim,
            outcome,
            { ...(args[1] as At), ...(now && { now }) },
            (answer as readonly unknown[])[index],
            who,
          );
        break;
      case "expired":
        this.#expired(request as { now: Date; limit: number; after?: Claim }, answer as readonly Claim[]);
        break;
      case "nextRunAt":
        this.#nextRunAt(answer as Date | null);
        break;
      case "retry":
      case "retryFailed":
        await this.#retry(method, args, answer);
        break;
      case "remove":
        await this.#remove(request as string, answer);
        break;
      case "purge":
        await this.#purge(request as { statuses: readonly string[]; before: Date }, answer);
        break;
      default: // It changes nothing: `lookRound` would tell.
    }
    if (++this.#calls % LOOK_ROUND === 0) await this.lookRound();
  }

  /** All rows are as they were left: nobody changes what it was not asked to. */
  async lookRound(): Promise<void> {
    const rows = await this.#store.list({ limit: 10_000 });
    for (const row of rows) {
      const known = this.#known.get(row.id);
      if (known === undefined) throw new Violation(`Job ${nameOf(row)} is there, and no enqueue has stored it.`);
      this.#compare(row, known.record, "without a call that would");
    }
    if (rows.length === this.#known.size) return;
    const there = new Set(rows.map(({ id }) => id));
    const lost = this.ids().filter((id) => !there.has(id));
    throw new Violation(`Jobs were lost: ${lost.map((id) => this.called(id)).join(", ")}.`);
  }

  /** After healing: nothing acknowledged was lost, and everything has ended. */
  async end(): Promise<void> {
    await this.lookRound();
    for (const id of this.#acknowledged)
      if (!this.#known.has(id) && !this.#gone.has(id))
        throw new Violation(`Job ${this.called(id)} was acknowledged and is lost.`);
    for (const { record } of this.#known.values())
      if (isLive(record)) throw new Violation(`Job ${nameOf(record)} is ${record.status} for ever.`);
  }

  // ---- Calls ---------------------------------------------------------------------------------------------------

  async #insert(jobs: readonly NewJob[], { now }: At, answers: readonly EnqueuedJob[]): Promise<void> {
    for (const [index, made] of jobs.entries()) {
      const answer = answers[index];
      if (answer === undefined)
        throw new Violation(`An insert of ${jobs.length} jobs was answered with ${answers.length}.`);
      const holder = made.uniqueKey === null ? undefined : this.#holderOf(made.uniqueKey);
      const twin = (made.idGiven ? this.#known.get(made.id) : undefined) ?? holder;
      const { tag } = JSON.parse(made.data) as SimData; // `as`: nothing else is enqueued
      if (answer.deduplicated) {
        if (twin?.record.id !== answer.id)
          throw new Violation(
            `Enqueueing ${tag} was answered with job ${this.called(answer.id)}, which has neither its id nor its key.`,
          );
        continue;
      }
      if (twin !== undefined) {
        const why =
          holder === undefined
            ? `the id ${made.id}`
            : `the unique key ${made.uniqueKey}, which job ${nameOf(holder.record)} holds`;
        throw new Violation(`A second job was stored with ${why}.`);
      }
      if (this.#tags.has(tag)) throw new Violation(`One enqueue, ${tag}, has stored two jobs.`);
      this.#tags.add(tag);
      this.#names.set(answer.id, tag);
      const record = await this.#row(answer.id);
      this.#known.set(record.id, { record, made, holdsKey: made.uniqueKey !== null, token: null });
      const expected = {
        ...record,
        status: "pending",
        attempts: 0,
        lastError: null,
        runAt: made.runAt,
        createdAt: now,
      } as const;
      this.#compare(
        record,
        { ...expected, startedAt: null, completedAt: null, failedAt: null, lockedUntil: null },
        "at its enqueue",
      );
    }
  }

  async #claim(request: ClaimRequest, claims: readonly Claim[], who: string): Promise<void> {
    this.#sameIds("claim", this.#due(request), claims);
    const { now, leaseMs, workerId } = request;
    for (const claim of claims) {
      const known = this.#of(claim.id);
      const before = known.record;
      const { token } = claim;
      if (typeof token !== "string" || token === "" || this.#handed.has(token))
        throw new Violation(`Job ${nameOf(before)} was claimed with the token ${token}, which is not new.`);
      if (claim.attempts > before.maxRetries)
        throw new Violation(`Job ${nameOf(before)} was claimed for attempt ${claim.attempts} of ${before.maxRetries}.`);
      this.#handed.set(token, who);
      known.token = token;
      if (known.made.uniqueWhile === "pending") known.holdsKey = false;
      const lockedUntil = new Date(now.getTime() + leaseMs);
      const attempts = before.attempts + 1;
      const changed = { status: "processing", attempts, startedAt: now, lockedBy: workerId, lockedUntil } as const;
      await this.#became(known, { ...before, ...changed }, "at a claim");
      this.#compare(claim, known.record, "in the answer to its claim");
    }
  }

  async #extend(claim: ClaimKey, { now, leaseMs }: { now: Date; leaseMs: number }, answer: unknown): Promise<void> {
    const known = this.#known.get(claim.id);
    const holds = known !== undefined && this.#holds(known, claim);
    if (answer !== (holds ? "held" : "lost"))
      throw new Violation(
        `A heartbeat of job ${this.called(claim.id)} was answered "${answer}"; its claim ${holds ? "holds" : "does not hold"} it.`,
      );
    if (!holds) return;
    await this.#became(known, { ...known.record, lockedUntil: new Date(now.getTime() + leaseMs) }, "at a heartbeat");
  }

  async #settle(claim: ClaimKey, outcome: Outcome, at: At, answer: unknown, who: string): Promise<void> {
    const known = this.#known.get(claim.id);
    const holds = known !== undefined && this.#holds(known, claim);
    const isStale = at.expired === true && known?.record.lockedUntil?.getTime() !== claim.lockedUntil?.getTime();
    const takes = holds && !isStale;
    const again = !holds && known !== undefined && known.token === claim.token && shows(known.record, outcome);
    if (answer !== (takes || again ? "settled" : "lost"))
      throw new Violation(
        `The outcome "${outcome.type}" of job ${this.called(claim.id)} was answered "${answer}"; ${whySettled(takes, again, isStale)}.`,
      );
    if (!takes || known === undefined) {
      if (known !== undefined) await this.#became(known, known.record, "by an outcome that changes nothing");
      return;
    }
    this.#decided(known.record, claim, outcome, at, who);
    await this.#became(
      known,
      { ...known.record, ...written(known.record, outcome, at.now) },
      `by the outcome "${outcome.type}"`,
    );
    if (!isLive(known.record)) known.holdsKey = false;
    if (outcome.type === "completed") this.#settled.add(claim.token);
  }

  /** Whether the engine decided by the rules (R15, R20, R21, R25). */
  #decided(job: JobRecord, claim: ClaimKey, outcome: Outcome, { now, expired }: At, who: string): void {
    if (expired !== true && this.#handed.get(claim.token) !== who)
      throw new Violation(`${who} settled job ${nameOf(job)} with a claim that it was not handed.`);
    if (expired === true && (job.lockedUntil === null || job.lockedUntil > now))
      throw new Violation(`Job ${nameOf(job)} was rescued while its lease lasts.`);
    if (outcome.type === "completed" && !this.#finished.has(claim.token))
      throw new Violation(`Job ${nameOf(job)} is completed, and no handler of this claim has ended.`);
    if (outcome.type !== "failed" && outcome.type !== "retry") return;
    const error = outcome.error;
    const deadline = (job.startedAt?.getTime() ?? 0) + job.timeout * 1000;
    if (/timed out/.test(error) && now.getTime() < deadline)
      throw new Violation(`Job ${nameOf(job)} timed out ${deadline - now.getTime()} ms before its time was over.`);
    if (/worker lost/.test(error) && now.getTime() >= deadline)
      throw new Violation(`Job ${nameOf(job)} was rescued as "${error}" when its timeout had passed.`);
    const isLast = job.attempts >= job.maxRetries;
    if (outcome.type === "retry" && isLast)
      throw new Violation(
        `Job ${nameOf(job)} is to be tried again after attempt ${job.attempts} of ${job.maxRetries}.`,
      );
    if (outcome.type === "failed" && !isLast && !this.#discarded.has(claim.token))
      throw new Violation(`Job ${nameOf(job)} failed after attempt ${job.attempts} of ${job.maxRetries}.`);
    if (outcome.type !== "retry") return;
    const waitMs = outcome.runAt.getTime() - now.getTime();
    const expected = Math.min(1000 * 2 ** job.attempts, 6000);
    if (waitMs !== expected)
      throw new Violation(
        `Job ${nameOf(job)} is to wait ${waitMs} ms after attempt ${job.attempts}; backoff is ${expected}.`,
      );
  }

  #expired({ now, limit, after }: { now: Date; limit: number; after?: Claim }, claims: readonly Claim[]): void {
    const until = (job: JobRecord): number => job.lockedUntil?.getTime() ?? 0;
    const isAfter = (job: JobRecord): boolean =>
      after === undefined || until(job) > until(after) || (until(job) === until(after) && job.seq > after.seq);
    const over = this.#records()
      .filter((job) => job.status === "processing" && until(job) <= now.getTime() && isAfter(job))
      .sort((a, b) => until(a) - until(b) || a.seq - b.seq);
    this.#sameIds("expired", over.slice(0, limit), claims);
    for (const claim of claims)
      if (claim.token !== this.#of(claim.id).token)
        throw new Violation(
          `The claim of job ${nameOf(claim)} was listed as expired with a token that is not its own.`,
        );
  }

  #nextRunAt(answer: Date | null): void {
    const all = this.#records().filter(({ status }) => status === "pending");
    const earliest = all.length === 0 ? null : Math.min(...all.map(({ runAt }) => runAt.getTime()));
    if ((answer?.getTime() ?? null) !== earliest)
      throw new Violation(
        `The next job was said to be due at ${told(answer)}; it is ${told(earliest === null ? null : new Date(earliest))}.`,
      );
  }

  async #retry(method: string, args: readonly unknown[], answer: unknown): Promise<void> {
    const request = args[method === "retry" ? 1 : 0] as { now: Date; limit?: number }; // `as`: what it takes
    const failed = this.#records()
      .filter(({ status, id }) => status === "failed" && (method === "retryFailed" || id === args[0]))
      .sort((a, b) => (a.failedAt?.getTime() ?? 0) - (b.failedAt?.getTime() ?? 0) || a.seq - b.seq);
    let count = 0;
    for (const job of failed) {
      const known = this.#of(job.id);
      if (count >= (request.limit ?? Number.POSITIVE_INFINITY)) break;
      const retakes = known.made.uniqueKey !== null && known.made.uniqueWhile === "live";
      if (retakes && this.#holderOf(known.made.uniqueKey ?? "") !== undefined) continue;
      count++;
      known.token = null;
      known.holdsKey = retakes;
      const fresh = { status: "pending", attempts: 0, lastError: null, failedAt: null, startedAt: null } as const;
      await this.#became(known, { ...job, ...fresh, runAt: request.now }, "when retried by hand");
    }
    const told = method === "retry" ? Number((answer as { type: string }).type === "retried") : answer; // `as`: RetryAnswer
    if (told !== count) throw new Violation(`${method} told of ${told} jobs made pending again; they are ${count}.`);
  }

  async #remove(id: string, answer: unknown): Promise<void> {
    const known = this.#known.get(id);
    const expected =
      known === undefined ? "missing" : known.record.status === "pending" ? "removed" : known.record.status;
    if (answer !== expected)
      throw new Violation(`Cancelling job ${this.called(id)} was answered "${answer}"; expected was "${expected}".`);
    if (answer === "removed") this.#forget(id);
  }

  async #purge({ statuses, before }: { statuses: readonly string[]; before: Date }, answer: unknown): Promise<void> {
    const old = this.#records().filter(
      (job) => statuses.includes(job.status) && (job.completedAt ?? job.failedAt ?? before) < before,
    );
    if (answer !== old.length) throw new Violation(`A purge told of ${answer} jobs deleted; they are ${old.length}.`);
    for (const { id } of old) this.#forget(id);
  }

  // ---- Rows ----------------------------------------------------------------------------------------------------

  #forget(id: string): void {
    const known = this.#known.get(id);
    // An enqueue with a given id may be said again when the job that it made is gone: it makes another.
    if (known?.made.idGiven === true) this.#tags.delete(nameOf(known.record));
    this.#known.delete(id);
    this.#gone.add(id);
  }

  #records(): JobRecord[] {
    return [...this.#known.values()].map(({ record }) => record);
  }

  #of(id: string): Known {
    const known = this.#known.get(id);
    if (known === undefined)
      throw new Violation(`Job ${this.called(id)} was handed out, and no enqueue has stored it.`);
    return known;
  }

  async #row(id: string): Promise<JobRecord> {
    const row = await this.#store.get(id);
    if (row === null) throw new Violation(`Job ${this.called(id)} is not there.`);
    return row;
  }

  #holderOf(uniqueKey: string): Known | undefined {
    for (const known of this.#known.values()) if (known.holdsKey && known.made.uniqueKey === uniqueKey) return known;
    return undefined;
  }

  #holds({ record, token }: Known, claim: ClaimKey): boolean {
    return record.status === "processing" && token === claim.token && record.lockedBy === claim.lockedBy;
  }

  #due({ queues, limit, now, id }: DueRequest & { readonly id?: string | undefined }): readonly JobRecord[] {
    return this.#records()
      .filter((job) => job.status === "pending" && job.runAt <= now && (id === undefined || id === job.id))
      .filter(({ queue }) => queues === undefined || queues.includes(queue))
      .sort((a, b) => b.priority - a.priority || a.runAt.getTime() - b.runAt.getTime() || a.seq - b.seq)
      .slice(0, limit);
  }

  #sameIds(what: string, expected: readonly JobRecord[], answer: readonly JobRecord[]): void {
    const listed = (jobs: readonly JobRecord[]): string => jobs.map(({ id }) => this.called(id)).join(", ");
    const [wanted, got] = [listed(expected), listed(answer)];
    if (wanted !== got) throw new Violation(`${what} answered with [${got}]; by the rules it is [${wanted}].`);
  }

  /** The row has to be what the step makes of it, and is known as that from now on. */
  async #became(known: Known, expected: JobRecord, when: string): Promise<void> {
    const row = await this.#row(known.record.id);
    this.#compare(row, expected, when);
    known.record = row;
  }

  #compare(row: JobRecord, expected: JobRecord, when: string): void {
    for (const field of COMPARED) {
      const [is, was] = [plain(row[field]), plain(expected[field])];
      if (is !== was)
        throw new Violation(`Job ${nameOf(expected)} has ${field} ${is} ${when}; by the rules it is ${was}.`);
    }
  }
}

const COMPARED = [
  "status",
  "attempts",
  "maxRetries",
  "runAt",
  "createdAt",
  "lastError",
  "startedAt",
  "completedAt",
  "failedAt",
  "lockedBy",
  "lockedUntil",
] as const;

/** What an outcome writes: the table of docs/semantics.md. */
function written(job: JobRecord, outcome: Outcome, now: Date): Partial<JobRecord> {
  const free = { lockedBy: null, lockedUntil: null };
  switch (outcome.type) {
    case "completed":
      return { ...free, status: "completed", completedAt: now };
    case "failed":
      return { ...free, status: "failed", failedAt: now, lastError: outcome.error };
    case "retry":
      return { ...free, status: "pending", runAt: outcome.runAt, lastError: outcome.error };
    case "released":
      return { ...free, status: "pending", attempts: job.attempts - 1, startedAt: null };
  }
}

/** Whether a row shows this outcome of its last claim (R24). */
function shows(job: JobRecord, outcome: Outcome): boolean {
  switch (outcome.type) {
    case "completed":
      return job.status === "completed";
    case "failed":
      return job.status === "failed" && job.lastError === outcome.error;
    case "released":
      return job.status === "pending" && job.startedAt === null;
    case "retry": {
      const isSame = job.runAt.getTime() === outcome.runAt.getTime() && job.lastError === outcome.error;
      return job.status === "pending" && job.startedAt !== null && isSame;
    }
  }
}

function whySettled(takes: boolean, again: boolean, isStale: boolean): string {
  if (takes) return "its claim holds the job";
  if (again) return "it is written already";
  return isStale ? "the lease was extended since it was read" : "its claim does not hold the job";
}

const isLive = ({ status }: JobRecord): boolean => status === "pending" || status === "processing";
const told = (date: Date | null): string => (date === null ? "never" : date.toISOString());
const plain = (value: unknown): unknown => (value instanceof Date ? value.getTime() : value);
