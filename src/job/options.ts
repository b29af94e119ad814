// The limits of what can be enqueued (R2, R4): the same on every store, checked before anything is stored.

import { types } from "node:util";
import { type Duration, secondsOrDurationMs } from "./duration.ts";
import { InvalidOptionError } from "./errors.ts";

export type PriorityName = "low" | "normal" | "high";
export type Priority = number | PriorityName;

const PRIORITIES: Readonly<Record<PriorityName, number>> = { low: -10, normal: 0, high: 10 };
const MAX_INT = 2 ** 31 - 1;
/** The first and the last millisecond of an instant: others have no year of four digits, which some databases refuse. */
export const FIRST_MS: number = Date.parse("0001-01-01T00:00:00.000Z");
export const LAST_MS: number = Date.parse("9999-12-31T23:59:59.999Z");

/** The number of a priority: a 32-bit integer, or one of the three names (R2). */
export function priorityOf(value: unknown, what: string): number {
  if (isInteger(value, -MAX_INT - 1)) return value + 0; // + 0: −0 is 0
  if (typeof value === "string" && Object.hasOwn(PRIORITIES, value)) return PRIORITIES[value as PriorityName]; // `as`: just looked up
  throw new InvalidOptionError(what, value, 'an integer of 32 bits, or "low", "normal" or "high"');
}

/** A text of 1 to `max` characters that every database can hold and compare byte by byte. */
export function textOf(value: unknown, what: string, max: number): string {
  if (isText(value, max)) return value;
  throw new InvalidOptionError(what, value, `a text of 1 to ${max} characters without U+0000 or half a surrogate pair`);
}

/** Whether it is such a text. */
export function isText(value: unknown, max: number): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= max && isStorable(value);
}

/** A queue's name: a text of 1 to 100 characters that a comma list of queues can hold (R13). */
export function queueOf(value: unknown, what: string): string {
  const queue = textOf(value, what, 100);
  if (!queue.includes(",") && queue.trim() === queue) return queue;
  throw new InvalidOptionError(what, value, "a queue name without commas and without spaces at its ends");
}

/** Attempts in all: an integer of 32 bits, at least 1. */
export function maxRetriesOf(value: unknown, what: string): number {
  if (isInteger(value, 1)) return value;
  throw new InvalidOptionError(what, value, `an integer from 1 (attempts in all, the first included) to ${MAX_INT}`);
}

/** Seconds: finite, not negative, to the millisecond; a duration will do where the origin takes seconds. */
export function secondsOf(value: unknown, what: string): number {
  return secondsOrDurationMs(value as number | Duration, what) / 1000; // `as`: whatever else it is, a typed error comes back
}

/** Seconds of a timeout: above 0 and below what the longest lease can be told in. */
export function timeoutOf(value: unknown, what: string): number {
  const seconds = secondsOf(value, what);
  if (seconds > 0 && seconds <= MAX_INT) return seconds;
  throw new InvalidOptionError(what, value, `seconds from 0.001 to ${MAX_INT}`);
}

/** A valid Date inside the years 1 to 9999, a copy of the one given. */
export function instantOf(value: unknown, what: string): Date {
  // A Date of any realm: jest's tests have one that is not ours.
  const time = types.isDate(value) ? Date.prototype.getTime.call(value) : Number.NaN;
  if (time >= FIRST_MS && time <= LAST_MS) return new Date(time);
  throw new InvalidOptionError(what, value, "a valid Date between the years 1 and 9999");
}

/** The queues of a filter (R13), each once: a name, a list or a comma list; undefined means all. */
export function queuesOf(value: string | readonly string[] | undefined, what: string): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const names: unknown = typeof value === "string" ? value.split(",").map((name) => name.trim()) : value;
  if (!Array.isArray(names) || names.length === 0) {
    throw new InvalidOptionError(what, value, "a queue name, a list of them, or a comma list");
  }
  return [...new Set(names.map((name: unknown) => queueOf(name, what)))];
}

/** A whole number of at least `min`. */
export function countOf(value: unknown, what: string, min: number): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= min) return value;
  throw new InvalidOptionError(what, value, `a whole number of at least ${min}`);
}

function isInteger(value: unknown, min: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= min && value <= MAX_INT;
}

function isStorable(text: string): boolean {
  return !text.includes("\u0000") && text.isWellFormed();
}
