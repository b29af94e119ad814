// A job's data: a JSON object, cut off from the caller's, refused where JSON would change or drop something (R6).

import { DataNotJsonError, DataTooLargeError } from "./errors.ts";
import { findNotJson, hasSymbolKeys, isPlainArray, isPlainObject, MAX_DATA_DEPTH } from "./not-json.ts";

export { MAX_DATA_DEPTH };

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** 1 MiB of UTF-8, unless createJobs({ maxDataBytes }) says otherwise. */
export const MAX_DATA_BYTES: number = 1024 * 1024;

/** Data is measured up to so many times the limit; then it is too large, and nothing more is said about it. */
const MEASURED = 4;

/**
 * The JSON text of a job's data; left out it is `"{}"`.
 *
 * Throws: DataNotJsonError with the path of the first value that JSON would change or drop; DataTooLargeError.
 * Not an error: an undefined property (dropped), −0 (arrives as 0), any Unicode, `__proto__` as a key, properties that
 * are not enumerable, getters (read as they are).
 */
export function encodeData(jobClass: string, data: unknown, maxBytes: number = MAX_DATA_BYTES): string {
  if (data === undefined) return "{}";
  if (typeof data === "object" && data !== null && !Array.isArray(data))
    return encode(jobClass, data, maxBytes, "data");
  const what = data === null ? "null" : Array.isArray(data) ? "an array" : `a ${typeof data}`;
  throw new DataNotJsonError(jobClass, "$", `${what}, not an object`, "Wrap the value, as in { value }.");
}

/** The JSON text of what `carry.capture()` gave, or null for undefined and null. Throws as encodeData does. */
export function encodeCarried(jobClass: string, value: unknown): string | null {
  return value === undefined || value === null
    ? null
    : encode(jobClass, value, MAX_DATA_BYTES, "what carry.capture() gave");
}

/** Reads stored data. Text that is no JSON object is not an error here: it comes back as `broken` (R19). */
export function decodeData(text: string): { readonly data: JsonObject; readonly broken?: string } {
  if (text === "{}") return { data: {} }; // What most schedules' jobs have.
  try {
    const data: unknown = JSON.parse(text);
    if (data !== null && typeof data === "object" && !Array.isArray(data)) return { data: data as JsonObject }; // `as`: JSON.parse gave an object
  } catch {
    // Falls through: what cannot be read is told, not thrown.
  }
  return { data: {}, broken: text };
}

function encode(jobClass: string, value: unknown, maxBytes: number, what: string): string {
  let room = Number.NaN;
  let text: string | undefined;
  try {
    const small = smallText(value);
    if (small !== null && small.length <= maxBytes) return small;
    room = roomAfter(value, 1, maxBytes * MEASURED);
    if (room >= 0) text = JSON.stringify(value);
  } catch {
    // A getter threw, or the text is too long for one: there is none, and why is looked for below.
  }
  if (text === undefined) throw refusal(jobClass, value, maxBytes, what, room);
  // A UTF-16 unit takes at most three bytes, so most texts need no counting.
  if (text.length * 3 <= maxBytes) return text;
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) throw new DataTooLargeError(jobClass, bytes, maxBytes, { what });
  return text;
}

const MAX_SMALL_KEYS = 8;
const MAX_SMALL_TEXT = 64;

/**
 * The JSON of a small flat object of numbers, booleans, nulls and short ASCII texts, or null for anything else. Most jobs
 * carry no more, and looking and writing in one go takes half the time of JSON.stringify after a look.
 */
function smallText(value: unknown): string | null {
  if (typeof value !== "object" || value === null || Array.isArray(value) || !isPlainObject(value)) return null;
  const keys = Object.keys(value);
  if (keys.length > MAX_SMALL_KEYS) return null;
  let text = "";
  for (const key of keys) {
    const member: unknown = (value as Record<string, unknown>)[key]; // `as`: its own keys
    if (member === undefined) continue;
    const written = smallMember(member);
    if (written === null || !needsNoEscape(key)) return null;
    text += `${text === "" ? "" : ","}"${key}":${written}`;
  }
  return hasSymbolKeys(value) ? null : `{${text}}`;
}

function smallMember(member: unknown): string | null {
  if (typeof member === "number") return Number.isFinite(member) ? `${member}` : null; // −0 is "0" here, too.
  if (typeof member === "string") return needsNoEscape(member) ? `"${member}"` : null;
  return member === null || typeof member === "boolean" ? `${member}` : null;
}

function needsNoEscape(text: string): boolean {
  if (text.length > MAX_SMALL_TEXT) return false;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 32 || unit > 126 || unit === 34 || unit === 92) return false; // A control, beyond ASCII, a quote, a backslash.
  }
  return true;
}

/** Says why; slowly, for `roomAfter` has only said that. */
function refusal(jobClass: string, value: unknown, maxBytes: number, what: string, room: number): Error {
  const found = findNotJson(value);
  if (found !== null) return new DataNotJsonError(jobClass, found.path, found.problem, found.hint, what);
  if (room < 0) return new DataTooLargeError(jobClass, maxBytes * MEASURED - room, maxBytes, { what, atLeast: true });
  const problem = "a value that changes while it is read, or is too long to be a text";
  return new DataNotJsonError(jobClass, "$", problem, "Pass plain data, without getters and proxies.", what);
}

/**
 * What is left of `room` (in bytes) after a value's JSON, which may well take more: a quick look, before the text is
 * made. Negative and given up when there is none left, so that a value that is shared a million times ends soon; NaN
 * when JSON would change or drop something.
 */
function roomAfter(value: unknown, depth: number, room: number): number {
  switch (typeof value) {
    case "string":
      return room - value.length - 2;
    case "boolean":
      return room - 4;
    case "number":
      return Number.isFinite(value) ? room - 1 : Number.NaN;
    case "object":
      if (value === null) return room - 4;
      if (depth > MAX_DATA_DEPTH) return Number.NaN;
      return Array.isArray(value) ? roomAfterArray(value, depth, room) : roomAfterObject(value, depth, room);
    default:
      return Number.NaN;
  }
}

function roomAfterArray(array: readonly unknown[], depth: number, room: number): number {
  let left = room - (array.length === 0 ? 2 : 1); // Each member brings a comma; the last one's stands for a bracket.
  for (let index = 0; index < array.length; index++) {
    left = roomAfter(array[index], depth + 1, left - 1);
    if (!(left >= 0)) return left;
  }
  // JSON drops what an array has beside its members, as a regular expression's match has.
  return isPlainArray(array) && Object.keys(array).length === array.length ? left : Number.NaN;
}

function roomAfterObject(object: object, depth: number, room: number): number {
  if (!isPlainObject(object)) return Number.NaN;
  let left = room - 2;
  for (const key of Object.keys(object)) {
    const member: unknown = (object as Record<string, unknown>)[key]; // `as`: its own keys
    if (member === undefined) continue;
    left = roomAfter(member, depth + 1, left - key.length - 3);
    if (!(left >= 0)) return left;
  }
  return hasSymbolKeys(object) ? Number.NaN : left;
}
