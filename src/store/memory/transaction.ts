// Transactions of a memory store (R9): jobs enqueued in one are seen and run by nobody before it commits, and never
// were when it rolls back.

import { TransactionDeadlockError } from "../../job/errors.ts";
import type { Row } from "./row.ts";

/** What `store.transaction` hands to its function, to be passed on as `{ transaction }`. */
export interface MemoryTransaction {
  readonly state: "open" | "committed" | "rolled back";
}

/** Rows that nobody else sees yet. Their ids and unique keys are taken: whoever wants one waits until this is over. */
export class OpenTransaction implements MemoryTransaction {
  state: "open" | "committed" | "rolled back" = "open";
  readonly #rows = new Map<string, Row>();
  readonly #keys = new Map<string, Row>();
  readonly #waitsFor = new Set<OpenTransaction>();
  readonly #over: Promise<void>;
  #endWaits: () => void = () => {};
  #listeners: ((state: "committed" | "rolled back") => void)[] = [];

  constructor() {
    this.#over = new Promise((resolve) => {
      this.#endWaits = resolve;
    });
  }

  find(id: string): Row | undefined {
    return this.#rows.get(id);
  }

  holderOf(uniqueKey: string): Row | undefined {
    return this.#keys.get(uniqueKey);
  }

  add(row: Row): void {
    this.#rows.set(row.id, row);
    if (row.uniqueKey !== null) this.#keys.set(row.uniqueKey, row);
  }

  drop(row: Row): void {
    this.#rows.delete(row.id);
    if (row.uniqueKey !== null) this.#keys.delete(row.uniqueKey);
  }

  rows(): Iterable<Row> {
    return this.#rows.values();
  }

  end(state: "committed" | "rolled back"): void {
    this.state = state;
    this.#endWaits();
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener(state);
  }

  /** Calls back, in the order of the calls, when this is over; at once where it is. */
  onEnd(listener: (state: "committed" | "rolled back") => void): void {
    if (this.state === "open") this.#listeners.push(listener);
    else listener(this.state);
  }

  /**
   * Resolves when this transaction is over. `waiter` is the transaction that has to wait, if it is one.
   * Throws: TransactionDeadlockError when this one waits for the waiter, by way of others or not.
   */
  async whenOver(waiter: OpenTransaction | null): Promise<void> {
    if (waiter === null) return this.#over;
    if (this.#isWaitingFor(waiter)) throw new TransactionDeadlockError();
    waiter.#waitsFor.add(this);
    await this.#over;
    waiter.#waitsFor.delete(this);
  }

  #isWaitingFor(other: OpenTransaction): boolean {
    for (const next of this.#waitsFor) if (next === other || next.#isWaitingFor(other)) return true;
    return false;
  }
}
