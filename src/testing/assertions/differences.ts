// Where data is not what was expected, path by path.

import { failureMessage } from "../../job/failure-message.ts";
import { memberPath } from "../../job/member-path.ts";
import { asymmetric, matchesPart } from "../match.ts";
import { cutPair, literal } from "./literal.ts";

/** One thing that a job is not as expected in. Both texts are as a reader would type them. */
export interface Difference {
  /** `data.items[0].sku`, `queue`, `due in`. */
  readonly field: string;
  readonly actual: string;
  readonly expected: string;
  /** Said behind what was expected: `1s too early`. */
  readonly note?: string;
}

const MAX_TEXT = 240;
/** So that two strings below each other fit their lines, quotes included. */
const MAX_STRING = 46;
/** More differences than this are told by their number alone. */
const MAX_LISTED = 50;
const MISSING = "nothing";

/** Every place where `actual` does not match `expected`; empty where it does. Agrees with `matchesData`. */
export function dataDifferences(expected: unknown, actual: unknown, exact: boolean): readonly Difference[] {
  const found: Difference[] = [];
  if (typeof expected === "function") return predicateDifference(expected as (data: unknown) => unknown, actual); // `as`: it is called as one
  compare({ path: "data", expected, actual, exact }, found);
  return found;
}

interface Comparison {
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
  readonly exact: boolean;
}

function compare({ path, expected, actual, exact }: Comparison, found: Difference[]): void {
  if (found.length >= MAX_LISTED || matchesPart(expected, actual, exact)) return;
  const isMatcher = asymmetric(expected, actual) !== null;
  if (!isMatcher && Array.isArray(expected) && Array.isArray(actual)) {
    compareMembers(path, expected, actual, exact, found);
  } else if (!isMatcher && isRecord(expected) && isRecord(actual)) {
    compareProperties(path, expected, actual, exact, found);
  } else {
    found.push({ field: path, ...texts(expected, actual) });
  }
}

function compareMembers(
  path: string,
  expected: readonly unknown[],
  actual: readonly unknown[],
  exact: boolean,
  found: Difference[],
): void {
  if (expected.length !== actual.length) {
    found.push({ field: `${path}.length`, actual: String(actual.length), expected: String(expected.length) });
  }
  for (let index = 0; index < Math.min(expected.length, actual.length); index++)
    compare({ path: memberPath(path, index), expected: expected[index], actual: actual[index], exact }, found);
}

function compareProperties(path: string, expected: object, actual: object, exact: boolean, found: Difference[]): void {
  for (const key of Object.keys(expected)) {
    const wanted: unknown = Reflect.get(expected, key);
    const has = Object.hasOwn(actual, key);
    if (wanted === undefined && has) {
      found.push({
        field: memberPath(path, key),
        actual: literal(Reflect.get(actual, key), MAX_TEXT),
        expected: MISSING,
      });
    } else if (wanted !== undefined) {
      const member: unknown = has ? Reflect.get(actual, key) : undefined;
      compare({ path: memberPath(path, key), expected: wanted, actual: member, exact }, found);
    }
  }
  if (!exact) return;
  for (const key of Object.keys(actual)) {
    if (found.length >= MAX_LISTED || Object.hasOwn(expected, key)) continue;
    found.push({
      field: memberPath(path, key),
      actual: literal(Reflect.get(actual, key), MAX_TEXT),
      expected: MISSING,
    });
  }
}

/** Two long strings are shown where they begin to differ. */
function texts(expected: unknown, actual: unknown): { readonly actual: string; readonly expected: string } {
  if (typeof expected === "string" && typeof actual === "string") {
    const [wanted, got] = cutPair(expected, actual, MAX_STRING);
    return { actual: JSON.stringify(got), expected: JSON.stringify(wanted) };
  }
  return {
    actual: actual === undefined ? MISSING : literal(actual, MAX_TEXT),
    expected: literal(expected, MAX_TEXT),
  };
}

function predicateDifference(predicate: (data: unknown) => unknown, actual: unknown): readonly Difference[] {
  const name = predicate.name === "" ? "the predicate" : predicate.name;
  try {
    if (predicate(actual) === true) return [];
    return [{ field: "data", actual: literal(actual, MAX_TEXT), expected: `what ${name} accepts` }];
  } catch (error) {
    const threw = failureMessage(error).split("\n", 1)[0] ?? "";
    return [
      {
        field: "data",
        actual: literal(actual, MAX_TEXT),
        expected: `what ${name} accepts`,
        note: `it threw: ${threw}`,
      },
    ];
  }
}

function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
