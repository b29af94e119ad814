// A machine whose clock is wrong: what it reads and what it waits for are both off by the same.

import type { Clock, WakeOptions } from "../../clock/clock.ts";

export class SkewedClock implements Clock {
  readonly #inner: Clock;
  /** Milliseconds that it is ahead; negative where it is behind. */
  skewMs = 0;

  constructor(inner: Clock) {
    this.#inner = inner;
  }

  now(): Date {
    return new Date(this.#inner.now().getTime() + this.skewMs);
  }

  wakeAt(date: Date, wake: () => void, options?: WakeOptions): () => void {
    return this.#inner.wakeAt(new Date(date.getTime() - this.skewMs), wake, options);
  }
}
