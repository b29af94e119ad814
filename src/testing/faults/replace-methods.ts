// Puts functions in the place of an object's methods, and gives them back: how faults come between code and what it calls.

import { types } from "node:util";
import { show } from "../../job/errors.ts";
import { FaultUsageError } from "./errors.ts";
import { isClass, isEveryObjectsPrototype } from "./is-class.ts";

// biome-ignore lint/complexity/noBannedTypes: any method
export type Method = Function;

/** Makes what stands in for a method. `this` of a call is handed on as `self`. */
export type Replacement = (self: unknown, args: readonly unknown[]) => unknown;

/**
 * Replaces every method of an object, its classes' included, in place: private fields go on working, and everybody who
 * holds the object calls the replacement. Accessors, symbols, classes and the constructor are left alone.
 * Returns: what puts everything back. Throws: FaultUsageError for what cannot be changed.
 */
export function replaceMethods(
  target: object,
  what: string,
  replace: (name: string, original: Method) => Replacement | null,
): () => void {
  requireMutable(target, what);
  if (replaced.has(target))
    throw new FaultUsageError(
      `${what} is watched already: by the faults of an open kit, or by another check that runs at this moment. Call kit.faults.clear() first; let checks of one object run one after the other.`,
    );
  replaced.add(target);
  const undo: (() => void)[] = [];
  for (const [name, original] of methodsOf(target)) {
    const replacement = replace(name, original);
    if (replacement === null) continue;
    const own = Object.getOwnPropertyDescriptor(target, name);
    if (own?.configurable === false) {
      for (const each of undo) each();
      replaced.delete(target);
      throw new FaultUsageError(`${what} cannot be watched: its method ${name} cannot be replaced. ${MEND}`);
    }
    const stand = function (this: unknown, ...args: unknown[]): unknown {
      return replacement(this, args);
    };
    Object.defineProperty(stand, "name", { value: name, configurable: true });
    // What a test's own tools have put on the function (`mock`, `callCount`) is found on the one in its place, too.
    Object.setPrototypeOf(stand, original);
    Object.defineProperty(target, name, {
      value: stand,
      writable: true,
      configurable: true,
      enumerable: own?.enumerable ?? false,
    });
    standIns.add(stand);
    undo.push(() => {
      if (own === undefined) Reflect.deleteProperty(target, name);
      else Object.defineProperty(target, name, own);
    });
  }
  return () => {
    for (const each of undo.splice(0).reverse()) each();
    replaced.delete(target);
  };
}

/** Whether a function is one that was put in a method's place. */
export function isStandIn(value: Method): boolean {
  return standIns.has(value);
}

/** Throws: FaultUsageError for a method that replaceMethods leaves alone. */
export function requireReplaceable(target: object, what: string, method: string): void {
  requireMutable(target, what);
  if (methodsOf(target).has(method)) return;
  throw new FaultUsageError(
    `${what} cannot be watched at "${method}": that is an accessor, a class, or a method that every object has, and not one of its own or of its class. ${MEND}`,
  );
}

/**
 * `name`: what the object is called, so that a member of it can be named that has methods.
 * Throws: FaultUsageError for an object without a method that replaceMethods replaces: nothing would be seen of it.
 */
export function requireMethods(target: object, what: string, name: string): void {
  requireMutable(target, what);
  if (methodsOf(target).size > 0) return;
  const members = Object.entries(Object.getOwnPropertyDescriptors(target))
    .filter(([, { value }]) => value !== null && typeof value === "object" && methodsOf(value).size > 0)
    .map(([key]) => `${name}.${key}`);
  const mend = members.length > 0 ? `Give the object that has them: ${members.slice(0, 3).join(", ")}.` : MEND;
  throw new FaultUsageError(
    `${what} has no method of its own or of its class, and what is called of its members, or got from an accessor, is not seen. ${mend}`,
  );
}

/** Two that stood in for each other could not both be put back. */
const replaced = new WeakSet<object>();

const standIns = new WeakSet<Method>();

const MEND = "Give an object whose methods can be replaced: { charge: (...args) => payments.charge(...args) }.";

function requireMutable(target: unknown, what: string): asserts target is object {
  if (typeof target === "function")
    throw new FaultUsageError(
      `${what} is ${show(target)}, and code that holds a function cannot be made to call another. Give the object that it is a method of.`,
    );
  if (target === null || typeof target !== "object")
    throw new FaultUsageError(`${what} is ${show(target)}; expected an object with methods.`);
  // A bundler's or a runner's own makings of a namespace say so by their tag.
  if (types.isModuleNamespaceObject(target) || Reflect.get(target, Symbol.toStringTag) === "Module")
    throw new FaultUsageError(`${what} is a module's namespace, whose functions cannot be replaced. ${MEND}`);
  if (!Object.isExtensible(target)) throw new FaultUsageError(`${what} is frozen or sealed. ${MEND}`);
}

/** The nearest method of each name, up the prototypes but for those of every object. */
function methodsOf(target: object): ReadonlyMap<string, Method> {
  const found = new Map<string, Method>();
  const seen = new Set<string>(["constructor"]);
  for (let at: object | null = target; at !== null && !isEveryObjectsPrototype(at); at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) {
      if (seen.has(name)) continue;
      seen.add(name);
      const value: unknown = Object.getOwnPropertyDescriptor(at, name)?.value;
      if (typeof value === "function" && !isClass(value)) found.set(name, value);
    }
  }
  return found;
}
