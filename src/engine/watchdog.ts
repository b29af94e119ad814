// Watches the attempts that run: times them out at their deadlines and lengthens their leases (R16, R25). One timer for
// all of them.

import type { Clock } from "../clock/clock.ts";
import { LeaseLostError } from "../job/errors.ts";
import { SortedQueue } from "../job/sorted-queue.ts";
import type { Attempt } from "./attempt.ts";
import { extend } from "./extend.ts";

/** A lease is extended when a third of it is over, so that two beats may fail before it ends. */
const BEATS_PER_LEASE = 3;

/** The running attempts of one engine. In a kit nothing is armed: the kit asks for deadlines and calls the methods itself. */
export class Watchdog {
  #count = 0;
  readonly #byDeadline = new SortedQueue<Attempt>(
    (a, b) => a.deadline - b.deadline,
    (attempt) => !attempt.ended,
  );
  readonly #clock: Clock | null;
  readonly #leaseMs: number;
  #armedFor = Number.POSITIVE_INFINITY;
  #disarm: (() => void) | null = null;

  /** `clock`: what wakes it, or null to be driven by hand. */
  constructor(clock: Clock | null, leaseMs: number) {
    this.#clock = clock;
    this.#leaseMs = leaseMs;
  }

  /** How many handlers run, those asleep included. */
  get count(): number {
    return this.#count;
  }

  /** The running attempts, by deadline. */
  running(): readonly Attempt[] {
    return [...this.#byDeadline];
  }

  start(attempt: Attempt): void {
    this.#count++;
    this.#byDeadline.push(attempt);
    if (this.#clock !== null)
      this.#arm(this.#clock, Math.min(attempt.deadline, attempt.extendedAt + this.#leaseMs / BEATS_PER_LEASE));
  }

  /** Called by the attempt when it ends, once. */
  end(): void {
    this.#count--;
    if (this.#count === 0) this.#byDeadline.clear();
    else this.#byDeadline.discard();
  }

  /** The earliest instant at which a running attempt times out, in milliseconds since 1970, or null. */
  nextDeadline(): number | null {
    return this.#byDeadline.peek()?.deadline ?? null;
  }

  /** Times out the first attempt whose deadline has come. Returns whether there was one. */
  expireNext(now: number): boolean {
    const first = this.#byDeadline.peek();
    if (first === undefined || first.deadline > now) return false;
    first.timeOut();
    return true;
  }

  /**
   * Extends the leases of the running attempts that were last extended before `before`, to `leaseMs` from `now`.
   * Errors are left to the next beat.
   */
  async beat(now: Date, before: number = Number.POSITIVE_INFINITY, leaseMs: number = this.#leaseMs): Promise<void> {
    const due = this.running().filter((attempt) => attempt.extendedAt < before);
    await Promise.all(due.map((attempt) => beat(attempt, now, leaseMs)));
  }

  /** Lets go of its timer. */
  stop(): void {
    this.#disarm?.();
    this.#disarm = null;
    this.#armedFor = Number.POSITIVE_INFINITY;
  }

  #arm(clock: Clock, at: number): void {
    if (at >= this.#armedFor) return;
    this.#disarm?.();
    this.#armedFor = at;
    // In the background: a handler that waits for nothing real does not keep a process alive by itself.
    this.#disarm = clock.wakeAt(new Date(at), () => this.#wake(clock), { rank: "timeout", background: true });
  }

  #wake(clock: Clock): void {
    this.#armedFor = Number.POSITIVE_INFINITY;
    this.#disarm = null;
    const now = clock.now();
    while (this.expireNext(now.getTime()));
    if (this.#count === 0) return;
    const beatMs = this.#leaseMs / BEATS_PER_LEASE;
    void this.beat(now, now.getTime() - beatMs / 2);
    this.#arm(clock, Math.min(now.getTime() + beatMs, this.nextDeadline() ?? Number.POSITIVE_INFINITY));
  }
}

async function beat(attempt: Attempt, now: Date, leaseMs: number): Promise<void> {
  try {
    const answer = await extend(attempt.engine, attempt.claim, { now, leaseMs });
    attempt.missesBeats = false;
    if (answer === "held") attempt.extendedAt = now.getTime();
    else attempt.abort(new LeaseLostError(attempt.claim.id));
  } catch (error) {
    // Told once, however long the store is away.
    if (!attempt.missesBeats)
      attempt.log("warn", "the lease could not be extended; it is tried again until it ends", { error });
    attempt.missesBeats = true;
  }
}
