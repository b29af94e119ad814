// Where what is observed of two runs differs, path by path.

import { isDeepStrictEqual, types } from "node:util";
import { isPlainObject } from "../../job/not-json.ts";
import { type Difference, dataDifferences } from "../assertions/differences.ts";
import { literal } from "../assertions/literal.ts";

const MAX_TEXT = 240;

/** `field` is the path into what is observed, `charges[0].cents`; empty for the whole of it. Empty where they are equal. */
export function observedDifferences(expected: unknown, actual: unknown): readonly Difference[] {
  if (isDeepStrictEqual(expected, actual)) return [];
  const found = dataDifferences(comparable(expected), comparable(actual), true);
  // Such as a property that is undefined, and not there in the other.
  if (found.length === 0)
    return [{ field: "", expected: literal(expected, MAX_TEXT), actual: literal(actual, MAX_TEXT) }];
  return found.map((each) => ({ ...each, field: each.field.replace(/^data\.?/, "") }));
}

/** Differences are looked for as in a job's data, which JSON keeps: what it does not keep is shown as what it does. */
function comparable(value: unknown): unknown {
  if (types.isDate(value)) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (types.isSet(value)) return inOrder([...value].map(comparable));
  if (types.isMap(value)) {
    const entries = [...value].map(([key, member]) => [comparable(key), comparable(member)]);
    return [...value.keys()].every((key) => typeof key === "string") ? Object.fromEntries(entries) : inOrder(entries);
  }
  if (Array.isArray(value)) return value.map(comparable);
  if (value === null || typeof value !== "object" || !isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, comparable(member)]));
}

/** Sets and maps are equal in any order. */
function inOrder(members: readonly unknown[]): readonly unknown[] {
  const named = members.map((member) => ({ member, name: literal(member, MAX_TEXT) }));
  return named.sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ member }) => member);
}
