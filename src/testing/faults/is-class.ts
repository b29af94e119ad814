// Classes are functions too, but nobody can call one, or wants another in its place.

import { types } from "node:util";
import type { Method } from "./replace-methods.ts";

/** Whether a function is there to make instances: by its source, or by a prototype with members or a base. */
export function isClass(value: Method): boolean {
  if (/^class\b/.test(Function.prototype.toString.call(value))) return true;
  const prototype: unknown = Object.getOwnPropertyDescriptor(value, "prototype")?.value;
  if (prototype === null || typeof prototype !== "object" || types.isGeneratorFunction(value)) return false;
  if (Reflect.ownKeys(prototype).some((key) => key !== "constructor")) return true;
  const base: object | null = Object.getPrototypeOf(prototype);
  return base !== null && !isEveryObjectsPrototype(base);
}

/** Of any realm: jest's tests have an Object that is not ours. */
export function isEveryObjectsPrototype(value: object): boolean {
  return Object.getPrototypeOf(value) === null && Object.hasOwn(value, "isPrototypeOf");
}
