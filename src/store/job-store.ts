// The seam between the engine and where jobs rest. A store keeps rows and applies no rule about outcomes.

import type { Outcome } from "../job/outcome.ts";
import type { Claim, EnqueuedJob, JobProgress, JobRecord, JobStatus, NewJob } from "../job/record.ts";
import type { ScheduleStore } from "./schedule-store.ts";

export type { CatchUp, NewSchedule, ScheduleRecord, ScheduleStore, ScheduleTick } from "./schedule-store.ts";

/**
 * Where jobs rest. Every instant comes in as an argument: a store never reads a clock, a timer or a random number.
 * What every store must do is written as tests in `wheelwright/contract`.
 *
 * Throws: StoreUnavailableError from any method when the store cannot be reached; nothing is then half done.
 */
export interface JobStore {
  /** `"memory"`, `"sqlite"`, `"postgres"`, `"mysql"`, or a store's own. */
  readonly name: string;

  /** Makes what the store needs. Idempotent, and safe from several processes at once. */
  setup(): Promise<void>;

  /**
   * Stores jobs, all or none, in order (`seq` follows it). A job whose `idGiven` id exists, or whose unique key is
   * held, is answered with that row and `deduplicated: true`. An id that was not given and exists is replaced by
   * asking `newId`.
   */
  insert(jobs: readonly NewJob[], at: InsertAt): Promise<readonly EnqueuedJob[]>;

  /** The same at once, for stores that can: needed by `enqueueSync`. */
  insertSync?(jobs: readonly NewJob[], at: InsertAt): readonly EnqueuedJob[];

  /**
   * Calls back when a transaction that an insert was handed has ended, at once where it has, for stores that know.
   * Returns false for one that cannot be followed.
   */
  whenEnded?(transaction: unknown, ended: (state: "committed" | "rolled back") => void): boolean;

  /** Pending jobs with `runAt <= now`, in claim order (R11). Changes nothing. */
  due(request: DueRequest): Promise<readonly JobRecord[]>;

  /**
   * Hands up to `limit` due jobs to one worker, in claim order, in one atomic step (R12). With `id`, that job only.
   * Returns: 0 to `limit` claims, attempts already counted. Nothing due is `[]`, not an error.
   */
  claim(request: ClaimRequest): Promise<readonly Claim[]>;

  /** Lengthens a lease and stores progress. `"lost"` when the claim no longer holds the job; nothing is then written. */
  extend(
    claim: ClaimKey,
    extension: { readonly now: Date; readonly leaseMs: number; readonly progress?: JobProgress },
  ): Promise<"held" | "lost">;

  /**
   * Writes what came of a claim, only if it still holds the job (R24). The same outcome sent again with the same token
   * answers `"settled"` and changes nothing. With `expired`, `lockedUntil` has to be what was read, too (R25).
   */
  settle(
    claim: ClaimKey,
    outcome: Outcome,
    at: { readonly now: Date; readonly expired?: boolean },
  ): Promise<"settled" | "lost">;

  /**
   * The same for many claims in few steps, for stores that can: as if each was settled by itself, in order. A claim that
   * is lost does no harm to the others.
   * Returns: an answer per settlement, in the order given. Throws: what `settle` throws, with nothing written at all.
   */
  settleMany?(
    settlements: readonly Settlement[],
    at: { readonly now: Date; readonly expired?: boolean },
  ): Promise<readonly ("settled" | "lost")[]>;

  /** Claims whose lease is over (`lockedUntil <= now`), earliest first, `after` being the last one of the page before. */
  expired(request: {
    readonly now: Date;
    readonly limit: number;
    readonly after?: Claim | undefined;
  }): Promise<readonly Claim[]>;

  /** The earliest pending runAt, or null when nothing is pending. */
  nextRunAt(request: { readonly queues?: readonly string[] | undefined }): Promise<Date | null>;

  /** The earliest instant at which a claim's lease is over, or null when nothing is processing. */
  nextLeaseEndAt(): Promise<Date | null>;

  get(id: string): Promise<JobRecord | null>;

  /** Newest first (by `seq`, descending). */
  list(filter: JobFilter): Promise<readonly JobRecord[]>;

  /** Counts per queue; a queue without jobs is left out. */
  stats(request: { readonly queues?: readonly string[] | undefined }): Promise<ReadonlyMap<string, StatusCounts>>;

  /** What happened since an instant, for monitoring (R31). */
  activity(request: ActivityRequest): Promise<Activity>;

  /** Makes one failed job pending again (R28): attempts 0, due now. */
  retry(id: string, at: { readonly now: Date }): Promise<RetryAnswer>;

  /** Makes failed jobs pending again, oldest failure first; skips those whose unique key another live job holds. Returns how many. */
  retryFailed(request: {
    readonly queues?: readonly string[] | undefined;
    readonly limit?: number | undefined;
    readonly now: Date;
  }): Promise<number>;

  /** Deletes jobs that ended before an instant (by completedAt or failedAt, strictly). Returns how many. */
  purge(request: {
    readonly statuses: readonly ("completed" | "failed")[];
    readonly before: Date;
    readonly queues?: readonly string[] | undefined;
  }): Promise<number>;

  /** Deletes one pending job. Any other is left alone, and its status is the answer; `"missing"` where there is none. */
  remove(id: string): Promise<"removed" | "missing" | JobStatus>;

  /**
   * Wakes at enqueues of other processes, for stores that can tell; polling remains the guarantee. `lost` is called once
   * when nothing is heard any more: whoever listens may then ask again. Returns: what ends it.
   */
  listen?(wake: () => void, lost: (error: unknown) => void): Promise<() => Promise<void>>;

  /** Where schedules are kept; absent in a store that keeps none. */
  readonly schedules?: ScheduleStore;

  /** Lets go of what the store holds. Idempotent. */
  close(): Promise<void>;
}

export interface InsertAt {
  readonly now: Date;
  readonly transaction?: unknown;
  /** Of `insertSync`: it throws WouldWaitError rather than hold up the process. */
  readonly atOnce?: boolean | undefined;
  /** A fresh id, asked for when one that the engine made exists already (R7). */
  readonly newId?: (() => string) | undefined;
}

export interface DueRequest {
  readonly queues?: readonly string[] | undefined;
  readonly limit: number;
  readonly now: Date;
}

export interface ClaimRequest extends DueRequest {
  readonly workerId: string;
  /** Milliseconds. */
  readonly leaseMs: number;
  readonly id?: string | undefined;
}

/** The part of a claim that proves who holds the job. `lockedUntil` counts for expired settles only. */
export type ClaimKey = Pick<Claim, "id" | "seq" | "token" | "lockedBy" | "lockedUntil">;

/** What came of one claim. */
export interface Settlement {
  readonly claim: ClaimKey;
  readonly outcome: Outcome;
  /** When it came to that: what the row then says. The call's `now` unless given, for a batch that waited to be sent. */
  readonly at?: Date | undefined;
}

/** All given conditions hold together. */
export interface JobFilter {
  readonly status?: JobStatus | readonly JobStatus[] | undefined;
  readonly queue?: string | readonly string[] | undefined;
  readonly jobClass?: string | readonly string[] | undefined;
  readonly uniqueKey?: string | undefined;
  /** 50 unless told. */
  readonly limit?: number | undefined;
  /** Only jobs with a lower seq: the next page of a listing. */
  readonly beforeSeq?: number | undefined;
}

export interface StatusCounts {
  readonly pending: number;
  readonly processing: number;
  readonly completed: number;
  readonly failed: number;
}

export interface ActivityRequest {
  readonly queues?: readonly string[] | undefined;
  readonly since: Date;
  /** How many of the jobs that ended latest to list. */
  readonly recent: number;
}

export interface Activity {
  /** Jobs completed at or after `since`. */
  readonly completed: number;
  readonly failed: number;
  /** From startedAt to completedAt, over those completed; null when there are none. */
  readonly meanDurationMs: number | null;
  /** The earliest runAt that is pending, whenever it was enqueued. */
  readonly oldestPendingAt: Date | null;
  /** Jobs that ended at or after `since`, latest first. */
  readonly recent: readonly JobRecord[];
}

export type RetryAnswer =
  | { readonly type: "retried" }
  | { readonly type: "missing" }
  | { readonly type: "not-failed"; readonly status: JobStatus }
  | { readonly type: "key-taken"; readonly uniqueKey: string; readonly holder: string };
