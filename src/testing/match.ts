// Whether data is what was expected: a deep subset, with the asymmetric matchers of vitest, jest and sinon.

import { InvalidOptionError } from "../job/errors.ts";
import { memberPath } from "../job/member-path.ts";
import { findNotJson, isPlainArray, isPlainObject } from "../job/not-json.ts";

/** Objects match as subsets, arrays whole; any part may be an asymmetric matcher, the whole also a predicate. */
export type DataMatch<Data = unknown> = Subset<Data> | ((data: Data) => boolean);

export type Subset<T> = T extends readonly unknown[]
  ? { readonly [Key in keyof T]: Subset<T[Key]> } | Asymmetric
  : T extends object
    ? { readonly [Key in keyof T]?: Subset<T[Key]> | Asymmetric } | Asymmetric
    : T | Asymmetric;

/** What vitest, jest (`expect.any(String)`) and sinon (`sinon.match.string`) give. */
export type Asymmetric =
  | { asymmetricMatch(value: unknown): boolean }
  | { test(value: unknown): boolean; or(other: never): unknown };

/**
 * Whether `actual` matches. `exact` asks for equality in place of a subset.
 * Throws: what a predicate throws; InvalidOptionError for one that answers neither true nor false.
 */
export function matchesData(expected: unknown, actual: unknown, exact = false): boolean {
  if (typeof expected !== "function") return matchesPart(expected, actual, exact);
  const answer: unknown = expected(actual);
  if (typeof answer === "boolean") return answer;
  // `undefined` is a forgotten return, a Promise an async predicate: taken as "no", a negative assertion would hold for nothing.
  throw new InvalidOptionError("the answer of the predicate for data", answer, "true or false");
}

/** One part against another; asymmetric matchers decide for themselves. */
export function matchesPart(expected: unknown, actual: unknown, exact: boolean): boolean {
  const decided = asymmetric(expected, actual);
  if (decided !== null) return decided;
  if (Object.is(expected, actual) || expected === actual) return true; // −0 arrives as 0
  if (expected === null || actual === null || typeof expected !== "object" || typeof actual !== "object") return false;
  if (Array.isArray(expected) || Array.isArray(actual)) {
    if (!Array.isArray(expected) || !Array.isArray(actual) || expected.length !== actual.length) return false;
    return expected.every((member, index) => matchesPart(member, actual[index], exact));
  }
  const wanted = Object.keys(expected).filter((key) => Reflect.get(expected, key) !== undefined || !exact);
  if (exact && Object.keys(actual).some((key) => !wanted.includes(key))) return false;
  return wanted.every((key) => matchesMember(Reflect.get(expected, key), actual, key, exact));
}

/** The verdict of an asymmetric matcher, or null where the expected value is none. */
export function asymmetric(expected: unknown, actual: unknown): boolean | null {
  if (!isAsymmetric(expected)) return null;
  return ("asymmetricMatch" in expected ? expected.asymmetricMatch(actual) : expected.test(actual)) === true;
}

/** Whether a value is a matcher of vitest, jest or sinon. */
export function isAsymmetric(value: unknown): value is Asymmetric {
  if (value === null || typeof value !== "object") return false;
  const matcher = value as { asymmetricMatch?: unknown; test?: unknown; or?: unknown }; // `as`: asked for its methods
  if (typeof matcher.asymmetricMatch === "function") return true;
  return typeof matcher.test === "function" && typeof matcher.or === "function";
}

/**
 * Checks that data could match at all. What JSON cannot keep is in no job's data, so comparing with it would hold for
 * nothing: a Date, a class's instance, NaN. Throws: InvalidOptionError with the path and what to write instead.
 */
export function requireMatchable(expected: unknown): void {
  if (expected === undefined || typeof expected === "function" || isAsymmetric(expected)) return;
  if (expected === null || typeof expected !== "object" || Array.isArray(expected))
    throw new InvalidOptionError("the data to match", expected, "an object, an asymmetric matcher or a predicate");
  requireMatchablePart(expected, "$", new Set());
}

function requireMatchablePart(part: unknown, path: string, above: Set<unknown>): void {
  if (isAsymmetric(part)) return;
  const isObject = typeof part === "object" && part !== null;
  if (!isObject || above.has(part) || !(Array.isArray(part) ? isPlainArray(part) : isPlainObject(part))) {
    const found = above.has(part) ? { problem: "a cycle", hint: "Match a part of it." } : findNotJson(part);
    if (found === null) return;
    throw new InvalidOptionError(
      `the data to match at ${path}`,
      part,
      `what JSON can keep, not ${found.problem}. ${found.hint}`.replace(/\.$/, ""),
    );
  }
  above.add(part);
  if (Array.isArray(part)) {
    part.forEach((member, index) => {
      requireMatchablePart(member, memberPath(path, index), above);
    });
  } else {
    for (const [key, member] of Object.entries(part))
      if (member !== undefined) requireMatchablePart(member, memberPath(path, key), above);
  }
  above.delete(part);
}

function matchesMember(expected: unknown, actual: object, key: string, exact: boolean): boolean {
  if (expected === undefined) return !Object.hasOwn(actual, key); // An undefined property is dropped at enqueue.
  return matchesPart(expected, Object.hasOwn(actual, key) ? Reflect.get(actual, key) : undefined, exact);
}
