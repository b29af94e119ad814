// Jobs that were due at some instant, in claim order: one sorted queue per priority, the highest first.

import { SortedQueue } from "../../job/sorted-queue.ts";
import { compareRunAt } from "../claim-order.ts";
import type { Row } from "./row.ts";

interface Level {
  readonly priority: number;
  readonly rows: SortedQueue<Row>;
}

/** Empty levels are passed over while there are few: making one anew costs more. */
const FEW_LEVELS = 16;

export const isPending = (row: Row): boolean => row.status === "pending";

/**
 * Every row is asked whether it is due: a clock may have gone back since the row came in (machines differ), and one
 * whose runAt is later is then not due, while one of a lower priority may be.
 */
export class ReadyQueue {
  /** Highest priority first. */
  readonly #levels: Level[] = [];

  add(row: Row): void {
    const at = this.#indexOf(row.priority);
    let level = this.#levels[at];
    if (level === undefined || level.priority !== row.priority) {
      level = { priority: row.priority, rows: new SortedQueue(compareRunAt, isPending) };
      this.#levels.splice(at, 0, level);
    }
    level.rows.push(row);
  }

  /** Says that a row that was added is pending no more. */
  discard(row: Row): void {
    this.#levels[this.#indexOf(row.priority)]?.rows.discard();
  }

  /** The row to claim first, left where it is. */
  first(now: number): Row | undefined {
    for (let at = 0; at < this.#levels.length; at++) {
      const row = (this.#levels[at] as Level).rows.peek(); // `as`: at < length
      if (row !== undefined) {
        if (row.runAt <= now) return row;
      } else if (this.#levels.length > FEW_LEVELS) {
        this.#levels.splice(at--, 1);
      }
    }
    return undefined;
  }

  /** The rows to claim, in order, left where they are. */
  *due(now: number): Generator<Row, void, undefined> {
    for (const level of this.#levels) {
      for (const row of level.rows) {
        if (row.runAt > now) break;
        yield row;
      }
    }
  }

  /** All rows, due or not. */
  *rows(): Generator<Row, void, undefined> {
    for (const level of this.#levels) yield* level.rows;
  }

  /** The earliest runAt in here, or Infinity. */
  earliestRunAt(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const level of this.#levels) {
      const row = level.rows.peek();
      if (row !== undefined && row.runAt < earliest) earliest = row.runAt;
    }
    return earliest;
  }

  /** Where the priority's level is, or belongs. */
  #indexOf(priority: number): number {
    let low = 0;
    let high = this.#levels.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#levels[middle] as Level).priority > priority)
        low = middle + 1; // `as`: middle < length
      else high = middle;
    }
    return low;
  }
}
