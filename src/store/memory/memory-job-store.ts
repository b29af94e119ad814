// The store in memory: what a test runs on, and an app that needs nothing to outlive its process.

import { StoreUnavailableError, WouldWaitError } from "../../job/errors.ts";
import type { Outcome } from "../../job/outcome.ts";
import type { Claim, EnqueuedJob, JobRecord, JobStatus, NewJob } from "../../job/record.ts";
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
  Settlement,
  StatusCounts,
} from "../job-store.ts";
import { type Into, insert } from "./insert.ts";
import { JobTable } from "./job-table.ts";
import { activity, endedBefore, failedRows, list } from "./listing.ts";
import { keysToRetake, retryFailed, retryOne } from "./retry.ts";
import { type Row, toClaim, toRecord } from "./row.ts";
import { MemorySchedules } from "./schedules.ts";
import { settle, settleMany } from "./settle.ts";
import type { MemoryTransaction, OpenTransaction } from "./transaction.ts";
import { type ForeignTransactions, Transactions } from "./transactions.ts";

/** What to do with a retry: it takes no transaction. */
const AFTERWARDS = "A retry takes part in no transaction: call it when the transaction has ended.";

export interface MemoryJobStoreOptions {
  /**
   * A transaction object of some database client cannot be followed from here: `"refuse"` (the default) throws
   * TransactionNotSupportedError, `"commit-at-once"` stores the job whatever becomes of the transaction.
   */
  readonly foreignTransactions?: ForeignTransactions;
}

/**
 * Keeps jobs in this process. Every method has done its work when it returns its promise, so calls made one after the
 * other take effect in that order, awaited or not; only an insert or a retry that meets an open transaction waits.
 *
 * ```ts
 * const store = new MemoryJobStore();
 * await store.transaction(async (transaction) => {
 *   await SendEmailJob.enqueue({ to }, { transaction }); // stored if the function resolves, else it never was
 * });
 * ```
 */
export class MemoryJobStore implements JobStore {
  readonly name: string = "memory";
  readonly #table = new JobTable();
  readonly #transactions: Transactions;
  readonly schedules: MemorySchedules = new MemorySchedules({
    assertOpen: (attempted) => this.#assertOpen(attempted),
    insert: (jobs, at) => insert(jobs, at, this.#into(null)),
  });
  #isClosed = false;

  constructor(options: MemoryJobStoreOptions = {}) {
    this.#transactions = new Transactions(options.foreignTransactions ?? "refuse");
  }

  async setup(): Promise<void> {
    this.#assertOpen("set up");
  }

  async insert(jobs: readonly NewJob[], at: InsertAt): Promise<readonly EnqueuedJob[]> {
    for (;;) {
      this.#assertOpen("insert");
      const transaction = this.#transactions.handed(at.transaction);
      const blocker = this.#transactions.blocking(jobs, transaction);
      if (blocker === undefined) return insert(jobs, at, this.#into(transaction));
      this.#transactions.refuseOwn(blocker, "enqueue", "Pass it: enqueue(data, { transaction }).");
      await blocker.whenOver(transaction);
    }
  }

  /** Throws: WouldWaitError where `insert` would wait for another transaction. */
  insertSync(jobs: readonly NewJob[], at: InsertAt): readonly EnqueuedJob[] {
    this.#assertOpen("insert");
    const transaction = this.#transactions.handed(at.transaction);
    if (this.#transactions.blocking(jobs, transaction) !== undefined) throw new WouldWaitError();
    return insert(jobs, at, this.#into(transaction));
  }

  whenEnded(transaction: unknown, ended: (state: "committed" | "rolled back") => void): boolean {
    const followed = this.#transactions.ours(transaction);
    followed?.onEnd(ended);
    return followed !== null;
  }

  /**
   * Runs a function in a transaction: the jobs inserted with it are stored when the function returns, or its promise
   * resolves, and never were when it throws or rejects. What another transaction has taken (an id, a unique key) is
   * waited for. Returns what the function returns.
   *
   * Throws: TransactionDeadlockError from an insert that would wait for a transaction that waits for this one;
   * OwnTransactionError from one that was not handed the transaction whose function calls it, and would wait for it.
   */
  transaction<T>(work: (transaction: MemoryTransaction) => T): T {
    this.#assertOpen("begin a transaction");
    const transaction = this.#transactions.begin();
    let result: T;
    try {
      result = this.#transactions.within(transaction, () => work(transaction));
    } catch (error) {
      this.#transactions.end(transaction, "rolled back");
      throw error;
    }
    if (!isPromise(result)) return this.#commit(transaction, result);
    const ended = result.then(
      (value) => this.#commit(transaction, value),
      (error: unknown) => {
        this.#transactions.end(transaction, "rolled back");
        throw error;
      },
    );
    return ended as T; // `as`: T is the promise that `work` returned, and this one resolves to the same value
  }

  async due({ queues, limit, now }: DueRequest): Promise<readonly JobRecord[]> {
    this.#assertOpen("list due jobs");
    return this.#table.queues.due(queues, now.getTime(), limit).map(toRecord);
  }

  async claim(request: ClaimRequest): Promise<readonly Claim[]> {
    this.#assertOpen("claim");
    const now = request.now.getTime();
    const by = { workerId: request.workerId, now, until: now + request.leaseMs };
    const claims: Claim[] = [];
    while (claims.length < request.limit) {
      const row =
        request.id === undefined ? this.#table.queues.first(request.queues, now) : this.#dueById(request, now);
      if (row === undefined) break;
      this.#table.claim(row, by);
      claims.push(toClaim(row));
    }
    return claims;
  }

  async extend(claim: ClaimKey, extension: Parameters<JobStore["extend"]>[1]): Promise<"held" | "lost"> {
    this.#assertOpen("extend a lease");
    const lease = this.#table.held(claim);
    if (lease === undefined) return "lost";
    const { row } = lease;
    const now = extension.now.getTime();
    this.#table.extend(row, now + extension.leaseMs, now);
    if (extension.progress !== undefined) row.progress = JSON.stringify(extension.progress);
    return "held";
  }

  async settle(claim: ClaimKey, outcome: Outcome, at: Parameters<JobStore["settle"]>[2]): Promise<"settled" | "lost"> {
    this.#assertOpen("settle");
    return settle(this.#table, claim, outcome, at);
  }

  async settleMany(
    settlements: readonly Settlement[],
    at: { readonly now: Date; readonly expired?: boolean },
  ): Promise<readonly ("settled" | "lost")[]> {
    this.#assertOpen("settle");
    return settleMany(this.#table, settlements, at);
  }

  async expired({ now, limit, after }: Parameters<JobStore["expired"]>[0]): Promise<readonly Claim[]> {
    this.#assertOpen("look for expired leases");
    const place = after?.lockedUntil == null ? undefined : { until: after.lockedUntil.getTime(), seq: after.seq };
    return this.#table.leases.expired(now.getTime(), limit, place).map(toClaim);
  }

  async nextRunAt({ queues }: Parameters<JobStore["nextRunAt"]>[0]): Promise<Date | null> {
    this.#assertOpen("look for the next job");
    return dateOrNull(this.#table.queues.earliestRunAt(queues));
  }

  async nextLeaseEndAt(): Promise<Date | null> {
    this.#assertOpen("look for the next lease end");
    return dateOrNull(this.#table.leases.earliestEnd());
  }

  async get(id: string): Promise<JobRecord | null> {
    this.#assertOpen("get a job");
    const row = this.#table.find(id);
    return row === undefined ? null : toRecord(row);
  }

  async list(filter: JobFilter): Promise<readonly JobRecord[]> {
    this.#assertOpen("list jobs");
    return list(this.#table.bySeq, filter);
  }

  async stats({ queues }: Parameters<JobStore["stats"]>[0]): Promise<ReadonlyMap<string, StatusCounts>> {
    this.#assertOpen("count jobs");
    return this.#table.queues.counts(queues);
  }

  async activity(request: ActivityRequest): Promise<Activity> {
    this.#assertOpen("report activity");
    return activity(this.#table, request);
  }

  async retry(id: string, { now }: { readonly now: Date }): Promise<RetryAnswer> {
    for (;;) {
      this.#assertOpen("retry a job");
      const blocker = this.#transactions.holding(keysToRetake([this.#table.find(id)]));
      if (blocker === undefined) return retryOne(this.#table, id, now);
      this.#transactions.refuseOwn(blocker, `retry job ${id}`, AFTERWARDS);
      await blocker.whenOver(null);
    }
  }

  async retryFailed(request: Parameters<JobStore["retryFailed"]>[0]): Promise<number> {
    for (;;) {
      this.#assertOpen("retry failed jobs");
      const blocker = this.#transactions.holding(keysToRetake(failedRows(this.#table.bySeq, request.queues)));
      if (blocker === undefined) return retryFailed(this.#table, request);
      this.#transactions.refuseOwn(blocker, "retry failed jobs", AFTERWARDS);
      await blocker.whenOver(null);
    }
  }

  async purge({ statuses, before, queues }: Parameters<JobStore["purge"]>[0]): Promise<number> {
    this.#assertOpen("purge");
    const rows = endedBefore(this.#table.bySeq, statuses, queues, before);
    for (const row of rows) this.#table.drop(row);
    return rows.length;
  }

  async remove(id: string): Promise<"removed" | "missing" | JobStatus> {
    this.#assertOpen("remove a job");
    const row = this.#table.find(id);
    if (row === undefined) return "missing";
    if (row.status !== "pending") return row.status as JobStatus; // `as`: found, so not gone
    this.#table.drop(row);
    return "removed";
  }

  /** Open transactions are rolled back; whoever waits for one is refused, as is every call from then on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#transactions.rollBackAll();
  }

  #dueById({ id, queues }: ClaimRequest, now: number): Row | undefined {
    const row = id === undefined ? undefined : this.#table.find(id);
    if (row === undefined || row.status !== "pending" || row.runAt > now) return undefined;
    return queues === undefined || queues.includes(row.queue) ? row : undefined;
  }

  #into(transaction: OpenTransaction | null): Into {
    return { table: this.#table, transactions: this.#transactions, transaction };
  }

  #commit<T>(transaction: OpenTransaction, value: T): T {
    this.#assertOpen("commit"); // Closing rolled it back.
    for (const row of transaction.rows()) this.#table.add(row);
    this.#transactions.end(transaction, "committed");
    return value;
  }

  #assertOpen(attempted: string): void {
    if (!this.#isClosed) return;
    throw new StoreUnavailableError(`Cannot ${attempted}: this memory store was closed, and its jobs went with it.`);
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return value !== null && typeof value === "object" && "then" in value && typeof value.then === "function";
}

function dateOrNull(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds);
}
