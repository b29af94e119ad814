// How long a kit waits, in real time, for what does not come to an end (R40).

import { StuckHandlerError } from "./errors.ts";
import { every } from "./real-time.ts";

interface Waiter {
  readonly reject: (error: Error) => void;
  /** Rejected as soon as it is warned of. */
  readonly impatient: boolean;
}

interface Resting extends Waiter {
  /** Ends the wait well. */
  readonly resolve: () => void;
}

/** After this many times `stuckAfter` a warning becomes an error. */
const STUCK_FACTOR = 10;
const LOOKS_PER_STUCK = 4;

/**
 * Looks a few times per `stuckAfter`, while somebody waits, whether anything has moved. When nothing has for
 * `stuckAfter` it says so on stderr, once; after ten times that it gives up. Its timer is real whatever is faked.
 */
export class Patience {
  readonly #stuckAfterMs: number;
  readonly #describe: (afterMs: number) => string;
  readonly #onGivenUp: () => void;
  /** Those that wait for `done`: seldom more than one, and a list is far cheaper than a set. */
  #resting: Resting[] = [];
  /** Those that end their wait themselves. */
  readonly #guarded = new Set<Waiter>();
  #moves = 0;
  #stopLooking: (() => void) | null = null;
  /** What whoever still comes to wait is told, once it is over. */
  #ended: Error | null = null;

  /** `describe` names what has not come to an end, and says what to do; `onGivenUp`: somebody has been told by an error. */
  constructor(stuckAfterMs: number, describe: (afterMs: number) => string, onGivenUp: () => void) {
    this.#stuckAfterMs = stuckAfterMs;
    this.#describe = describe;
    this.#onGivenUp = onGivenUp;
  }

  /** Resolves at `done`. Rejects with StuckHandlerError when nothing moves; `impatient`: as soon as that is warned of. */
  wait(impatient = false): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== null) return reject(this.#ended);
      this.#resting.push({ resolve, reject, impatient });
      this.#stopLooking ??= this.#look();
    });
  }

  /** Passes on how `work` ends, or rejects with StuckHandlerError when nothing moves. */
  guard<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== null) {
        work.catch(() => undefined); // As little as whoever waited at the end is told of what came of it.
        return reject(this.#ended);
      }
      const waiter: Waiter = { reject, impatient: false };
      this.#guarded.add(waiter);
      this.#stopLooking ??= this.#look();
      work.then(
        (value) => {
          this.#guarded.delete(waiter);
          resolve(value);
        },
        (error: unknown) => {
          this.#guarded.delete(waiter);
          reject(error);
        },
      );
    });
  }

  /** Something has moved: the wait begins anew. */
  moved(): void {
    this.#moves++;
  }

  /** What was waited for has come. */
  done(): void {
    this.#moves++;
    const resting = this.#resting;
    if (resting.length === 0) return;
    this.#resting = [];
    for (const { resolve } of resting) resolve();
  }

  /** Ends every wait with this error, those that come later too, and lets go of the timer. */
  end(error: Error): void {
    this.#ended = error;
    const waiters = this.#waiters();
    this.#resting = [];
    this.#guarded.clear();
    this.#stop();
    for (const { reject } of waiters) reject(error);
  }

  #stop(): void {
    this.#stopLooking?.();
    this.#stopLooking = null;
  }

  #waiters(): readonly Waiter[] {
    return [...this.#resting, ...this.#guarded];
  }

  /** Goes on after the last waiter until a look finds none: one timer for many short waits. */
  #look(): () => void {
    let seen = this.#moves;
    let quietLooks = 0;
    return every(this.#stuckAfterMs / LOOKS_PER_STUCK, () => {
      if (this.#resting.length + this.#guarded.size === 0) return this.#stop();
      quietLooks = this.#moves === seen ? quietLooks + 1 : 0;
      seen = this.#moves;
      if (quietLooks === LOOKS_PER_STUCK) process.stderr.write(`wheelwright: ${this.#describe(this.#stuckAfterMs)}\n`);
      const givesUp = quietLooks >= LOOKS_PER_STUCK * STUCK_FACTOR;
      if (quietLooks >= LOOKS_PER_STUCK) this.#reject(givesUp);
      if (givesUp) this.#stop();
    });
  }

  #reject(all: boolean): void {
    const told = this.#waiters().filter((waiter) => all || waiter.impatient);
    if (told.length === 0) return;
    const text = this.#describe(this.#stuckAfterMs * (all ? STUCK_FACTOR : 1));
    this.#onGivenUp();
    this.#resting = this.#resting.filter((waiter) => !told.includes(waiter));
    for (const waiter of told) {
      this.#guarded.delete(waiter);
      waiter.reject(new StuckHandlerError(text));
    }
  }
}
