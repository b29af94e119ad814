// The open transactions of one memory store.

import { AsyncLocalStorage } from "node:async_hooks";
import { OwnTransactionError, TransactionNotSupportedError, TransactionOverError } from "../../job/errors.ts";
import type { NewJob } from "../../job/record.ts";
import { OpenTransaction } from "./transaction.ts";

/** What to do with a transaction object that is another database client's. */
export type ForeignTransactions = "refuse" | "commit-at-once";

/** The transactions that code runs in, of whichever store. */
interface TransactionScope {
  readonly transaction: OpenTransaction;
  readonly outer: TransactionScope | null;
}

const scopes = new AsyncLocalStorage<TransactionScope>();

export class Transactions {
  readonly #foreign: ForeignTransactions;
  readonly #open = new Set<OpenTransaction>();
  readonly #ours = new WeakSet<object>();

  constructor(foreign: ForeignTransactions) {
    this.#foreign = foreign;
  }

  /** Runs a function in the async scope of its transaction, by which a wait for it that would never end is known. */
  within<T>(transaction: OpenTransaction, work: () => T): T {
    return scopes.run({ transaction, outer: scopes.getStore() ?? null }, work);
  }

  /** Throws: OwnTransactionError where this code runs in the transaction that it is about to wait for. */
  refuseOwn(blocker: OpenTransaction, attempted: string, remedy: string): void {
    for (let scope = scopes.getStore() ?? null; scope !== null; scope = scope.outer)
      if (scope.transaction === blocker) throw new OwnTransactionError(attempted, remedy);
  }

  begin(): OpenTransaction {
    const transaction = new OpenTransaction();
    this.#open.add(transaction);
    this.#ours.add(transaction);
    return transaction;
  }

  end(transaction: OpenTransaction, state: "committed" | "rolled back"): void {
    this.#open.delete(transaction);
    transaction.end(state);
  }

  rollBackAll(): void {
    for (const transaction of this.#open) this.end(transaction, "rolled back");
  }

  /**
   * The transaction that an insert was handed; null where it was handed none.
   * Throws: TransactionNotSupportedError for one that this store did not begin; TransactionOverError.
   */
  handed(value: unknown): OpenTransaction | null {
    if (value === undefined || value === null) return null;
    const transaction = this.ours(value);
    if (transaction !== null) {
      if (transaction.state !== "open") throw new TransactionOverError(transaction.state);
      return transaction;
    }
    if (this.#foreign === "commit-at-once") return null;
    if (value instanceof OpenTransaction) {
      throw new TransactionNotSupportedError(
        "Cannot enqueue in this transaction: another memory store began it. A test kit that takes an app's place has a store of its own: " +
          "begin the transaction with that, which is jobs.store, or hand the app's store to the kit: createTestKit({ app, store }).",
      );
    }
    throw new TransactionNotSupportedError(
      "Cannot enqueue in this transaction: the memory store did not begin it, so it cannot follow its commit or rollback. " +
        "Begin one with store.transaction(fn), or run these tests on the database the app uses: WHEELWRIGHT_STORE=<url>. " +
        'To store such jobs at once, whatever becomes of the transaction: new MemoryJobStore({ foreignTransactions: "commit-at-once" }).',
    );
  }

  /** The transaction that the value is, open or over; null for what this store did not begin. */
  ours(value: unknown): OpenTransaction | null {
    const transaction = value as OpenTransaction; // `as`: only those are in #ours, which may be asked for anything
    return this.#ours.has(transaction) ? transaction : null;
  }

  /** Another open transaction than `own` that has taken an id or a unique key that one of the jobs wants. */
  blocking(jobs: readonly NewJob[], own: OpenTransaction | null): OpenTransaction | undefined {
    for (const other of this.#open) {
      if (other !== own && jobs.some((job) => wants(job, other))) return other;
    }
    return undefined;
  }

  /** An open transaction that has taken one of the unique keys. */
  holding(uniqueKeys: Iterable<string>): OpenTransaction | undefined {
    if (this.#open.size === 0) return undefined;
    for (const uniqueKey of uniqueKeys) {
      for (const other of this.#open) if (other.holderOf(uniqueKey) !== undefined) return other;
    }
    return undefined;
  }

  hasTakenId(id: string): boolean {
    for (const other of this.#open) if (other.find(id) !== undefined) return true;
    return false;
  }
}

function wants(job: NewJob, other: OpenTransaction): boolean {
  if (job.idGiven && other.find(job.id) !== undefined) return true;
  return job.uniqueKey !== null && other.holderOf(job.uniqueKey) !== undefined;
}
