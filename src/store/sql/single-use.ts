// One connection for all: a turn for each plan, and a way out for those that would wait for ever.

import { SystemClock } from "../../clock/system-clock.ts";
import { StoreUnavailableError } from "../../job/errors.ts";

/**
 * Waits for something that the app may be holding, for so long at the most.
 *
 * An app whose pool has one connection, and who enqueues outside the transaction that has it, would wait for itself.
 * `letGo`: called with what was had too late.
 * Rejects with: StoreUnavailableError that says so.
 */
export function hadWithin<T>(had: Promise<T>, ms: number, verb: string, letGo: (late: T) => void): Promise<T> {
  const clock = new SystemClock();
  return new Promise((resolve, reject) => {
    let late = false;
    const stop = clock.wakeAt(new Date(clock.now().getTime() + ms), () => {
      late = true;
      reject(
        new StoreUnavailableError(
          `Cannot ${verb}: no database connection was free within ${ms / 1000} s. If this code runs inside a transaction that has the only connection, pass that transaction as { transaction }; else give the pool more connections.`,
        ),
      );
    });
    had.then(
      (value) => {
        stop();
        if (late) letGo(value);
        else resolve(value);
      },
      (error: unknown) => {
        stop();
        reject(error);
      },
    );
  });
}

/** Runs one piece of work after the other. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/** The refusal of a call on a connection that is inside a transaction of the app's, and would be pulled into it (R9). */
export function insideTransaction(verb: string, what: "connection" | "client"): StoreUnavailableError {
  return new StoreUnavailableError(
    `Cannot ${verb}: this ${what} is inside a transaction of the app's, and what is stored now would share its fate. Pass the ${what} as { transaction }, or give the store ${what === "client" ? "a pool" : "a connection of its own"}.`,
  );
}
