// The pending jobs of one queue, or of all: those that wait for their instant, and those whose instant has come.

import { SortedQueue } from "../../job/sorted-queue.ts";
import { compareRunAt } from "../claim-order.ts";
import { isPending, ReadyQueue } from "./ready-queue.ts";
import type { Row } from "./row.ts";

/**
 * Finds the row to claim without looking at the others. A row leaves by ceasing to be pending: `discard` is told, and
 * the queues drop it when it comes to the front, or sweep it out with others.
 *
 * A row is in `ready` if and only if its runAt is not after `#readyUntil`, the latest `now` ever asked about.
 */
export class View {
  readonly #waiting = new SortedQueue<Row>(compareRunAt, isPending);
  readonly #ready = new ReadyQueue();
  #readyUntil = Number.NEGATIVE_INFINITY;

  add(row: Row): void {
    if (row.runAt <= this.#readyUntil) this.#ready.add(row);
    else this.#waiting.push(row);
  }

  /** Says that a row that was added is pending no more. */
  discard(row: Row): void {
    if (row.runAt <= this.#readyUntil) this.#ready.discard(row);
    else this.#waiting.discard();
  }

  /** The row to claim first, left where it is. */
  first(now: number): Row | undefined {
    this.#promote(now);
    return this.#ready.first(now);
  }

  /** The rows to claim, in order, left where they are. */
  due(now: number): Iterable<Row> {
    this.#promote(now);
    return this.#ready.due(now);
  }

  /** The earliest pending runAt, or Infinity. */
  earliestRunAt(): number {
    const waiting = this.#waiting.peek();
    return Math.min(this.#ready.earliestRunAt(), waiting === undefined ? Number.POSITIVE_INFINITY : waiting.runAt);
  }

  /** All pending rows, in no order. */
  *rows(): Generator<Row, void, undefined> {
    yield* this.#waiting;
    yield* this.#ready.rows();
  }

  #promote(now: number): void {
    if (!(now > this.#readyUntil)) return;
    this.#readyUntil = now;
    for (;;) {
      const row = this.#waiting.peek();
      if (row === undefined || row.runAt > now) return;
      this.#waiting.pop();
      this.#ready.add(row);
    }
  }
}
