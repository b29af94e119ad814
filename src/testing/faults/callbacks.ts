// Functions that a handler gives to an effect: when the effect calls one back, it is the handler that is at work again.

import { AsyncLocalStorage } from "node:async_hooks";
import { types } from "node:util";
import type { Attempt } from "../../engine/attempt.ts";
import { isPromise } from "../../job/schema.ts";
import { isClass, isEveryObjectsPrototype } from "./is-class.ts";
import { isStandIn, type Method } from "./replace-methods.ts";

/** What of a call on an effect is known to its own work. */
export interface BegunCall {
  readonly attempt: Attempt;
}

/** Code that a call has begun: the effect's own, or that of the handler's function which the effect called. */
interface Frame {
  readonly call: BegunCall;
  readonly isEffects: boolean;
}

const frames = new AsyncLocalStorage<Frame>();

/** Does the effect's own work, whose calls are nobody else's. */
export function insideOf<T>(call: BegunCall, work: () => T): T {
  return frames.run({ call, isEffects: true }, work);
}

export function isInsideOfEffect(): boolean {
  return frames.getStore()?.isEffects === true;
}

/** The call in whose callback the attempt is at work; null where it is in none. */
export function callAround(attempt: Attempt): BegunCall | null {
  const frame = frames.getStore();
  return frame?.isEffects === false && frame.call.attempt === attempt ? frame.call : null;
}

/** The arguments of a call, their functions, and those of plain objects among them, such as options, made callbacks. */
export function handedOver(args: readonly unknown[]): unknown[] {
  return args.map((arg) => {
    if (isFunction(arg)) return callback(arg);
    return isPlainObject(arg) ? withCallbacks(arg) : arg;
  });
}

/**
 * Lets go of an attempt, and has callbacks of it that effects wait for fail: a database rolls the transaction of a dead
 * process back, and a lock is free again. The handler itself hears nothing of that.
 */
export function kill(attempt: Attempt, signal: Error): void {
  attempt.die(signal);
  for (const die of waiting.get(attempt) ?? []) die(signal);
  waiting.delete(attempt);
}

/** By attempt, what ends the callbacks that have not answered. */
const waiting = new WeakMap<Attempt, Set<(signal: unknown) => void>>();

/** The same one for the same function, so that an effect that is to forget a listener finds it. */
const callbacks = new WeakMap<object, object>();

function callback(original: Method): Method {
  // A class is a value to be compared and made instances of, not something to call back.
  if (isClass(original)) return original;
  return remembered(original, () => new Proxy(original, { apply: calledBack }));
}

function calledBack(original: Method, self: unknown, args: unknown[]): unknown {
  const frame = frames.getStore();
  const call = (): unknown => Reflect.apply(original, self, args);
  if (frame === undefined || !frame.isEffects) return call();
  const { attempt } = frame.call;
  // An effect may try again what failed; nothing runs any more in the process that died.
  if (attempt.died) return unheard(frame.call, attempt.overBecause?.reason);
  let answer: unknown;
  try {
    answer = frames.run({ call: frame.call, isEffects: false }, call);
  } catch (error) {
    if (!attempt.died) throw error;
    return unheard(frame.call, error);
  }
  // A promise with members of its own is left as it is: the effect may need them.
  return isBarePromise(answer) ? untilDeath(attempt, answer) : answer;
}

/** Calls that have answered, whatever they do later: a Node-style one calls back when it has long returned. */
const over = new WeakSet<BegunCall>();

/** Says that a call has answered, or is going to be over when its promise is. */
export function answersWith(call: BegunCall, answer: unknown): void {
  const end = (): void => void over.add(call);
  if (types.isPromise(answer)) answer.then(end, end);
  else if (!isPromise(answer)) end();
}

/**
 * The end of a callback whose worker has died. Throws: the signal, where the call around it is under way. Of one that has
 * answered nobody would catch it: out of a timer it would end the process. An effect that waits for a promise has it there.
 */
function unheard(call: BegunCall, signal: unknown): unknown {
  if (!over.has(call)) throw signal;
  const answer = Promise.reject(signal);
  answer.catch(() => undefined);
  return answer;
}

/** Whether a promise has no members but those of every promise. Node.js may put symbols of its own on it. */
export function isBarePromise(value: unknown): value is Promise<unknown> {
  if (!types.isPromise(value) || Object.getOwnPropertyNames(value).length > 0) return false;
  const prototype = Object.getPrototypeOf(value);
  return Object.hasOwn(prototype, "finally") && Object.getPrototypeOf(Object.getPrototypeOf(prototype)) === null;
}

/** What an effect gets of a callback: its answer, or the signal once the worker has died. */
function untilDeath(attempt: Attempt, answer: Promise<unknown>): Promise<unknown> {
  const others = waiting.get(attempt) ?? new Set();
  waiting.set(attempt, others);
  let die: (signal: unknown) => void = () => undefined;
  const shown = new Promise<unknown>((resolve, reject) => {
    answer.then(resolve, reject);
    die = reject;
  });
  const end = (signal: unknown): void => {
    die(signal);
    // An effect that does not wait for its callback is not to fail the test by the death of a worker.
    shown.catch(() => undefined);
  };
  if (attempt.died) end(attempt.overBecause?.reason);
  else {
    others.add(end);
    const forget = (): void => void others.delete(end);
    answer.then(forget, forget);
  }
  return shown;
}

/** Shows functions of the object as callbacks; what is written to it is written to the object itself. */
function withCallbacks(given: object): object {
  const isOne = (value: unknown): value is Method => isFunction(value) && !isStandIn(value) && !isClass(value);
  if (!Object.values(given).some(isOne)) return given;
  return remembered(given, () => {
    // What is frozen may not be shown other than it is, so a copy is.
    const target = Object.isFrozen(given) ? { ...given } : given;
    return new Proxy(target, {
      get: (_target, property) => {
        const value: unknown = Reflect.get(target, property);
        return isOne(value) && isWritable(target, property) ? callback(value) : value;
      },
    });
  });
}

/** Whether a proxy may show something else in the place of a property. */
export function isWritable(target: object, property: PropertyKey): boolean {
  const own = Object.getOwnPropertyDescriptor(target, property);
  return own === undefined || own.configurable === true || own.writable === true;
}

function remembered<T extends object>(original: T, make: () => T): T {
  const made = (callbacks.get(original) as T | undefined) ?? make(); // `as`: what was made of the same
  callbacks.set(original, made);
  return made;
}

function isFunction(value: unknown): value is Method {
  return typeof value === "function";
}

function isPlainObject(value: unknown): value is object {
  if (value === null || typeof value !== "object") return false;
  const prototype: object | null = Object.getPrototypeOf(value);
  return prototype === null || isEveryObjectsPrototype(prototype);
}
