// The error of an assertion that does not hold: node:assert's own class, which every runner knows how to show.

import { AssertionError } from "node:assert";

export interface Failure {
  readonly message: string;
  readonly actual: unknown;
  readonly expected: unknown;
}

/** Frames of the runner that called a matcher, before the test's own. */
const RUNNER = /[\\/]node_modules[\\/](?:expect|chai|vitest|@vitest[\\/]expect)[\\/]/;

/** Where an assertion was called: its error points there, however late it is found. */
export class CallSite {
  readonly #trace: { stack?: string } = {};

  /** `callee`: the function whose caller is meant. */
  // biome-ignore lint/complexity/noBannedTypes: captureStackTrace takes any function
  constructor(callee: Function) {
    Error.captureStackTrace(this.#trace, callee);
  }

  /** The stack of an error with this message, without a line of ours. */
  stackOf(name: string, message: string): string {
    const lines = (this.#trace.stack ?? "").split("\n").slice(1);
    const first = lines.findIndex((line) => !RUNNER.test(line));
    const frames = lines.slice(Math.max(first, 0));
    return [`${name}: ${message}`, ...frames].join("\n");
  }
}

/**
 * Shown the same by every runner: the message says it all. Runners that print a difference of their own beside it
 * are told not to: vitest by `showDiff`, jest by the operator, for which it prints the message alone.
 */
export function assertionError(call: string, failure: Failure, site: CallSite): AssertionError {
  const { message, actual, expected } = failure;
  const operator = process.env.JEST_WORKER_ID === undefined ? call : "fail";
  const error = new AssertionError({ message, actual, expected, operator });
  Object.defineProperty(error, "showDiff", { value: false });
  const name = `${error.name} [${error.code}]`;
  Object.defineProperty(error, "stack", { value: site.stackOf(name, message), configurable: true, writable: true });
  return error;
}
