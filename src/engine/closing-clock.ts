// A clock on loan: all that was set on it can be cancelled together, so that a worker that has stopped leaves no timer.

import type { Clock, WakeOptions } from "../clock/clock.ts";

export class ClosingClock implements Clock {
  readonly #inner: Clock;
  readonly #open = new Set<() => void>();
  #closed = false;

  constructor(inner: Clock) {
    this.#inner = inner;
  }

  now(): Date {
    return this.#inner.now();
  }

  wakeAt(date: Date, wake: () => void, options?: WakeOptions): () => void {
    if (this.#closed) return () => undefined;
    const cancel = (): void => {
      this.#open.delete(cancel);
      unset();
    };
    const unset = this.#inner.wakeAt(
      date,
      () => {
        this.#open.delete(cancel);
        wake();
      },
      options,
    );
    this.#open.add(cancel);
    return cancel;
  }

  /** Cancels everything. What is set from now on never wakes. */
  close(): void {
    this.#closed = true;
    for (const cancel of [...this.#open]) cancel();
  }
}
