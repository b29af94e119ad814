// What JSON would change or drop (R6): where it is, what it is, and what to pass instead.

import { types } from "node:util";
import { cutText } from "./cut-text.ts";
import { failureMessage } from "./failure-message.ts";
import { memberPath } from "./member-path.ts";

/** How many objects and arrays may lie within each other, the data itself included. */
export const MAX_DATA_DEPTH = 500;

export interface NotJsonFinding {
  /** `$.user.tags[0]`; `$` is the data itself. */
  readonly path: string;
  readonly problem: string;
  readonly hint: string;
}

/**
 * The first value that JSON would change or drop, or null. For messages: it takes its time, but each object is looked at
 * once, however often it is shared. Never throws.
 */
export function findNotJson(value: unknown): NotJsonFinding | null {
  try {
    return new Search().find(value, "$");
  } catch {
    return { path: "$", problem: "a value that cannot be read", hint: "Pass plain data." };
  }
}

/** Plain in any realm: jest runs tests in one of its own, whose Object is not ours. A toJSON would be asked instead. */
export function isPlainObject(object: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(object);
  return (prototype === Object.prototype || prototype === null || isObjectPrototype(prototype)) && !hasToJson(object);
}

export function isPlainArray(array: readonly unknown[]): boolean {
  const prototype: object | null = Object.getPrototypeOf(array);
  return (prototype === Array.prototype || isArrayPrototype(prototype)) && !hasToJson(array);
}

/** Symbols as keys are dropped by JSON; those that are not enumerable are some library's own and no data. */
export function hasSymbolKeys(object: object): boolean {
  const symbols = Object.getOwnPropertySymbols(object);
  return symbols.length > 0 && symbols.some((key) => Object.prototype.propertyIsEnumerable.call(object, key));
}

function isObjectPrototype(value: object | null): boolean {
  return value !== null && Object.getPrototypeOf(value) === null && constructorName(value) === "Object";
}

/** The prototype of a subclass of Array is no array itself. */
function isArrayPrototype(value: object | null): boolean {
  return Array.isArray(value) && isObjectPrototype(Object.getPrototypeOf(value));
}

function hasToJson(object: object): boolean {
  return typeof (object as { toJSON?: unknown }).toJSON === "function";
}

function constructorName(value: object): string {
  const name = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === "string" ? name : "";
}

class Search {
  readonly #above = new Set<object>();
  /** The depth at which an object was found to be in order. */
  readonly #inOrder = new Map<object, number>();

  find(value: unknown, path: string): NotJsonFinding | null {
    if (value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value))
      return null;
    if (typeof value !== "object") return { path, ...describe(value) };
    if (this.#above.has(value)) return { path, problem: "a cycle", hint: "Enqueue an id instead of the object." };
    const depth = this.#above.size + 1;
    if (depth > MAX_DATA_DEPTH) {
      return { path: cutText(path, 60), problem: `more than ${MAX_DATA_DEPTH} levels deep`, hint: "Flatten the data." };
    }
    if ((this.#inOrder.get(value) ?? 0) >= depth) return null;
    this.#above.add(value);
    const found = Array.isArray(value) ? this.#findInArray(value, path) : this.#findInObject(value, path);
    this.#above.delete(value);
    if (found === null) this.#inOrder.set(value, depth);
    return found;
  }

  #findInArray(array: readonly unknown[], path: string): NotJsonFinding | null {
    if (!isPlainArray(array)) return { path, ...describe(array) };
    for (let index = 0; index < array.length; index++) {
      const found = this.#findInMember(array, index, path);
      if (found !== null) return found;
    }
    const beside = Object.keys(array).find((key, index) => key !== String(index));
    if (beside === undefined) return null;
    return {
      path,
      problem: `an array with a property ${JSON.stringify(beside)}`,
      hint: "Pass [...array], or an object.",
    };
  }

  #findInObject(object: object, path: string): NotJsonFinding | null {
    if (!isPlainObject(object)) return { path, ...describe(object) };
    for (const key of Object.keys(object)) {
      const found = this.#findInMember(object, key, path);
      if (found !== null) return found;
    }
    if (!hasSymbolKeys(object)) return null;
    return { path, problem: "an object with a symbol as key", hint: "Use text as keys." };
  }

  #findInMember(parent: object, key: string | number, parentPath: string): NotJsonFinding | null {
    const path = memberPath(parentPath, key);
    let member: unknown;
    try {
      member = Reflect.get(parent, key);
    } catch (error) {
      return { path, problem: `a getter that throws (${failureMessage(error)})`, hint: "Pass plain data." };
    }
    const isDropped = member === undefined && typeof key === "string";
    return isDropped ? null : this.find(member, path);
  }
}

type Description = Pick<NotJsonFinding, "problem" | "hint">;

function describe(value: unknown): Description {
  switch (typeof value) {
    case "undefined":
      return { problem: "undefined", hint: "Use null." };
    case "number":
      return { problem: String(value), hint: "Use null, or a finite number." };
    case "bigint":
      return { problem: `a BigInt (${cutText(String(value), 30)}n)`, hint: "Pass value.toString()." };
    case "symbol":
      return { problem: "a symbol", hint: "Pass a string." };
    case "function":
      return { problem: `a function (${value.name || "anonymous"})`, hint: "Pass data; the job has the code." };
    default:
      return describeObject(value as object); // `as`: strings, booleans and null are JSON
  }
}

const KINDS: readonly (readonly [is: (value: unknown) => boolean, what: string, hint: string])[] = [
  [types.isDate, "a Date", "Pass date.toISOString() and read it with new Date(text)."],
  [types.isMap, "a Map", "Pass Object.fromEntries(map), or [...map]."],
  [types.isSet, "a Set", "Pass [...set]."],
  [types.isRegExp, "a RegExp", "Pass regExp.source."],
  [types.isNativeError, "an Error", "Pass error.message."],
  [types.isPromise, "a Promise", "Await it first."],
  [types.isBoxedPrimitive, "a boxed primitive", "Pass value.valueOf()."],
  [Buffer.isBuffer, "a Buffer", 'Pass buffer.toString("base64").'],
  [types.isTypedArray, "a typed array", 'Pass [...array], or Buffer.from(array).toString("base64").'],
  [types.isAnyArrayBuffer, "an ArrayBuffer", 'Pass Buffer.from(bytes).toString("base64").'],
];

function describeObject(value: object): Description {
  for (const [is, problem, hint] of KINDS) if (is(value)) return { problem, hint };
  const name = constructorName(value);
  const problem = name === "Object" || name === "" ? "an object that is not plain" : `an instance of ${name}`;
  if (hasToJson(value))
    return { problem: `${problem} (it has a toJSON)`, hint: "Pass what its toJSON gives, or an id." };
  return { problem, hint: "Pass a plain object with the fields that the job needs, or an id." };
}
