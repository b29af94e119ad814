// A loop that polls: one round, then a sleep on the clock until the next is due or somebody wakes it. It survives every
// error, and is what each loop of a worker and of a scheduler is.

import { afterTurn } from "../clock/after-turn.ts";
import type { Clock } from "../clock/clock.ts";
import { shared } from "../job/ambient.ts";

/** The wait after a first error, in milliseconds. It doubles with each that follows. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 15_000;
/** While rounds fail nobody can wake it sooner than so long after the last one. */
const LEAST_WAIT_MS = 1000;
/** So many rounds without a sleep, then the event loop has a turn: a full queue must not starve timers and sockets. */
const ROUNDS_PER_TURN = 50;

export interface PollerParts {
  readonly clock: Clock;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  /** Told of each round that failed, and of each that did not. Must not throw. */
  readonly failed: (error: unknown) => void;
  readonly succeeded: () => void;
}

/** Starts asleep, until it is woken for the first time. */
export class Poller {
  readonly #poll: () => Promise<number>;
  readonly #parts: PollerParts;
  #isPolling = false;
  #stopped = false;
  /** When the next round is due, in milliseconds since 1970. While a round is under way: what was asked for meanwhile. */
  #nextAt = Number.POSITIVE_INFINITY;
  /** No round before this instant, whoever asks: set by a round that failed. */
  #notBefore = 0;
  #failures = 0;
  #rounds = 0;
  #unset: (() => void) | null = null;
  #onRoundEnd: () => void = () => undefined;

  /** `poll` is one round; it gives the instant of the next, in milliseconds since 1970: Infinity is until woken. */
  constructor(poll: () => Promise<number>, parts: PollerParts) {
    this.#poll = poll;
    this.#parts = parts;
  }

  /** A round by this instant, at once if it is not in the future; never before the call has returned. */
  wakeBy(at: number): void {
    if (this.#stopped || at >= this.#nextAt) return;
    this.#nextAt = at;
    if (!this.#isPolling) this.#sleep();
  }

  wake(): void {
    this.wakeBy(Number.NEGATIVE_INFINITY);
  }

  /** No more rounds. Resolves when the one under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unset?.();
    if (!this.#isPolling) return;
    await new Promise<void>((resolve) => {
      const before = this.#onRoundEnd;
      this.#onRoundEnd = () => {
        before();
        resolve();
      };
    });
  }

  #sleep(): void {
    this.#unset?.();
    this.#unset = null;
    const { clock } = this.#parts;
    const at = Math.max(this.#nextAt, this.#notBefore);
    if (at === Number.POSITIVE_INFINITY) return;
    if (at > clock.now().getTime()) {
      this.#rounds = 0;
      this.#unset = clock.wakeAt(new Date(at), () => this.#begin(), { rank: "poll" });
      return;
    }
    this.#isPolling = true;
    if (++this.#rounds % ROUNDS_PER_TURN === 0) afterTurn(() => this.#begin());
    else queueMicrotask(() => this.#begin());
  }

  /** In the clean context: whoever woke it must not leak into the handlers that it starts (R17). */
  #begin(): void {
    this.#unset = null;
    this.#isPolling = true;
    this.#nextAt = Number.POSITIVE_INFINITY;
    void shared.runClean(() => this.#round());
  }

  async #round(): Promise<void> {
    if (!this.#stopped) {
      try {
        const at = await this.#poll();
        this.#failures = 0;
        this.#notBefore = 0;
        this.#nextAt = Math.min(this.#nextAt, at);
        this.#parts.succeeded();
      } catch (error) {
        this.#backOff();
        this.#parts.failed(error);
      }
    }
    this.#isPolling = false;
    if (this.#stopped) this.#onRoundEnd();
    else this.#sleep();
  }

  /** Bounded and jittered (R46): many workers do not come back to a database that has just risen all at once. */
  #backOff(): void {
    const { clock, random } = this.#parts;
    const longest = Math.min(FIRST_WAIT_MS * 2 ** Math.min(this.#failures++, 30), LONGEST_WAIT_MS);
    const waitMs = Math.round(longest * (0.5 + random() / 2));
    const now = clock.now().getTime();
    this.#notBefore = now + Math.min(waitMs, LEAST_WAIT_MS);
    this.#nextAt = Math.min(this.#nextAt, now + waitMs);
  }
}
