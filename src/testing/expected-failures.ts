// Failures a test has said it expects (R42).

import { failureMessage } from "../job/failure-message.ts";
import type { Journal, KitEvent } from "./journal.ts";

/** What a failure must look like: a part of its message, a pattern, an error class, or a predicate. */
export type FailureMatch = string | RegExp | (abstract new (...args: never[]) => Error) | ((error: unknown) => boolean);

interface Expectation {
  readonly jobClass: string;
  /** The names its jobs may be stored under. */
  readonly names: readonly string[];
  readonly match: FailureMatch | undefined;
  met: boolean;
}

export class ExpectedFailures {
  readonly #journal: Journal;
  readonly #expectations: Expectation[] = [];

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** Of a class, by the names its jobs may be stored under, the present one first. */
  expect(names: readonly [string, ...string[]], match: FailureMatch | undefined): void {
    this.#expectations.push({ jobClass: names[0], names, match, met: false });
    if (this.#expectations.length > 1) return;
    // Whatever ran the job: a drain, processQueue, a worker.
    this.#journal.onEvent((type, log, index) => {
      if (type === "failed") this.accepts(log.event(index));
    });
  }

  /** Whether the failure was expected; the expectation is then met. */
  accepts(event: KitEvent): boolean {
    const found = this.#expectations.find(
      ({ names, match }) => names.includes(event.jobClass) && matches(match, event.error),
    );
    if (found === undefined) return false;
    found.met = true;
    return true;
  }

  /** Why a failure is not the one that is expected of its class, in words; null where none is. */
  differs(event: KitEvent): string | null {
    const expected = this.#expectations.filter(({ names, met }) => names.includes(event.jobClass) && !met);
    if (expected.length === 0) return null;
    const calls = expected.map(({ jobClass, match }) => `kit.expectFailure(${callOf(jobClass, match)})`).join(", ");
    const { error } = event;
    const thrown = error instanceof Error ? `${/^[AEIOU]/.test(error.name) ? "an" : "a"} ${error.name}` : "no Error";
    const cause = error instanceof Error ? error.cause : undefined;
    const isInside = expected.some(({ match }) => cause !== undefined && matches(match, cause));
    const hint = isInside ? " Its cause would fit: expect the error that wraps it, by its message, say." : "";
    return `It is not the failure that ${calls} expects: what was thrown is ${thrown}.${hint}`;
  }

  /** Expectations that no failure has met, in words. */
  unmet(): readonly string[] {
    return this.#expectations.filter(({ met }) => !met).map(({ jobClass, match }) => callOf(jobClass, match));
  }
}

function callOf(jobClass: string, match: FailureMatch | undefined): string {
  return match === undefined ? jobClass : `${jobClass}, ${describe(match)}`;
}

function matches(match: FailureMatch | undefined, error: unknown): boolean {
  if (match === undefined) return true;
  if (typeof match === "string") return failureMessage(error).includes(match);
  if (isPattern(match)) return failureMessage(error).search(match) >= 0; // Not test(): a global pattern would remember.
  if (isClass(match)) return error instanceof match;
  return (match as (error: unknown) => boolean)(error); // `as`: neither of the other three
}

function describe(match: FailureMatch): string {
  if (typeof match === "string") return JSON.stringify(match);
  return isPattern(match) ? String(match) : match.name || "a predicate";
}

function isPattern(match: unknown): match is RegExp {
  return Object.prototype.toString.call(match) === "[object RegExp]";
}

/** A class: of errors, in whichever realm, or written as one. A predicate may be a `function`, too. */
function isClass(match: FailureMatch): match is abstract new (...args: never[]) => Error {
  if (typeof match !== "function" || typeof match.prototype !== "object" || match.prototype === null) return false;
  return "message" in match.prototype || /^class\b/.test(Function.prototype.toString.call(match));
}
