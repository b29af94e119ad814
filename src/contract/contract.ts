// What the sections of the contract are written with: a runner's `describe` and `it`, the latter with a fresh store.

import type { JobStore } from "../store/job-store.ts";

/** The part of a test runner that the contract needs: vitest's, jest's, node:test's, mocha's … */
export interface TestRunner {
  describe(name: string, body: () => void): unknown;
  readonly it: TestRunnerIt;
}

export interface TestRunnerIt {
  (name: string, body: () => Promise<void>): unknown;
  /** Where the runner has it, tests that the store's options rule out are shown as skipped. */
  readonly skip?: ((name: string, body: () => Promise<void>) => unknown) | undefined;
}

/** How an app begins a transaction of its own on the database where a store keeps its jobs (R9). */
export interface TransactionSupport {
  /**
   * Runs `work` in a transaction, with what `insert` takes as `transaction`. Commits when `work` resolves; when it
   * rejects, rolls back and rejects with the same error.
   */
  run(store: JobStore, work: (transaction: unknown) => Promise<void>): Promise<void>;
}

/** A test body. `second` is another connection to the same jobs, or the store itself where there is none. */
export type StoreTest = (store: JobStore, second: JobStore) => Promise<void>;

/** Handed to every section. */
export interface Contract {
  describe(name: string, body: () => void): void;
  it(name: string, body: StoreTest): void;
  /** For stores with transactions; skipped on the others. */
  itWithTransactions(
    name: string,
    body: (store: JobStore, second: JobStore, run: RunInTransaction) => Promise<void>,
  ): void;
  /** A store that nobody has called yet, closed after the test like the others. */
  itUntouched(name: string, body: StoreTest): void;
}

export type RunInTransaction = (work: (transaction: unknown) => Promise<void>) => Promise<void>;
