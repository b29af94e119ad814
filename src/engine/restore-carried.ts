// Wraps perform in what was carried from the enqueue (R17), and sees to it that the job's own end counts.

import { brandErrors, WheelwrightError } from "../job/errors.ts";
import { isPromise } from "../job/schema.ts";
import type { Carry } from "./engine.ts";

/** `carry.restore` did not perform the job, or tried to perform it twice: the attempt fails with this. */
export class CarryError extends WheelwrightError {
  override readonly code = "CARRY";
}
brandErrors(CarryError);

/**
 * Calls `restore` with the value and a `run` that performs the job. A `restore` that forgets to return what `run`
 * returned, or swallows its error, must not pass for success: the attempt ends when both have ended, as the job did.
 * Throws, or rejects with: CarryError, what `restore` throws, what the job throws.
 */
export function restoreCarried(carry: Carry, value: unknown, run: () => unknown): unknown {
  let performed = null as (() => unknown) | null; // `as`: assigned in a closure, which the compiler does not follow
  const runOnce = (): unknown => {
    if (performed !== null)
      throw new CarryError("carry.restore(value, run) called run twice; a job is performed once per attempt.");
    performed = ending(run);
    return performed();
  };
  const jobsEnd = (): unknown => {
    if (performed !== null) return performed();
    throw new CarryError(
      "carry.restore(value, run) never called run, so the job was not performed. Call it, and return what it returns.",
    );
  };
  const returned = carry.restore(value, runOnce);
  return isPromise(returned) ? returned.then(jobsEnd) : jobsEnd();
}

/** Performs, and gives what came of it whenever asked: the same value, promise or error. */
function ending(run: () => unknown): () => unknown {
  try {
    const returned = run();
    if (!isPromise(returned)) return () => returned;
    const promise = Promise.resolve(returned); // A query builder runs again each time its `then` is called.
    promise.catch(() => undefined); // Whether `restore` looks at it or not, it is looked at here.
    return () => promise;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
