// Which handlers of a kit are busy and which are asleep: what "idle" is counted from (R40).

import type { Attempt } from "../engine/attempt.ts";
import { failureMessage } from "../job/failure-message.ts";
import { Patience } from "./patience.ts";
import { afterTurn } from "./real-time.ts";

/**
 * Counts running handlers. A handler is asleep while one of its sleeps is open and a turn of the event loop has passed
 * since; else it is busy, and waited for in real time.
 */
export class Handlers {
  /** The engine's handlers that have not ended. */
  readonly #handlers: () => readonly Attempt[];
  /** Attempts that are not settled yet. */
  #open = 0;
  readonly #asleep = new Set<Attempt>();
  /** Which call's turn an attempt falls asleep after: that of its latest sleep, or of its latest waking. */
  readonly #dozing = new Map<Attempt, object>();
  /** Those that a StuckHandlerError has told of: nobody waits for them any more. */
  readonly #givenUp = new Set<Attempt>();
  readonly #patience: Patience;
  readonly #isHosted: boolean;

  /** `handlers`: the engine's, asked for only to name those that are stuck. `isHosted`: a proof plays the kit. */
  constructor(stuckAfterMs: number, handlers: () => readonly Attempt[], isHosted: boolean) {
    this.#handlers = handlers;
    this.#isHosted = isHosted;
    this.#patience = new Patience(
      stuckAfterMs,
      (ms) => this.#describe(ms),
      () => this.#giveUp(),
    );
  }

  /** How many attempts are not settled yet, those asleep included. */
  get openCount(): number {
    return this.#open;
  }

  get asleep(): ReadonlySet<Attempt> {
    return this.#asleep;
  }

  get busyCount(): number {
    return this.#open - this.#asleep.size - this.#givenUp.size;
  }

  started(): void {
    this.#open++;
    this.#patience.moved();
  }

  ended(attempt: Attempt): void {
    this.#open--;
    if (this.#asleep.size > 0) this.#asleep.delete(attempt);
    if (this.#givenUp.size > 0) this.#givenUp.delete(attempt);
    this.#moved();
  }

  sleepOpened(attempt: Attempt): void {
    const turn = {};
    this.#dozing.set(attempt, turn);
    afterTurn(() => {
      if (this.#dozing.get(attempt) !== turn) return;
      this.#dozing.delete(attempt);
      if (attempt.openSleeps === 0) return;
      this.#givenUp.delete(attempt);
      this.#asleep.add(attempt);
      this.#moved();
    });
  }

  sleepClosed(attempt: Attempt): void {
    this.#patience.moved();
    if (!this.#asleep.delete(attempt)) return;
    if (attempt.openSleeps > 0) this.sleepOpened(attempt); // Another of its sleeps goes on: asleep again after a turn.
  }

  /**
   * Resolves when no handler is busy; undefined when none is. Rejects with StuckHandlerError when one never gets
   * there; `impatient`: as soon as it is warned of.
   */
  rest(impatient = false): Promise<void> | undefined {
    return this.busyCount === 0 ? undefined : this.#patience.wait(impatient);
  }

  /** Lets a loop that waits for handlers by itself be told when one of them is stuck, or sleeps and nobody moves time. */
  guard<T>(work: Promise<T>): Promise<T> {
    return this.#patience.guard(work);
  }

  /** The kit is over: whoever still waits is told so. */
  end(error: Error): void {
    this.#patience.end(error);
  }

  #giveUp(): void {
    for (const attempt of this.#busy()) this.#givenUp.add(attempt);
  }

  #busy(): readonly Attempt[] {
    return this.#handlers().filter((attempt) => !this.#asleep.has(attempt) && !this.#givenUp.has(attempt));
  }

  #moved(): void {
    if (this.busyCount === 0) this.#patience.done();
    else this.#patience.moved();
  }

  #describe(ms: number): string {
    const seconds = ms / 1000;
    const busy = this.#busy();
    if (busy.length > 0) {
      const instead = this.#isHosted
        ? "Wait on virtual time with context.sleep, and give effects that answer without real waiting. A lock is to be one of the effects, and to take its work as a callback, lock.with(work): a worker that dies lets that one go. One of acquire() and release() is held on, as in production: let acquire() reject, or wait with context.sleep until it expires."
        : "Wait on virtual time with context.sleep, or raise stuckAfter if it really works that long.";
      return `${listed(busy)} has neither ended nor slept for ${seconds} s of real time. Does it await something that never comes: a promise nobody resolves, a faked timer, a server that is not there? ${instead}`;
    }
    const sleeping = [...this.#asleep];
    return `${sleeping.length > 0 ? listed(sleeping) : "a handler"} sleeps on virtual time and nobody has moved it for ${seconds} s. Call kit.advance(…) while this runs, or use kit.drainUntilIdle() in place of processQueue().`;
  }
}

function listed(attempts: readonly Attempt[]): string {
  const names = attempts.slice(0, 3).map(named);
  if (attempts.length > names.length) names.push(`${attempts.length - names.length} more`);
  return names.join(", ");
}

function named(attempt: Attempt): string {
  const { jobClass, id, attempts } = attempt.claim;
  return `${jobClass} ${id} (attempt ${attempts}, data ${dataText(attempt.claim.data)})`;
}

function dataText(data: unknown): string {
  try {
    const text = JSON.stringify(data);
    return text.length <= 80 ? text : `${text.slice(0, 77)}…`;
  } catch (error) {
    return failureMessage(error);
  }
}
