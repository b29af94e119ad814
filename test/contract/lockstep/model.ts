// What a job store does, as the rules of docs/semantics.md say it: the shortest program that keeps them, with no thought
// for speed. Stores are compared with it, answer by answer.

import { decodeData } from "../../../src/job/data.ts";
import type { Outcome } from "../../../src/job/outcome.ts";
import type { Claim, EnqueuedJob, JobRecord, JobStatus, NewJob, UniqueWhile } from "../../../src/job/record.ts";
import type { ClaimKey, InsertAt, JobStore, RetryAnswer, StatusCounts } from "../../../src/store/job-store.ts";

import type { NewSchedule, ScheduleRecord, ScheduleStore, ScheduleTick } from "../../../src/store/schedule-store.ts";

type Queues = readonly string[] | undefined;
type Request<Verb extends "claim" | "due" | "expired" | "activity" | "retryFailed" | "purge" | "list"> = Parameters<
  JobStore[Verb]
>[0];

/** A record, never changed but replaced, and what a store keeps besides. */
interface Row {
  readonly job: JobRecord;
  readonly uniqueWhile: UniqueWhile;
  readonly holdsKey: boolean;
  /** Of the last claim, until a retry by hand; null before the first. */
  readonly token: string | null;
  /** What the last claim was settled as. */
  readonly settledAs: Outcome | null;
}

const AS_NEW = { status: "pending", attempts: 0, lastError: null, startedAt: null, failedAt: null, progress: null };
const FREE = { lockedBy: null, lockedUntil: null } as const;

export class ModelJobStore implements JobStore {
  readonly name = "model";
  #rows: readonly Row[] = [];
  #lastSeq = 0;
  #lastToken = 0;

  readonly schedules: ScheduleStore = {
    put: async (given) => {
      for (const each of given) this.#putSchedule(each);
    },
    list: async () => this.#schedules,
    tick: (tick, at) => this.#tick(tick, at),
    remove: async (name) => {
      const before = this.#schedules.length;
      this.#schedules = this.#schedules.filter((each) => each.name !== name);
      return this.#schedules.length < before;
    },
  };
  /** By name. */
  #schedules: readonly ScheduleRecord[] = [];

  async setup(): Promise<void> {}
  async close(): Promise<void> {}

  /** The last writer's definition counts; what has fired, and when it fires next unless that has changed, stays. */
  #putSchedule(given: NewSchedule): void {
    const kept = this.#schedules.find(({ name }) => name === given.name);
    const isNew = kept === undefined || kept.schedule !== given.schedule || kept.timezone !== given.timezone;
    const nextRun = isNew || (given.enabled && !kept.enabled) ? given.nextRun : kept.nextRun;
    this.#keep({ ...given, nextRun, lastRun: kept?.lastRun ?? null, runCount: kept?.runCount ?? 0 });
  }

  /** R34: for the first that comes with the instant that is kept, and only if its jobs are stored. */
  async #tick(tick: ScheduleTick, at: InsertAt): Promise<readonly EnqueuedJob[] | null> {
    const kept = this.#schedules.find(({ name }) => name === tick.name);
    if (kept === undefined || !kept.enabled || kept.nextRun === null || +kept.nextRun !== +tick.due) return null;
    const jobs = await this.insert(tick.jobs, at);
    const lastRun = jobs.length > 0 ? tick.lastRun : kept.lastRun;
    this.#keep({ ...kept, nextRun: tick.nextRun, lastRun, runCount: kept.runCount + jobs.length });
    return jobs;
  }

  #keep(schedule: ScheduleRecord): void {
    const others = this.#schedules.filter(({ name }) => name !== schedule.name);
    this.#schedules = [...others, schedule].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** R9: all of it, or as if it had never been. What `work` is handed means nothing, for nobody else is there. */
  async transaction(work: (transaction: undefined) => Promise<void>): Promise<void> {
    await this.#allOrNone(() => work(undefined));
  }

  /** R10. */
  async insert(jobs: readonly NewJob[], { now, newId }: Parameters<JobStore["insert"]>[1]): Promise<EnqueuedJob[]> {
    return this.#allOrNone(async () => jobs.map((job) => this.#insertOne(job, now, newId)));
  }

  #insertOne(job: NewJob, now: Date, newId: (() => string) | undefined): EnqueuedJob {
    const twin = (job.idGiven ? this.#find(job.id) : undefined) ?? this.#holderOf(job.uniqueKey); // R7, R8
    if (twin !== undefined) return { ...twin.job, deduplicated: true };
    let { id } = job;
    while (this.#find(id) !== undefined) id = newId?.() ?? unheardOf(id);
    const { data, broken } = decodeData(job.data);
    const { jobClass, queue, priority, maxRetries, timeout, uniqueKey } = job;
    const runAt = new Date(job.runAt);
    const given = { id, jobClass, queue, data, priority, maxRetries, timeout, runAt, uniqueKey };
    const never = { lastError: null, startedAt: null, completedAt: null, failedAt: null, progress: null, ...FREE };
    const carried = job.carried === null ? null : JSON.parse(job.carried);
    const dates = { createdAt: now, updatedAt: now };
    const record = { ...given, ...never, ...dates, seq: ++this.#lastSeq, status: "pending", attempts: 0, carried };
    const added: JobRecord = { ...record, status: "pending", ...(broken === undefined ? {} : { brokenData: broken }) };
    const holdsKey = uniqueKey !== null;
    this.#rows = [...this.#rows, { job: added, uniqueWhile: job.uniqueWhile, holdsKey, token: null, settledAs: null }];
    return { ...added, deduplicated: false };
  }

  /** R11. */
  async due({ queues, limit, now }: Request<"due">): Promise<readonly JobRecord[]> {
    return this.#jobs((job) => job.status === "pending" && job.runAt <= now && isIn(queues, job))
      .sort((a, b) => b.priority - a.priority || +a.runAt - +b.runAt || a.seq - b.seq)
      .slice(0, limit);
  }

  /** R12. */
  async claim({ id, limit, now, workerId, leaseMs, queues }: Request<"claim">): Promise<readonly Claim[]> {
    const due = await this.due({ queues, limit: Number.POSITIVE_INFINITY, now });
    const taken = due.filter((job) => id === undefined || job.id === id).slice(0, limit);
    return taken.map((job) => {
      const token = `token ${++this.#lastToken}`;
      const lease = { lockedBy: workerId, lockedUntil: new Date(+now + leaseMs) };
      const attempt = { attempts: job.attempts + 1, startedAt: now, updatedAt: now, progress: null };
      return claimOf(
        this.#replace(job.id, (row) => ({
          ...row,
          job: { ...job, ...attempt, ...lease, status: "processing" },
          holdsKey: row.holdsKey && row.uniqueWhile === "live", // R8
          token,
          settledAs: null,
        })),
      );
    });
  }

  /** R25: by the holder, and only by it. */
  async extend(claim: ClaimKey, extension: Parameters<JobStore["extend"]>[1]): Promise<"held" | "lost"> {
    const { now, leaseMs, progress } = extension;
    if (!this.#holds(claim)) return "lost";
    this.#write(claim.id, {
      lockedUntil: new Date(+now + leaseMs),
      updatedAt: now,
      ...(progress === undefined ? {} : { progress }),
    });
    return "held";
  }

  /** R24: by the holder, or once more what was settled already. R25: with `expired`, only a lease nobody extended. */
  async settle(
    claim: ClaimKey,
    outcome: Outcome,
    { now, expired = false }: Parameters<JobStore["settle"]>[2],
  ): Promise<"settled" | "lost"> {
    const row = this.#find(claim.id);
    if (!this.#holds(claim)) {
      const isLast = row !== undefined && row.job.seq === claim.seq && row.token === claim.token;
      return isLast && same(row.settledAs, outcome) ? "settled" : "lost";
    }
    if (row === undefined || (expired && !same(row.job.lockedUntil, claim.lockedUntil))) return "lost";
    const ends = outcome.type === "completed" || outcome.type === "failed";
    this.#write(claim.id, { ...written(row.job, outcome, now), ...FREE, updatedAt: now });
    this.#replace(claim.id, (each) => ({ ...each, holdsKey: each.holdsKey && !ends, settledAs: outcome }));
    return "settled";
  }

  /** As if each was settled by itself. */
  async settleMany(
    settlements: Parameters<NonNullable<JobStore["settleMany"]>>[0],
    at: Parameters<JobStore["settle"]>[2],
  ): Promise<readonly ("settled" | "lost")[]> {
    const answers: ("settled" | "lost")[] = [];
    for (const { claim, outcome, at: when = at.now } of settlements)
      answers.push(await this.settle(claim, outcome, { ...at, now: when }));
    return answers;
  }

  async expired({ now, limit, after }: Request<"expired">): Promise<readonly Claim[]> {
    return this.#rows
      .filter(({ job }) => job.status === "processing" && end(job) <= +now)
      .filter(({ job }) => after === undefined || byLeaseEnd(job, after) > 0)
      .sort((a, b) => byLeaseEnd(a.job, b.job))
      .slice(0, limit)
      .map(claimOf);
  }

  async nextRunAt({ queues }: { readonly queues?: Queues }): Promise<Date | null> {
    return earliest(this.#jobs((job) => job.status === "pending" && isIn(queues, job)).map((job) => job.runAt));
  }

  async nextLeaseEndAt(): Promise<Date | null> {
    return earliest(this.#jobs((job) => job.status === "processing").flatMap((job) => job.lockedUntil ?? []));
  }

  async get(id: string): Promise<JobRecord | null> {
    return this.#find(id)?.job ?? null;
  }

  async list({ status, queue, jobClass, uniqueKey, limit = 50, beforeSeq }: Request<"list">): Promise<JobRecord[]> {
    const isOne = (of: string | readonly string[] | undefined, value: string) =>
      of === undefined || [of].flat().includes(value);
    return this.#jobs((job) => isOne(status, job.status) && isOne(queue, job.queue) && isOne(jobClass, job.jobClass))
      .filter((job) => uniqueKey === undefined || job.uniqueKey === uniqueKey)
      .filter((job) => beforeSeq === undefined || job.seq < beforeSeq)
      .sort((a, b) => b.seq - a.seq)
      .slice(0, limit);
  }

  async stats({ queues }: { readonly queues?: Queues }): Promise<ReadonlyMap<string, StatusCounts>> {
    const counts = new Map<string, StatusCounts>();
    for (const { queue, status } of this.#jobs((job) => isIn(queues, job))) {
      const of = counts.get(queue) ?? { pending: 0, processing: 0, completed: 0, failed: 0 };
      counts.set(queue, { ...of, [status]: of[status] + 1 });
    }
    return counts;
  }

  /** R31. */
  async activity({ queues, since, recent }: Request<"activity">): Promise<Awaited<ReturnType<JobStore["activity"]>>> {
    const ended = this.#jobs((job) => isIn(queues, job) && (endedAt(job) ?? Number.NEGATIVE_INFINITY) >= +since);
    const durations = ended
      .filter((job) => job.status === "completed")
      .map((job) => +(job.completedAt ?? 0) - +(job.startedAt ?? 0));
    return {
      completed: durations.length,
      failed: ended.length - durations.length,
      meanDurationMs: durations.length === 0 ? null : durations.reduce((a, b) => a + b, 0) / durations.length,
      oldestPendingAt: await this.nextRunAt({ queues }),
      recent: ended.sort((a, b) => (endedAt(b) ?? 0) - (endedAt(a) ?? 0) || b.seq - a.seq).slice(0, recent),
    };
  }

  /** R28, and R8: a key that was given up at the claim is given up for good. */
  async retry(id: string, { now }: { readonly now: Date }): Promise<RetryAnswer> {
    const row = this.#find(id);
    if (row === undefined) return { type: "missing" };
    if (row.job.status !== "failed") return { type: "not-failed", status: row.job.status };
    const key = row.uniqueWhile === "live" ? row.job.uniqueKey : null;
    const holder = this.#holderOf(key)?.job.id;
    if (key !== null && holder !== undefined) return { type: "key-taken", uniqueKey: key, holder };
    this.#write(id, { ...AS_NEW, status: "pending", runAt: now, updatedAt: now });
    this.#replace(id, (each) => ({ ...each, holdsKey: key !== null, token: null, settledAs: null }));
    return { type: "retried" };
  }

  async retryFailed({ queues, limit = Number.POSITIVE_INFINITY, now }: Request<"retryFailed">): Promise<number> {
    const failed = this.#jobs((job) => job.status === "failed" && isIn(queues, job));
    let count = 0;
    for (const { id } of failed.sort((a, b) => +(a.failedAt ?? 0) - +(b.failedAt ?? 0) || a.seq - b.seq)) {
      if (count < limit && (await this.retry(id, { now })).type === "retried") count++;
    }
    return count;
  }

  /** R29. */
  async purge({ statuses, before, queues }: Request<"purge">): Promise<number> {
    const isOld = (job: JobRecord) => (endedAt(job) ?? Number.POSITIVE_INFINITY) < +before;
    return this.#delete(
      (job) => (statuses as readonly JobStatus[]).includes(job.status) && isOld(job) && isIn(queues, job), // `as`: to ask
    );
  }

  /** R30. */
  async remove(id: string): Promise<"removed" | "missing" | JobStatus> {
    const status = this.#find(id)?.job.status ?? "missing";
    if (status !== "pending") return status;
    this.#delete((job) => job.id === id);
    return "removed";
  }

  #jobs(fits: (job: JobRecord) => boolean): JobRecord[] {
    return this.#rows.map((row) => row.job).filter(fits);
  }

  #find(id: string): Row | undefined {
    return this.#rows.find((row) => row.job.id === id);
  }

  #holderOf(uniqueKey: string | null): Row | undefined {
    return uniqueKey === null ? undefined : this.#rows.find((row) => row.holdsKey && row.job.uniqueKey === uniqueKey);
  }

  #holds({ id, seq, token, lockedBy }: ClaimKey): boolean {
    const row = this.#find(id);
    if (row?.job.status !== "processing") return false;
    return row.job.seq === seq && row.token === token && row.job.lockedBy === lockedBy;
  }

  #write(id: string, fields: Partial<JobRecord>): void {
    this.#replace(id, (row) => ({ ...row, job: { ...row.job, ...fields } }));
  }

  #replace(id: string, change: (row: Row) => Row): Row {
    this.#rows = this.#rows.map((row) => (row.job.id === id ? change(row) : row));
    return this.#find(id) ?? unheardOf(id);
  }

  #delete(goes: (job: JobRecord) => boolean): number {
    const before = this.#rows.length;
    this.#rows = this.#rows.filter((row) => !goes(row.job));
    return before - this.#rows.length;
  }

  async #allOrNone<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#rows;
    try {
      return await work();
    } catch (error) {
      this.#rows = before;
      throw error;
    }
  }
}

/** The table "What each step writes", the lines of a settle. */
function written(job: JobRecord, outcome: Outcome, now: Date): Partial<JobRecord> {
  switch (outcome.type) {
    case "completed":
      return { status: "completed", completedAt: now };
    case "failed":
      return { status: "failed", failedAt: now, lastError: outcome.error };
    case "retry":
      return { status: "pending", runAt: outcome.runAt, lastError: outcome.error };
    case "released":
      return { status: "pending", attempts: job.attempts - 1, startedAt: null, progress: null };
  }
}

const isIn = (queues: Queues, job: JobRecord): boolean => queues === undefined || queues.includes(job.queue);
const end = (job: JobRecord): number => +(job.lockedUntil ?? 0);
const byLeaseEnd = (a: JobRecord, b: JobRecord): number => end(a) - end(b) || a.seq - b.seq;
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const claimOf = ({ job, token }: Row): Claim => ({ ...job, token: token ?? "" });

function endedAt({ completedAt, failedAt }: JobRecord): number | null {
  const date = completedAt ?? failedAt;
  return date === null ? null : +date;
}

function earliest(dates: readonly Date[]): Date | null {
  return dates.length === 0 ? null : new Date(Math.min(...dates.map(Number)));
}

function unheardOf(id: string): never {
  throw new Error(`the model was asked for what cannot be, at the job ${id}`);
}
