// What is observed of a run, but for what time and turns make of it: to compare one that took longer with one that did not.

import { inspect, types } from "node:util";
import { isPlainObject } from "../../job/not-json.ts";

const DAYS_OF_A_RUN_MS = 7 * 86_400_000;
const INSTANT = "an instant";
const INSTANTS = /\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?/g;
const WHOLE = { depth: null, maxArrayLength: null, maxStringLength: null, sorted: true } as const;

/**
 * `value`, a copy of what was observed, with "an instant" for each of its instants (Dates, texts as JSON has of them, seconds
 * and milliseconds since 1970 that lie in the days after `startMs`; also within a text), and with the members of every list, set, map and object in
 * one order, whatever it was. How many there are stays, so that two entries under keys made of the time are two.
 */
export function timeless(value: unknown, startMs: number): unknown {
  const within = (member: unknown): unknown => timeless(member, startMs);
  if (typeof value === "string")
    return value
      .replace(INSTANTS, INSTANT)
      .replace(/\d+/g, (digits) => (isInstant(+digits, startMs) ? INSTANT : digits));
  if (typeof value === "number") return isInstant(value, startMs) ? INSTANT : value;
  if (types.isDate(value)) return INSTANT;
  if (Array.isArray(value) || types.isSet(value)) return inOneOrder([...value].map(within));
  if (types.isMap(value)) return inOneOrder([...value].map(([key, member]) => [within(key), within(member)]));
  if (types.isNativeError(value)) return [value.name, within(value.message), within(value.cause)];
  // Bytes, patterns and boxed values have no entries to be compared by.
  if (value === null || typeof value !== "object" || !isPlainObject(value)) return value;
  return inOneOrder(Object.entries(value).map(([key, member]) => [within(key), within(member)]));
}

/** As milliseconds, or as seconds. */
function isInstant(time: number, startMs: number): boolean {
  return [time, time * 1000].some((ms) => ms >= startMs && ms - startMs < DAYS_OF_A_RUN_MS);
}

function inOneOrder(members: readonly unknown[]): readonly unknown[] {
  const named = members.map((member) => ({ member, text: inspect(member, WHOLE) }));
  return named.sort((a, b) => (a.text < b.text ? -1 : Number(a.text > b.text))).map(({ member }) => member);
}
