// The error of an assertion that does not hold: node:assert's own class, which every runner knows how to show.

import { AssertionError } from "node:assert";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type Callee, calleeOr } from "../../job/caller.ts";

export interface Failure {
  readonly message: string;
  readonly actual: unknown;
  readonly expected: unknown;
}

/** Frames of the runner that called a matcher, before the test's own. */
const RUNNER = /[\\/]node_modules[\\/](?:expect|chai|vitest|@vitest[\\/]expect)[\\/]/;

/** Where an assertion, or a verb of a kit, was called: its error points there, however late it is found. */
export class CallSite {
  readonly #trace: { stack?: string } = {};

  /** `callee`: the function whose caller is meant. */
  constructor(callee: Callee) {
    Error.captureStackTrace(this.#trace, callee);
  }

  /** The stack of an error with this message, without a line of ours. */
  stackOf(name: string, message: string): string {
    const lines = (this.#trace.stack ?? "").split("\n").slice(1);
    const first = lines.findIndex((line) => !RUNNER.test(line));
    const frames = lines.slice(Math.max(first, 0));
    return [`${name}: ${message}`, ...frames].join("\n");
  }

  /** Lets an error that is found later point here. */
  point(error: Error): void {
    const value = this.stackOf(error.name, error.message);
    Object.defineProperty(error, "stack", { value, configurable: true, writable: true });
  }

  /** `test/sign-up.test.ts:12`, from the working directory; null where the stack does not tell. */
  get where(): string | null {
    const [, frame] = this.stackOf("", "").split("\n    at ");
    const [, file, line] = frame?.match(PLACE) ?? [];
    if (file === undefined) return null;
    const path = file.startsWith("file://") ? fileURLToPath(file) : file;
    const near = relative(process.cwd(), path);
    return `${near.startsWith("..") ? path : near}:${line}`;
  }
}

/** `name (file:12:5)`, or `file:12:5`. */
const PLACE = /^(?:async )?(?:.*\()?(.+?):(\d+):\d+\)?$/;

/** Where `callee`, or the function that it is the inside of, was called. */
export function siteOf(callee: Callee): CallSite {
  return new CallSite(calleeOr(callee));
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
