// A clock that a test moves. It never moves by itself.

import { InvalidOptionError } from "../job/errors.ts";
import { SortedQueue } from "../job/sorted-queue.ts";
import type { Clock, WakeOptions } from "./clock.ts";
import { instantMs } from "./instant.ts";

interface Sleeper {
  readonly at: number;
  readonly rank: number;
  readonly order: number;
  readonly wake: () => void;
  gone: boolean;
}

const RANKS = { sleep: 0, timeout: 1, poll: 2 } as const;

/**
 * Time as a value: it stands still until it is moved.
 *
 * ```ts
 * const clock = new TestClock(new Date("2030-01-01T00:00:00Z"));
 * clock.moveTo(new Date("2030-01-01T00:05:00Z")); // wakes whoever waits until then, in order
 * ```
 * Due sleepers wake in order of instant, then rank, then call. `moveTo` wakes each at its own instant.
 */
export class TestClock implements Clock {
  #now: number;
  #calls = 0;
  readonly #sleepers = new SortedQueue<Sleeper>(
    (a, b) => a.at - b.at || a.rank - b.rank || a.order - b.order,
    (sleeper) => !sleeper.gone,
  );

  /** Throws: InvalidOptionError for an invalid Date. */
  constructor(start: Date) {
    this.#now = instantMs(start, "TestClock's start");
  }

  now(): Date {
    return new Date(this.#now);
  }

  wakeAt(date: Date, wake: () => void, options: WakeOptions = {}): () => void {
    // An instant in the past is now: it would else come before those that have waited for now.
    const at = Math.max(instantMs(date, "wakeAt's date"), this.#now);
    const sleeper: Sleeper = { at, rank: RANKS[options.rank ?? "poll"], order: this.#calls++, wake, gone: false };
    this.#sleepers.push(sleeper);
    return () => {
      if (sleeper.gone) return;
      sleeper.gone = true;
      this.#sleepers.discard();
    };
  }

  /** The earliest instant somebody waits for, or null. */
  nextWakeAt(): Date | null {
    const first = this.#sleepers.peek();
    return first === undefined ? null : new Date(first.at);
  }

  /** Wakes the first sleeper that is due now. Returns whether there was one. */
  wakeNext(): boolean {
    const first = this.#sleepers.peek();
    if (first === undefined || first.at > this.#now) return false;
    this.#sleepers.pop();
    first.gone = true;
    first.wake();
    return true;
  }

  /**
   * Moves time forward to an instant, waking each sleeper at its own instant on the way.
   * Throws: InvalidOptionError for an instant before now (see `set`).
   */
  moveTo(date: Date): void {
    const target = instantMs(date, "moveTo's date");
    if (target < this.#now) {
      throw new InvalidOptionError(
        "moveTo's date",
        date,
        `an instant not before the clock's ${this.now().toISOString()}`,
      );
    }
    for (;;) {
      while (this.wakeNext());
      // Never back: one who was woken may have moved the clock, too.
      const next = this.#sleepers.peek();
      if (next === undefined || next.at > target) break;
      this.#now = next.at;
    }
    this.#now = Math.max(this.#now, target);
  }

  /** Sets the time, back or forth, and wakes nobody: as when a machine's clock is put right, or was asleep. */
  set(date: Date): void {
    this.#now = instantMs(date, "set's date");
  }
}
