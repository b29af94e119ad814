// How long a kit waits, in real time, for what does not come to an end (R40).

import { StuckHandlerError } from "./errors.ts";
import { every } from "./real-time.ts";

interface Waiter {
  /** Ends the wait well; undefined for one that ends its wait itself. */
  readonly resolve: (() => void) | undefined;
  readonly reject: (error: Error) => void;
  /** Rejected as soon as it is warned of. */
  readonly impatient: boolean;
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
  readonly #waiters = new Set<Waiter>();
  #moves = 0;
  #stopLooking: (() => void) | null = null;

  /** `describe` names what has not come to an end, and says what to do; `onGivenUp`: somebody has been told by an error. */
  constructor(stuckAfterMs: number, describe: (afterMs: number) => string, onGivenUp: () => void) {
    this.#stuckAfterMs = stuckAfterMs;
    this.#describe = describe;
    this.#onGivenUp = onGivenUp;
  }

  /** Resolves at `done`. Rejects with StuckHandlerError when nothing moves; `impatient`: as soon as that is warned of. */
  wait(impatient = false): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#add({ resolve, reject, impatient });
    });
  }

  /** Passes on how `work` ends, or rejects with StuckHandlerError when nothing moves. */
  guard<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { resolve: undefined, reject, impatient: false };
      this.#add(waiter);
      work.then(
        (value) => {
          this.#waiters.delete(waiter);
          resolve(value);
        },
        (error: unknown) => {
          this.#waiters.delete(waiter);
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
    if (this.#waiters.size === 0) return;
    for (const waiter of this.#waiters) {
      if (waiter.resolve === undefined) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  /** Ends every wait with this error, and lets go of the timer. */
  end(error: Error): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    this.#stop();
    for (const { reject } of waiters) reject(error);
  }

  #stop(): void {
    this.#stopLooking?.();
    this.#stopLooking = null;
  }

  #add(waiter: Waiter): void {
    this.#waiters.add(waiter);
    this.#stopLooking ??= this.#look();
  }

  /** Goes on after the last waiter until a look finds none: one timer for many short waits. */
  #look(): () => void {
    let seen = this.#moves;
    let quietLooks = 0;
    return every(this.#stuckAfterMs / LOOKS_PER_STUCK, () => {
      if (this.#waiters.size === 0) return this.#stop();
      quietLooks = this.#moves === seen ? quietLooks + 1 : 0;
      seen = this.#moves;
      if (quietLooks === LOOKS_PER_STUCK) process.stderr.write(`wheelwright: ${this.#describe(this.#stuckAfterMs)}\n`);
      const givesUp = quietLooks >= LOOKS_PER_STUCK * STUCK_FACTOR;
      if (quietLooks >= LOOKS_PER_STUCK) this.#reject(givesUp);
      if (givesUp) this.#stop();
    });
  }

  #reject(all: boolean): void {
    const told = [...this.#waiters].filter((waiter) => all || waiter.impatient);
    if (told.length === 0) return;
    const text = this.#describe(this.#stuckAfterMs * (all ? STUCK_FACTOR : 1));
    this.#onGivenUp();
    for (const waiter of told) {
      this.#waiters.delete(waiter);
      waiter.reject(new StuckHandlerError(text));
    }
  }
}
