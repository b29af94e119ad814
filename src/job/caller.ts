// Lets the stack of a refusal begin with the user's own line, not inside of this package. Costs nothing where nothing fails.

import { WheelwrightError } from "./errors.ts";

// biome-ignore lint/complexity/noBannedTypes: captureStackTrace takes any function
export type Callee = Function;

/** The public function that is being called. Set for as long as it runs before its first await, no longer. */
let current: Callee | null = null;

/** Runs `work` as the inside of a public function: its caller is who an error points to. The outermost counts. */
export function calledAs<T>(callee: Callee, work: () => T): T {
  if (current !== null) return work();
  current = callee;
  try {
    return work();
  } finally {
    current = null;
  }
}

/** The public function that is being called, else the one given. */
export function calleeOr(callee: Callee): Callee {
  return current ?? callee;
}

/** The same error. One of ours points to the caller of the public function that is being called, if one is. */
export function pointed(error: unknown): unknown {
  if (current !== null && error instanceof WheelwrightError) Error.captureStackTrace(error, current);
  return error;
}
