// The clock of one worker in a kit: it tells the kit's time, off by a skew, and wakes nobody unless told to.

import type { Clock, WakeOptions } from "../../clock/clock.ts";
import { TestClock } from "../../clock/test-clock.ts";

export class WorkerClock implements Clock {
  readonly #kit: Clock;
  readonly #sleepers: TestClock;
  /** Milliseconds that it is ahead of the kit's; negative where it is behind. */
  skewMs = 0;

  constructor(kit: Clock) {
    this.#kit = kit;
    this.#sleepers = new TestClock(kit.now());
  }

  now(): Date {
    return new Date(this.#kit.now().getTime() + this.skewMs);
  }

  wakeAt(date: Date, wake: () => void, options?: WakeOptions): () => void {
    this.#sleepers.set(this.now());
    return this.#sleepers.wakeAt(date, wake, options);
  }

  /** When the next sleeper wakes, in milliseconds since 1970 on the kit's clock; null where none sleeps. */
  nextWakeAt(): number | null {
    const at = this.#sleepers.nextWakeAt();
    return at === null ? null : at.getTime() - this.skewMs;
  }

  /** Wakes the first sleeper whose instant has come. Returns whether there was one. */
  wakeNext(): boolean {
    this.#sleepers.set(this.now());
    return this.#sleepers.wakeNext();
  }
}
