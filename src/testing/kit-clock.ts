// A kit's clock: a test clock that also knows how far the test has moved it, and can follow the real time in between.

import type { Clock, WakeOptions } from "../clock/clock.ts";
import { TestClock } from "../clock/test-clock.ts";
import { SortedQueue } from "../job/sorted-queue.ts";

/** An instant at which something is to happen, as it looked when it was set. */
interface Planned {
  readonly at: number;
  /** How far the test will have advanced by then: real time that passes meanwhile is not part of it. */
  offsetMs: number;
  /** How long it was to wait, and the real time that had been let in when the wait began. */
  waitMs: number;
  driftMs: number;
}

/**
 * Time in a kit (R39): start + real time let in + time advanced. A frozen clock lets no real time in.
 *
 * Milliseconds of real time never make up for time that a test has not advanced: after `advance("3s 999ms")` nothing
 * that waits for 4 s has come due, however slow the machine. Something planned comes due when the test has advanced
 * as far as it was away, or when as much real time alone has passed; until then the clock stops short of it.
 */
export class KitClock implements Clock {
  readonly #inner: TestClock;
  readonly #following: boolean;
  readonly #startMs: number;
  #nowMs: number;
  /** Real time let in. */
  #driftMs = 0;
  #offsetMs = 0;
  readonly #plans = new SortedQueue<Planned>((a, b) => a.at - b.at);
  readonly #byInstant = new Map<number, Planned>();
  /** Told after every move, and when it is looked whether there is one to make. */
  onMove: (() => void) | null = null;

  constructor(start: Date, following: boolean) {
    this.#inner = new TestClock(start);
    this.#following = following;
    this.#startMs = start.getTime();
    this.#nowMs = this.#startMs;
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

  /** Milliseconds that the test has advanced the clock: what timelines tell, so that real ones do not show. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** Start of the kit's time, for timelines. */
  get startedAt(): Date {
    return new Date(this.#startMs);
  }

  nextWakeAt(): Date | null {
    return this.#inner.nextWakeAt();
  }

  wakeNext(): boolean {
    return this.#inner.wakeNext();
  }

  /** Notes that something is to happen at an instant. */
  plan(at: number): void {
    if (!this.#following) return;
    const waitMs = at - this.#nowMs;
    if (waitMs <= 0) return;
    const offsetMs = this.#offsetMs + waitMs;
    const known = this.#byInstant.get(at);
    if (known === undefined) {
      const plan = { at, offsetMs, waitMs, driftMs: this.#driftMs };
      this.#byInstant.set(at, plan);
      this.#plans.push(plan);
    } else if (offsetMs < known.offsetMs) {
      Object.assign(known, { offsetMs, waitMs, driftMs: this.#driftMs });
    }
  }

  /**
   * Lets in the real time that has passed since the last look. The global Date is asked, so that a Date faked by a
   * test's own tools is followed too. Never moves backwards.
   */
  follow(): void {
    if (!this.#following) {
      this.onMove?.(); // Another Date may have been put in place since.
      return;
    }
    const driftMs = Date.now() - this.#startMs;
    if (driftMs > this.#driftMs) this.#driftMs = driftMs;
    this.#settle();
  }

  /** Where the clock is, at the most, when the test has advanced so far. */
  instantAt(offsetMs: number): number {
    return this.#startMs + this.#driftMs + offsetMs;
  }

  /** How far the test has to advance for an instant to come, in milliseconds; real time does none of it. */
  distanceTo(at: number): number {
    const offsetMs = this.#byInstant.get(at)?.offsetMs ?? at - this.instantAt(0);
    return Math.max(offsetMs - this.#offsetMs, 0);
  }

  /** A length of time to be read, and to be advanced by: where real milliseconds are let in, they do not show. Rounded up. */
  readable(ms: number): number {
    return this.#following && ms > 1000 ? Math.ceil(ms / 1000) * 1000 : ms;
  }

  /** Whether an advance to `offsetMs` in all comes by this instant. */
  reaches(at: number, offsetMs: number): boolean {
    const plan = this.#byInstant.get(at);
    if (plan === undefined) return at <= this.instantAt(offsetMs);
    return plan.offsetMs <= offsetMs || this.#isWaitedOut(plan);
  }

  /**
   * Moves to an instant on the way of a travel that ends at `end`, and wakes nobody: the kit wakes sleepers one by one.
   * What the test would call one instant is one: two jobs enqueued for "in 10 s" a few real milliseconds apart come due
   * together. Never backwards.
   */
  stepTo(at: number, end: number): void {
    if (at <= this.#nowMs) return;
    const plan = this.#byInstant.get(at);
    const offsetMs = plan?.offsetMs ?? at - this.#startMs - this.#driftMs;
    if (offsetMs > this.#offsetMs) this.#offsetMs = offsetMs;
    this.#set(plan === undefined ? at : this.#lastOf(plan, end));
    this.#dropUntil(this.#nowMs);
  }

  /** Ends a travel: the test has advanced the clock by `offsetMs` in all. */
  arrive(offsetMs: number): void {
    if (offsetMs > this.#offsetMs) this.#offsetMs = offsetMs;
    this.#settle();
  }

  /** Moves to where real time and time advanced add up to, short of what is still waited for. */
  #settle(): void {
    const target = this.instantAt(this.#offsetMs);
    const isOver = (plan: Planned): boolean => plan.offsetMs <= this.#offsetMs || this.#isWaitedOut(plan);
    this.#dropUntil(target, isOver);
    const waitedFor = this.#plans.peek()?.at ?? Number.POSITIVE_INFINITY;
    const reached = Math.min(target, waitedFor - 1);
    if (reached > this.#nowMs) this.#set(reached);
  }

  /** The latest instant for which the test has to advance no farther than for this one. */
  #lastOf({ at, offsetMs }: Planned, end: number): number {
    const latest = Math.min(this.instantAt(offsetMs), end);
    let last = at;
    if (latest <= at) return at;
    for (const plan of this.#plans) {
      if (plan.at > latest) break;
      if (plan.at > last && plan.offsetMs <= offsetMs) last = plan.at;
    }
    return last;
  }

  /** Forgets the plans up to an instant, or up to the first that is not over. */
  #dropUntil(at: number, isOver: (plan: Planned) => boolean = () => true): void {
    for (;;) {
      const plan = this.#plans.peek();
      if (plan === undefined || plan.at > at || (plan.at > this.#nowMs && !isOver(plan))) return;
      this.#plans.pop();
      this.#byInstant.delete(plan.at);
    }
  }

  #isWaitedOut(plan: Planned): boolean {
    return this.#driftMs - plan.driftMs >= plan.waitMs;
  }

  #set(at: number): void {
    this.#nowMs = at;
    this.#inner.set(new Date(at));
    this.onMove?.();
  }
}
