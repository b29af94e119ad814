// Which job holds which unique key (R8).

import type { Row } from "./row.ts";

/** A key is held from the enqueue on; whoever ends a job, or claims one that is unique while pending, gives it up. */
export class UniqueKeys {
  /** By id, not by row: a retried job is a new row and holds its key still. */
  readonly #holders = new Map<string, string>();

  /** The id of the job that holds the key. */
  holderOf(uniqueKey: string): string | undefined {
    return this.#holders.get(uniqueKey);
  }

  take(row: Row): void {
    if (row.uniqueKey !== null) this.#holders.set(row.uniqueKey, row.id);
  }

  /** Not an error where the row holds its key no longer. */
  giveUp(row: Row): void {
    if (row.uniqueKey !== null && this.#holders.get(row.uniqueKey) === row.id) this.#holders.delete(row.uniqueKey);
  }
}
