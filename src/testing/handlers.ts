// Which handlers of a kit are busy and which are asleep: what "idle" is counted from (R40).

import type { Attempt } from "../engine/attempt.ts";
import { failureMessage } from "../job/failure-message.ts";
import { StuckHandlerError } from "./errors.ts";
import { afterTurn, every } from "./real-time.ts";

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** After this many times `stuckAfter` a warning becomes an error. */
const STUCK_FACTOR = 10;
const LOOKS_PER_STUCK = 4;

/**
 * Counts running handlers. A handler is asleep while one of its sleeps is open and a turn of the event loop has passed
 * since; else it is busy, and waited for in real time.
 */
export class Handlers {
  readonly #stuckAfterMs: number;
  /** The engine's handlers that have not ended. */
  readonly #handlers: () => readonly Attempt[];
  /** Attempts that are not settled yet. */
  #open = 0;
  readonly #asleep = new Set<Attempt>();
  #waiters: Waiter[] = [];
  /** Loops outside a drain (processQueue …) that wait for handlers. */
  readonly #guards = new Set<Waiter>();
  #changes = 0;
  #stopLooking: (() => void) | null = null;
  #warned = false;

  /** `handlers`: the engine's, asked for only to name those that are stuck. */
  constructor(stuckAfterMs: number, handlers: () => readonly Attempt[]) {
    this.#handlers = handlers;
    this.#stuckAfterMs = stuckAfterMs;
  }

  /** How many attempts are not settled yet, those asleep included. */
  get openCount(): number {
    return this.#open;
  }

  get asleep(): ReadonlySet<Attempt> {
    return this.#asleep;
  }

  get busyCount(): number {
    return this.#open - this.#asleep.size;
  }

  started(): void {
    this.#open++;
    this.#changes++;
    if (this.#stopLooking === null) this.#look();
  }

  ended(attempt: Attempt): void {
    this.#open--;
    if (this.#asleep.size > 0) this.#asleep.delete(attempt);
    this.#changed();
  }

  sleepOpened(attempt: Attempt): void {
    afterTurn(() => {
      if (attempt.openSleeps === 0 || this.#asleep.has(attempt)) return;
      this.#asleep.add(attempt);
      this.#changed();
    });
  }

  sleepClosed(attempt: Attempt): void {
    this.#changes++;
    if (!this.#asleep.delete(attempt)) return;
    if (attempt.openSleeps > 0) this.sleepOpened(attempt); // Another of its sleeps goes on: asleep again after a turn.
  }

  /** Resolves when no handler is busy. Rejects with StuckHandlerError when one never gets there. */
  rest(): Promise<void> | undefined {
    if (this.busyCount === 0) return undefined;
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
  }

  /** Lets a loop that waits for handlers by itself be told when one of them is stuck, or sleeps and nobody moves time. */
  guard<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { resolve: () => undefined, reject };
      this.#guards.add(waiter);
      if (this.#stopLooking === null) this.#look();
      const done = (): void => void this.#guards.delete(waiter);
      work.then(
        (value) => {
          done();
          resolve(value);
        },
        (error: unknown) => {
          done();
          reject(error);
        },
      );
    });
  }

  stop(): void {
    this.#stopLooking?.();
    this.#stopLooking = null;
  }

  #changed(): void {
    this.#changes++;
    if (this.busyCount > 0 || this.#waiters.length === 0) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.resolve();
  }

  /** Looks a few times per `stuckAfter` whether anything has changed; stops by itself when nobody runs. */
  #look(): void {
    let seen = this.#changes;
    let quietLooks = 0;
    this.#stopLooking = every(this.#stuckAfterMs / LOOKS_PER_STUCK, () => {
      if (this.#changes !== seen || (this.busyCount === 0 && this.#guards.size === 0)) {
        if (this.busyCount === 0 && this.#guards.size === 0) this.stop();
        seen = this.#changes;
        quietLooks = 0;
        this.#warned = false;
        return;
      }
      quietLooks++;
      if (quietLooks >= LOOKS_PER_STUCK && !this.#warned) this.#warn();
      if (quietLooks >= LOOKS_PER_STUCK * STUCK_FACTOR) this.#giveUp();
    });
  }

  #warn(): void {
    this.#warned = true;
    process.stderr.write(`wheelwright: ${this.#describe(this.#stuckAfterMs)}\n`);
  }

  #giveUp(): void {
    this.stop();
    const error = new StuckHandlerError(this.#describe(this.#stuckAfterMs * STUCK_FACTOR));
    const waiting = [...this.#waiters, ...this.#guards];
    this.#waiters = [];
    this.#guards.clear();
    for (const waiter of waiting) waiter.reject(error);
  }

  #describe(ms: number): string {
    const seconds = ms / 1000;
    const busy = this.#handlers().filter((attempt) => !this.#asleep.has(attempt));
    if (busy.length > 0) {
      return `${busy.map(named).join(", ")} has neither ended nor slept for ${seconds} s of real time. Does it await something that never comes: a promise nobody resolves, a faked timer, a server that is not there? Wait on virtual time with context.sleep, or raise stuckAfter if it really works that long.`;
    }
    const sleeping = [...this.#asleep].map(named).join(", ") || "a handler";
    return `${sleeping} sleeps on virtual time and nobody has moved it for ${seconds} s. Call kit.advance(…) while this runs, or use kit.drainUntilIdle() in place of processQueue().`;
  }
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
