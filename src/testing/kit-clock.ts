// A kit's clock: a test clock that also knows how far the test has moved it, and can follow the real time in between.

import type { Clock, WakeOptions } from "../clock/clock.ts";
import { TestClock } from "../clock/test-clock.ts";

/**
 * Time in a kit (R39).
 *
 * A frozen clock moves only by `moveTo`. A following one also moves by `follow`, to start + real time elapsed + time
 * advanced. `offsetMs` is the time advanced alone: what timelines tell, so that real milliseconds do not show.
 */
export class KitClock implements Clock {
  readonly #inner: TestClock;
  readonly #following: boolean;
  readonly #startMs: number;
  /** Real time that `follow` has let in. */
  #driftMs = 0;
  #realStartMs: number;
  #offsetMs = 0;
  /** The offsets at which instants were meant to come, noted when they were set: real time that passes since is not theirs. */
  readonly #planned = new Map<number, number>();
  /** Told after every move. */
  onMove: (() => void) | null = null;

  constructor(start: Date, following: boolean) {
    this.#inner = new TestClock(start);
    this.#following = following;
    this.#startMs = start.getTime();
    this.#realStartMs = Date.now();
  }

  now(): Date {
    return this.#inner.now();
  }

  wakeAt(date: Date, wake: () => void, options?: WakeOptions): () => void {
    this.plan(date.getTime());
    return this.#inner.wakeAt(date, wake, options);
  }

  get following(): boolean {
    return this.#following;
  }

  /** Milliseconds that the test has advanced the clock. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  nextWakeAt(): Date | null {
    return this.#inner.nextWakeAt();
  }

  wakeNext(): boolean {
    return this.#inner.wakeNext();
  }

  /** Notes that something is to happen at an instant. */
  plan(atMs: number): void {
    if (!this.#following) return;
    const ahead = atMs - this.#inner.now().getTime();
    if (ahead > 0 && !this.#planned.has(atMs)) this.#planned.set(atMs, this.#offsetMs + ahead);
  }

  /**
   * Lets in the real time that has passed since the last look. The global Date is asked, so that a Date faked by a
   * test's own tools is followed too. Never moves backwards.
   */
  follow(): void {
    if (!this.#following) return;
    const drift = Date.now() - this.#realStartMs;
    if (drift <= this.#driftMs) return;
    const moved = drift - this.#driftMs;
    this.#driftMs = drift;
    this.#inner.set(new Date(this.#inner.now().getTime() + moved));
    this.onMove?.();
  }

  /** Moves to an instant on the way of a travel, wakes nobody. Sleepers are woken one by one by the kit. */
  stepTo(date: Date): void {
    const target = date.getTime();
    const now = this.#inner.now().getTime();
    if (target <= now) return;
    const planned = this.#planned.get(target);
    this.#planned.delete(target);
    this.#offsetMs = Math.max(this.#offsetMs, planned ?? this.#offsetMs + (target - now));
    this.#inner.set(date);
    this.onMove?.();
  }

  /** Ends a travel: the clock has been advanced by `offsetMs` in all. */
  arrive(date: Date, offsetMs: number): void {
    this.stepTo(date);
    this.#offsetMs = Math.max(this.#offsetMs, offsetMs);
    if (this.#planned.size > 10_000) this.#forgetPast();
  }

  /** Start of the kit's time, for timelines. */
  get startedAt(): Date {
    return new Date(this.#startMs);
  }

  #forgetPast(): void {
    const now = this.#inner.now().getTime();
    for (const at of this.#planned.keys()) if (at <= now) this.#planned.delete(at);
  }
}
