// One job as the memory store keeps it: numbers and texts only, so that nothing handed out is shared with it.

import { decodeData, type JsonValue } from "../../job/data.ts";
import { InvalidOptionError } from "../../job/errors.ts";
import type { Claim, EnqueuedJob, JobProgress, JobRecord, JobStatus, NewJob, UniqueWhile } from "../../job/record.ts";

/** Instants are milliseconds since 1970; `data`, `carried` and `progress` are JSON text. */
export interface Row {
  readonly id: string;
  readonly seq: number;
  readonly jobClass: string;
  readonly queue: string;
  data: string;
  readonly priority: number;
  readonly maxRetries: number;
  readonly timeout: number;
  readonly uniqueKey: string | null;
  readonly uniqueWhile: UniqueWhile;
  readonly carried: string | null;
  /** The place in claim order never changes: a row that becomes pending again is a new object (see `pendingAgain`). */
  readonly runAt: number;
  readonly createdAt: number;
  updatedAt: number;
  /** `"gone"`: deleted, or replaced by a new object. Whoever still points here drops it. */
  status: JobStatus | "gone";
  attempts: number;
  lastError: string | null;
  startedAt: number | null;
  /** completedAt or failedAt: the status says which. */
  endedAt: number | null;
  progress: string | null;
  lease: Lease | null;
  /** The last claim's, kept until the next one (R24); null before the first and after a retry by hand. */
  token: string | null;
  /** How many tokens this job has had: what makes the next one new. */
  tokens: number;
}

/** Who holds a row, and until when. */
export interface Lease {
  readonly row: Row;
  readonly workerId: string;
  readonly until: number;
}

/** What a row keeps from its enqueue for good. */
type Enqueued = Pick<
  NewJob,
  "jobClass" | "queue" | "data" | "priority" | "maxRetries" | "timeout" | "uniqueKey" | "uniqueWhile" | "carried"
>;

/** A pending row. The only place that makes rows: one literal is one hidden class, which is what makes them fast. */
export function newRow(id: string, seq: number, job: Enqueued, runAt: number, createdAt: number): Row {
  return {
    id,
    seq,
    jobClass: job.jobClass,
    queue: job.queue,
    data: job.data,
    priority: job.priority,
    maxRetries: job.maxRetries,
    timeout: job.timeout,
    uniqueKey: job.uniqueKey,
    uniqueWhile: job.uniqueWhile,
    carried: job.carried,
    runAt,
    createdAt,
    updatedAt: createdAt,
    status: "pending",
    attempts: 0,
    lastError: null,
    startedAt: null,
    endedAt: null,
    progress: null,
    lease: null,
    token: null,
    tokens: 0,
  };
}

/** The same job, to be claimed again at `runAt`. What else the step keeps is for the caller to carry over. */
export function pendingAgain(row: Row, runAt: number, now: number): Row {
  const again = newRow(row.id, row.seq, row, runAt, row.createdAt);
  again.updatedAt = now;
  again.tokens = row.tokens;
  return again;
}

/**
 * The milliseconds of a runAt. Throws: InvalidOptionError for an invalid Date. It compares false with everything, so
 * such a job would be found by nobody, and spoil the order of the others.
 */
export function runAtOf({ runAt }: { readonly runAt: Date }): number {
  const milliseconds = runAt.getTime();
  if (Number.isNaN(milliseconds)) throw new InvalidOptionError("runAt", runAt, "a valid Date");
  return milliseconds;
}

/** A record that shares nothing with the row. */
export function toRecord(row: Row): JobRecord {
  const { status, lease, endedAt } = row;
  const { data, broken } = decodeData(row.data);
  const record: JobRecord = {
    id: row.id,
    seq: row.seq,
    jobClass: row.jobClass,
    queue: row.queue,
    data,
    priority: row.priority,
    status: status as JobStatus, // `as`: a row that is gone is found by nobody
    attempts: row.attempts,
    maxRetries: row.maxRetries,
    lastError: row.lastError,
    runAt: new Date(row.runAt),
    createdAt: new Date(row.createdAt),
    updatedAt: new Date(row.updatedAt),
    startedAt: row.startedAt === null ? null : new Date(row.startedAt),
    completedAt: status === "completed" && endedAt !== null ? new Date(endedAt) : null,
    failedAt: status === "failed" && endedAt !== null ? new Date(endedAt) : null,
    timeout: row.timeout,
    lockedBy: lease === null ? null : lease.workerId,
    lockedUntil: lease === null ? null : new Date(lease.until),
    uniqueKey: row.uniqueKey,
    progress: row.progress === null ? null : (JSON.parse(row.progress) as JobProgress), // `as`: stored by `extend`
    carried: row.carried === null ? null : (JSON.parse(row.carried) as JsonValue), // `as`: stored by `insert`
  };
  return broken === undefined ? record : { ...record, brokenData: broken };
}

/** The record of a row that is held, with what proves it. */
export function toClaim(row: Row): Claim {
  // Adding one property to a fresh record is far cheaper than copying all of them.
  const claim = toRecord(row) as JobRecord & { token?: string };
  claim.token = row.token as string; // `as`: a row that is held has one
  return claim as Claim; // `as`: the token has just been set
}

/** The answer to an enqueue. */
export function toEnqueued(row: Row, deduplicated: boolean): EnqueuedJob {
  const job = toRecord(row) as JobRecord & { deduplicated?: boolean };
  job.deduplicated = deduplicated;
  return job as EnqueuedJob; // `as`: `deduplicated` has just been set
}
