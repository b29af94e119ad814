// A job store written straight from docs/semantics.md: every question is asked of every row. What the memory store is
// held against, and, with one rule broken at a time, what the contract is tried on.

import { decodeData } from "../../../src/job/data.ts";
import type { Outcome } from "../../../src/job/outcome.ts";
import type { Claim, EnqueuedJob, JobRecord, JobStatus, NewJob } from "../../../src/job/record.ts";
import type {
  Activity,
  ActivityRequest,
  ClaimKey,
  ClaimRequest,
  DueRequest,
  InsertAt,
  JobFilter,
  JobStore,
  RetryAnswer,
  StatusCounts,
} from "../../../src/store/job-store.ts";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export interface NaiveRow extends Omit<Mutable<JobRecord>, "data" | "carried" | "progress" | "brokenData"> {
  data: string;
  carried: string | null;
  progress: string | null;
  uniqueWhile: NewJob["uniqueWhile"];
  holdsKey: boolean;
  token: string | null;
  claims: number;
}

export class NaiveJobStore implements JobStore {
  readonly name: string = "naive";
  protected rows: NaiveRow[] = [];
  protected seq = 0;
  #isClosed = false;

  // The rules that a broken store breaks, one by one.

  protected isDue(row: NaiveRow, now: Date): boolean {
    return row.status === "pending" && +row.runAt <= +now;
  }
  protected isOver(row: NaiveRow, now: Date): boolean {
    return row.status === "processing" && +(row.lockedUntil ?? 0) <= +now;
  }
  protected compare(a: NaiveRow, b: NaiveRow): number {
    return b.priority - a.priority || +a.runAt - +b.runAt || a.seq - b.seq;
  }
  protected holds(row: NaiveRow, claim: ClaimKey): boolean {
    const { id, seq, token, lockedBy } = row;
    const isSame = id === claim.id && seq === claim.seq && token === claim.token && lockedBy === claim.lockedBy;
    return row.status === "processing" && isSame;
  }
  protected isSameLease(row: NaiveRow, claim: ClaimKey): boolean {
    return +(row.lockedUntil ?? 0) === +(claim.lockedUntil ?? 0);
  }
  protected wasWritten(row: NaiveRow, claim: ClaimKey, outcome: Outcome): boolean {
    if (row.seq !== claim.seq || row.id !== claim.id || row.token !== claim.token) return false;
    if (outcome.type === "completed") return row.status === "completed";
    if (outcome.type === "failed") return row.status === "failed" && row.lastError === outcome.error;
    if (row.status !== "pending") return false;
    if (outcome.type === "released") return row.startedAt === null;
    return row.startedAt !== null && +row.runAt === +outcome.runAt && row.lastError === outcome.error;
  }
  protected isIn(row: NaiveRow, queues: readonly string[] | undefined): boolean {
    return queues === undefined || queues.includes(row.queue);
  }
  protected holderOf(uniqueKey: string | null): NaiveRow | undefined {
    return uniqueKey === null ? undefined : this.rows.find((row) => row.holdsKey && row.uniqueKey === uniqueKey);
  }
  protected isPurged(row: NaiveRow, statuses: readonly JobStatus[], before: Date): boolean {
    return statuses.includes(row.status) && +(row.completedAt ?? row.failedAt ?? before) < +before;
  }
  protected instant(date: Date): Date {
    return new Date(date);
  }

  // The steps.

  async setup(): Promise<void> {}

  async insert(jobs: readonly NewJob[], at: InsertAt): Promise<readonly EnqueuedJob[]> {
    this.check();
    if (at.transaction !== undefined) throw Object.assign(new Error("no"), { code: "TRANSACTION_NOT_SUPPORTED" });
    const before = [...this.rows];
    try {
      return jobs.map((job) => this.insertOne(job, at));
    } catch (error) {
      this.rows = before;
      throw error;
    }
  }

  protected insertOne(job: NewJob, at: InsertAt): EnqueuedJob {
    const twin = (job.idGiven ? this.rows.find((row) => row.id === job.id) : undefined) ?? this.holderOf(job.uniqueKey);
    if (twin !== undefined) return { ...this.record(twin), deduplicated: true };
    let { id } = job;
    while (this.rows.some((row) => row.id === id)) id = at.newId?.() ?? "";
    if (Number.isNaN(+job.runAt)) throw new RangeError("runAt");
    const { idGiven: _, ...given } = job;
    const row: NaiveRow = {
      ...given,
      id,
      seq: ++this.seq,
      status: "pending",
      attempts: 0,
      lastError: null,
      runAt: this.instant(job.runAt),
      createdAt: this.instant(at.now),
      updatedAt: this.instant(at.now),
      startedAt: null,
      completedAt: null,
      failedAt: null,
      lockedBy: null,
      lockedUntil: null,
      progress: null,
      holdsKey: job.uniqueKey !== null,
      token: null,
      claims: 0,
    };
    this.rows.push(row);
    return { ...this.record(row), deduplicated: false };
  }

  async due(request: DueRequest): Promise<readonly JobRecord[]> {
    this.check();
    return this.dueRows(request).map((row) => this.record(row));
  }

  protected dueRows({ queues, limit, now }: DueRequest): NaiveRow[] {
    const due = this.rows.filter((row) => this.isDue(row, now) && this.isIn(row, queues));
    return due.sort((a, b) => this.compare(a, b)).slice(0, limit);
  }

  async claim(request: ClaimRequest): Promise<readonly Claim[]> {
    this.check();
    const { id, limit } = request;
    const rows = this.dueRows(id === undefined ? request : { ...request, limit: Number.POSITIVE_INFINITY });
    const chosen = id === undefined ? rows : rows.filter((row) => row.id === id).slice(0, limit);
    return chosen.map((row) => this.hold(row, request));
  }

  protected hold(row: NaiveRow, { now, workerId, leaseMs }: ClaimRequest): Claim {
    row.status = "processing";
    row.attempts++;
    row.startedAt = this.instant(now);
    row.updatedAt = this.instant(now);
    row.progress = null;
    row.lockedBy = workerId;
    row.lockedUntil = this.instant(new Date(+now + leaseMs));
    row.token = this.newToken(row);
    if (row.uniqueWhile === "pending") row.holdsKey = false;
    return this.toClaim(row);
  }

  protected newToken(row: NaiveRow): string {
    return `${row.seq}:${++row.claims}`;
  }

  async extend(claim: ClaimKey, extension: Parameters<JobStore["extend"]>[1]): Promise<"held" | "lost"> {
    this.check();
    const row = this.rows.find((each) => this.holds(each, claim));
    if (row === undefined) return "lost";
    row.lockedUntil = this.instant(new Date(+extension.now + extension.leaseMs));
    row.updatedAt = this.instant(extension.now);
    if (extension.progress !== undefined) row.progress = JSON.stringify(extension.progress);
    return "held";
  }

  async settle(claim: ClaimKey, outcome: Outcome, at: Parameters<JobStore["settle"]>[2]): Promise<"settled" | "lost"> {
    this.check();
    const row = this.rows.find((each) => this.holds(each, claim));
    if (row === undefined) return this.rows.some((each) => this.wasWritten(each, claim, outcome)) ? "settled" : "lost";
    if (at.expired === true && !this.isSameLease(row, claim)) return "lost";
    if (outcome.type === "retry" && Number.isNaN(+outcome.runAt)) throw new RangeError("runAt");
    this.write(row, outcome, at.now);
    return "settled";
  }

  protected write(row: NaiveRow, outcome: Outcome, now: Date): void {
    row.updatedAt = this.instant(now);
    row.lockedBy = null;
    row.lockedUntil = null;
    if ("error" in outcome) row.lastError = outcome.error;
    if (outcome.type === "completed" || outcome.type === "failed") {
      row.status = outcome.type;
      row.completedAt = outcome.type === "completed" ? this.instant(now) : null;
      row.failedAt = outcome.type === "failed" ? this.instant(now) : null;
      row.holdsKey = false;
      return;
    }
    row.status = "pending";
    if (outcome.type === "retry") row.runAt = this.instant(outcome.runAt);
    else Object.assign(row, { attempts: row.attempts - 1, startedAt: null, progress: null });
  }

  async expired({ now, limit, after }: Parameters<JobStore["expired"]>[0]): Promise<readonly Claim[]> {
    this.check();
    const place = (row: NaiveRow | Claim): readonly [number, number] => [+(row.lockedUntil ?? 0), row.seq];
    const compare = ([a, b]: readonly [number, number], [c, d]: readonly [number, number]): number => a - c || b - d;
    return this.rows
      .filter((row) => this.isOver(row, now) && (after === undefined || compare(place(row), place(after)) > 0))
      .sort((a, b) => compare(place(a), place(b)))
      .slice(0, limit)
      .map((row) => this.toClaim(row));
  }

  async nextRunAt({ queues }: Parameters<JobStore["nextRunAt"]>[0]): Promise<Date | null> {
    this.check();
    return earliest(
      this.rows.filter((row) => row.status === "pending" && this.isIn(row, queues)).map((row) => row.runAt),
    );
  }

  async nextLeaseEndAt(): Promise<Date | null> {
    this.check();
    return earliest(this.rows.flatMap((row) => row.lockedUntil ?? []));
  }

  async get(id: string): Promise<JobRecord | null> {
    this.check();
    const row = this.rows.find((each) => each.id === id);
    return row === undefined ? null : this.record(row);
  }

  async list({ status, queue, jobClass, uniqueKey, limit = 50, beforeSeq }: JobFilter): Promise<readonly JobRecord[]> {
    this.check();
    const fits = (value: string, wanted: string | readonly string[] | undefined): boolean =>
      wanted === undefined || [wanted].flat().includes(value);
    return this.rows
      .filter((row) => fits(row.status, status) && fits(row.queue, queue) && fits(row.jobClass, jobClass))
      .filter((row) => uniqueKey === undefined || row.uniqueKey === uniqueKey)
      .filter((row) => beforeSeq === undefined || row.seq < beforeSeq)
      .sort((a, b) => b.seq - a.seq)
      .slice(0, limit)
      .map((row) => this.record(row));
  }

  async stats({ queues }: Parameters<JobStore["stats"]>[0]): Promise<ReadonlyMap<string, StatusCounts>> {
    this.check();
    const counts = new Map<string, Record<JobStatus, number>>();
    for (const row of this.rows.filter((each) => this.isIn(each, queues))) {
      const queue = counts.get(row.queue) ?? { pending: 0, processing: 0, completed: 0, failed: 0 };
      queue[row.status]++;
      counts.set(row.queue, queue);
    }
    return counts;
  }

  async activity({ queues, since, recent }: ActivityRequest): Promise<Activity> {
    this.check();
    const end = (row: NaiveRow): number => +(row.completedAt ?? row.failedAt ?? Number.NEGATIVE_INFINITY);
    const ended = this.rows.filter((row) => this.isIn(row, queues) && end(row) >= +since);
    const completed = ended.filter((row) => row.status === "completed");
    const total = completed.reduce((sum, row) => sum + end(row) - +(row.startedAt ?? 0), 0);
    return {
      completed: completed.length,
      failed: ended.length - completed.length,
      meanDurationMs: completed.length === 0 ? null : total / completed.length,
      oldestPendingAt: await this.nextRunAt({ queues }),
      recent: ended
        .sort((a, b) => end(b) - end(a) || b.seq - a.seq)
        .slice(0, recent)
        .map((row) => this.record(row)),
    };
  }

  async retry(id: string, { now }: { readonly now: Date }): Promise<RetryAnswer> {
    this.check();
    const row = this.rows.find((each) => each.id === id);
    if (row === undefined) return { type: "missing" };
    if (row.status !== "failed") return { type: "not-failed", status: row.status };
    const holder = row.uniqueWhile === "live" ? this.holderOf(row.uniqueKey) : undefined;
    if (holder !== undefined) return { type: "key-taken", uniqueKey: row.uniqueKey ?? "", holder: holder.id };
    this.makeNew(row, now);
    return { type: "retried" };
  }

  protected makeNew(row: NaiveRow, now: Date): void {
    const asNew = { status: "pending", attempts: 0, lastError: null, startedAt: null, failedAt: null, progress: null };
    const runAt = this.instant(now);
    const holdsKey = row.uniqueKey !== null && row.uniqueWhile === "live";
    Object.assign(row, asNew, { runAt, updatedAt: this.instant(now), holdsKey, token: null });
  }

  async retryFailed({ queues, limit, now }: Parameters<JobStore["retryFailed"]>[0]): Promise<number> {
    this.check();
    const failed = this.rows.filter((row) => row.status === "failed" && this.isIn(row, queues));
    let count = 0;
    for (const row of failed.sort((a, b) => +(a.failedAt ?? 0) - +(b.failedAt ?? 0) || a.seq - b.seq)) {
      if (count < (limit ?? Number.POSITIVE_INFINITY) && (await this.retry(row.id, { now })).type === "retried")
        count++;
    }
    return count;
  }

  async purge({ statuses, before, queues }: Parameters<JobStore["purge"]>[0]): Promise<number> {
    this.check();
    const kept = this.rows.filter((row) => !this.isPurged(row, statuses, before) || !this.isIn(row, queues));
    const count = this.rows.length - kept.length;
    this.rows = kept;
    return count;
  }

  async remove(id: string): Promise<"removed" | "missing" | JobStatus> {
    this.check();
    const row = this.rows.find((each) => each.id === id);
    if (row?.status !== "pending") return row?.status ?? "missing";
    this.rows = this.rows.filter((each) => each !== row);
    return "removed";
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  protected check(): void {
    if (this.#isClosed) throw Object.assign(new Error("closed"), { code: "STORE_UNAVAILABLE" });
  }

  protected record(row: NaiveRow): JobRecord {
    const { uniqueWhile: _, holdsKey: __, token: ___, claims: ____, ...fields } = structuredClone(row);
    const { data, broken } = decodeData(row.data);
    const read = (text: string | null) => (text === null ? null : JSON.parse(text));
    const record = { ...fields, data, carried: read(row.carried), progress: read(row.progress) };
    return broken === undefined ? record : { ...record, brokenData: broken };
  }

  protected toClaim(row: NaiveRow): Claim {
    return { ...this.record(row), token: row.token ?? "" };
  }
}

function earliest(dates: readonly Date[]): Date | null {
  return dates.length === 0 ? null : new Date(Math.min(...dates.map(Number)));
}
