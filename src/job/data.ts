// A job's data: a JSON object, cut off from the caller's, refused where JSON would change or drop something (R6).

import { DataNotJsonError, DataTooLargeError } from "./errors.ts";

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** 1 MiB of UTF-8, unless createJobs({ maxDataBytes }) says otherwise. */
export const MAX_DATA_BYTES: number = 1024 * 1024;
export const MAX_DATA_DEPTH = 500;

/**
 * The JSON text of a job's data; left out it is `"{}"`.
 *
 * Throws: DataNotJsonError with the path of the first value that JSON would change or drop; DataTooLargeError.
 * Not an error: an undefined property (dropped), −0 (arrives as 0), any Unicode, `__proto__` as a key.
 */
export function encodeData(jobClass: string, data: unknown, maxBytes: number = MAX_DATA_BYTES): string {
  if (data === undefined) return "{}";
  if (data === null || typeof data !== "object" || Array.isArray(data) || !isJson(data, 1)) {
    const { path, problem, hint } = firstProblem(data);
    throw new DataNotJsonError(jobClass, path, problem, hint);
  }
  const text = JSON.stringify(data);
  // A UTF-16 unit takes at most three bytes, so most texts need no counting.
  if (text.length * 3 > maxBytes) {
    const bytes = Buffer.byteLength(text);
    if (bytes > maxBytes) throw new DataTooLargeError(jobClass, bytes, maxBytes);
  }
  return text;
}

/** The JSON text of what `carry.capture()` gave, or null for undefined and null. Throws as encodeData does. */
export function encodeCarried(jobClass: string, value: unknown): string | null {
  if (value === undefined || value === null) return null;
  const wrapped = encodeData(jobClass, { carried: value });
  return wrapped.slice('{"carried":'.length, -1);
}

/** Reads stored data. Text that is no JSON object is not an error here: it comes back as `broken` (R19). */
export function decodeData(text: string): { readonly data: JsonObject; readonly broken?: string } {
  try {
    const data: unknown = JSON.parse(text);
    if (data !== null && typeof data === "object" && !Array.isArray(data)) return { data: data as JsonObject }; // `as`: JSON.parse gave an object
  } catch {
    // Falls through: what cannot be read is told, not thrown.
  }
  return { data: {}, broken: text };
}

/** The quick look that nearly all data passes; `firstProblem` takes its time only when this says no. */
function isJson(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value);
    case "object":
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (depth > MAX_DATA_DEPTH) return false;
  if (Array.isArray(value)) return isJsonArray(value, depth);
  if (!isPlain(value as object)) return false; // `as`: null and arrays are ruled out above
  const keys = Object.keys(value as object);
  for (const key of keys) {
    const member = (value as Record<string, unknown>)[key];
    if (member !== undefined && !isJson(member, depth + 1)) return false;
  }
  return Object.getOwnPropertySymbols(value as object).length === 0;
}

function isJsonArray(array: readonly unknown[], depth: number): boolean {
  for (let index = 0; index < array.length; index++) if (!isJson(array[index], depth + 1)) return false;
  return Object.keys(array).length === array.length && !hasToJson(array);
}

/** Plain in any realm: jest runs tests in one of its own, whose Object is not ours. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return true;
  if (prototype === Object.prototype) return true;
  if (Object.getPrototypeOf(prototype) !== null) return false;
  return (prototype as { constructor?: { name?: unknown } }).constructor?.name === "Object";
}

/** `toJSON` anywhere JSON.stringify would call it would store something else than was checked. */
function hasToJson(value: object): boolean {
  return typeof (value as { toJSON?: unknown }).toJSON === "function";
}

interface Problem {
  readonly path: string;
  readonly problem: string;
  readonly hint: string;
}

function firstProblem(data: unknown): Problem {
  if (data === null || typeof data !== "object" || Array.isArray(data)) {
    const what = data === null ? "null" : Array.isArray(data) ? "an array" : describe(data).problem;
    return { path: "$", problem: what, hint: "Pass an object: wrap the value, as in { value }." };
  }
  return (
    search(data, "$", [], 1) ?? {
      path: "$",
      problem: "a value that changes while it is read",
      hint: "Pass plain data.",
    }
  );
}

function search(value: unknown, path: string, above: readonly unknown[], depth: number): Problem | null {
  if (value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)) return null;
  if (typeof value !== "object") return { path, ...describe(value) };
  if (above.includes(value)) return { path, problem: "a cycle", hint: "Enqueue a reference (an id) instead." };
  if (depth > MAX_DATA_DEPTH) {
    return {
      path: shorten(path),
      problem: `nested more than ${MAX_DATA_DEPTH} levels deep`,
      hint: "Flatten the data.",
    };
  }
  const within = [...above, value];
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const found = search(value[index], `${path}[${index}]`, within, depth + 1);
      if (found !== null) return found;
    }
    const extra = Object.keys(value).find((key) => !/^\d+$/.test(key));
    if (extra !== undefined)
      return { path, problem: `an array with a property "${extra}"`, hint: "Use an object, or a plain array." };
    return hasToJson(value) ? { path, problem: "an array with a toJSON method", hint: "Pass a plain array." } : null;
  }
  if (!isPlain(value)) return { path, ...describe(value) };
  for (const key of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[key];
    if (member === undefined) continue;
    const found = search(member, memberPath(path, key), within, depth + 1);
    if (found !== null) return found;
  }
  if (Object.getOwnPropertySymbols(value).length > 0)
    return { path, problem: "an object with a symbol as key", hint: "Use string keys." };
  return null;
}

function memberPath(path: string, key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

function shorten(path: string): string {
  return path.length <= 60 ? path : `${path.slice(0, 57)}…`;
}

function describe(value: unknown): { problem: string; hint: string } {
  if (value === undefined) return { problem: "undefined", hint: "Use null, or leave the property out." };
  if (typeof value === "number") return { problem: String(value), hint: "Use null, or a finite number." };
  if (typeof value === "bigint") return { problem: `a BigInt (${value}n)`, hint: "Pass value.toString()." };
  if (typeof value === "function")
    return { problem: `a function (${value.name || "anonymous"})`, hint: "Pass data; the job has the code." };
  if (typeof value === "symbol") return { problem: "a symbol", hint: "Pass a string." };
  const name = constructorName(value);
  if (name === "Date") return { problem: "a Date", hint: "Pass date.toISOString() and read it with new Date(text)." };
  if (name === "Map") return { problem: "a Map", hint: "Pass Object.fromEntries(map), or [...map]." };
  if (name === "Set") return { problem: "a Set", hint: "Pass [...set]." };
  if (name === "Buffer" || name.endsWith("Array"))
    return { problem: `a ${name}`, hint: "Pass Buffer.from(bytes).toString('base64')." };
  if (name === "Promise") return { problem: "a Promise", hint: "Await it first." };
  return { problem: `an instance of ${name}`, hint: "Pass a plain object with the fields the job needs, or an id." };
}

function constructorName(value: unknown): string {
  const name = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === "string" && name !== "" ? name : "an unnamed class";
}
