// Failures a test has said it expects (R42).

import { failureMessage } from "../job/failure-message.ts";
import type { KitEvent } from "./journal.ts";

/** What a failure must look like: a part of its message, a pattern, an error class, or a predicate. */
export type FailureMatch = string | RegExp | (abstract new (...args: never[]) => Error) | ((error: unknown) => boolean);

interface Expectation {
  readonly jobClass: string;
  readonly match: FailureMatch | undefined;
  met: boolean;
}

export class ExpectedFailures {
  readonly #expectations: Expectation[] = [];

  expect(jobClass: string, match: FailureMatch | undefined): void {
    this.#expectations.push({ jobClass, match, met: false });
  }

  /** Whether the failure was expected; the expectation is then met. */
  accepts(event: KitEvent): boolean {
    const found = this.#expectations.find(
      ({ jobClass, match }) => jobClass === event.jobClass && matches(match, event.error),
    );
    if (found === undefined) return false;
    found.met = true;
    return true;
  }

  /** Expectations that no failure has met, in words. */
  unmet(): readonly string[] {
    return this.#expectations
      .filter(({ met }) => !met)
      .map(({ jobClass, match }) => `${jobClass}${match === undefined ? "" : ` (${describe(match)})`}`);
  }
}

function matches(match: FailureMatch | undefined, error: unknown): boolean {
  if (match === undefined) return true;
  if (typeof match === "string") return failureMessage(error).includes(match);
  if (isPattern(match)) return match.test(failureMessage(error));
  if (isErrorClass(match)) return error instanceof match;
  return (match as (error: unknown) => boolean)(error); // `as`: neither of the other three
}

function describe(match: FailureMatch): string {
  if (typeof match === "string") return JSON.stringify(match);
  return isPattern(match) ? String(match) : match.name || "a predicate";
}

function isPattern(match: unknown): match is RegExp {
  return Object.prototype.toString.call(match) === "[object RegExp]";
}

function isErrorClass(match: FailureMatch): match is abstract new (...args: never[]) => Error {
  return typeof match === "function" && typeof match.prototype === "object" && match.prototype !== null;
}
