// Effects: the objects by which handlers change the world (a gateway, a table). Their outermost calls from inside of an
// attempt pass through a hook; what a test calls, and what an effect calls of itself, does not. What a handler's function
// calls, when an effect calls that back, does.

import { types } from "node:util";
import type { Attempt } from "../../engine/attempt.ts";
import { currentScope } from "../../job/ambient.ts";
import { isPromise } from "../../job/schema.ts";
import { literal } from "../assertions/literal.ts";
import { answersWith, callAround, handedOver, insideOf, isBarePromise, isInsideOfEffect } from "./callbacks.ts";
import type { CrashSignal } from "./errors.ts";
import { pendingWithMembers } from "./keep-members.ts";
import { type Method, type Replacement, replaceMethods, requireMethods } from "./replace-methods.ts";

/** The names of an object's methods. */
export type MethodOf<E> = {
  [Name in keyof E]: E[Name] extends (...args: never[]) => unknown ? Name : never;
}[keyof E] &
  string;

/** A call of a handler on an effect. */
export interface EffectCall {
  readonly attempt: Attempt;
  readonly effect: object;
  readonly method: string;
  /** `gateway.charge({ cents: 1999 })`, as it was when the call was made. */
  readonly text: string;
  readonly args: readonly unknown[];
  /** The effect's own function, by which it is remembered whether it answers with a promise. */
  readonly original: Method;
  /** The call in whose callback this one is made: `db.transaction(…)`. */
  readonly around: EffectCall | null;
}

/** `proceed` makes the call itself. What the hook returns, or throws, is what the handler gets. */
export type EffectHook = (call: EffectCall, proceed: () => unknown) => unknown;

/** Whether a method answers with a promise, bare or with members of its own, as far as it has been seen. */
const answers = new WeakMap<Method, "sync" | "async" | "members">();

export class Effects {
  readonly #hook: EffectHook;
  readonly #isOurs: (attempt: Attempt) => boolean;
  readonly #watched = new Map<object, () => void>();

  /** `isOurs`: whether an attempt is one of the kit's. */
  constructor(isOurs: (attempt: Attempt) => boolean, hook: EffectHook) {
    this.#isOurs = isOurs;
    this.#hook = hook;
  }

  /** Throws: FaultUsageError for an object whose methods cannot be replaced. */
  watch(effect: object, name: string | null, what: string): void {
    if (this.#watched.has(effect)) return;
    const shown = name ?? nameOfEffect(effect);
    requireMethods(effect, what, shown ?? "effect");
    const restore = replaceMethods(effect, what, (method, original) =>
      this.#replacement(effect, shown, method, original),
    );
    this.#watched.set(effect, restore);
  }

  /** Of a store the transactions that it has itself, in which a handler's function is at work. */
  watchTransactions(store: object): void {
    const restore = replaceMethods(store, "the kit's store", (method, original) =>
      method === "transaction" ? this.#replacement(store, "store", method, original) : null,
    );
    this.#watched.set(store, restore);
  }

  #replacement(effect: object, shown: string | null, method: string, original: Method): Replacement {
    return (self, args) => {
      const attempt = this.#attemptHere();
      if (attempt === null) return Reflect.apply(original, self, [...args]);
      const called = `${shown === null ? "" : `${shown}.`}${method}`;
      const text = `${called}(${args.map((arg) => literal(arg, 60)).join(", ")})`;
      const around = callAround(attempt) as EffectCall | null; // `as`: only calls made here have callbacks
      const call: EffectCall = { attempt, effect, method, text, args, original, around };
      return this.#hook(call, () =>
        answered(call, () => insideOf(call, () => Reflect.apply(original, self, handedOver(args)))),
      );
    };
  }

  /** Gives every effect its own methods back. */
  restore(): void {
    for (const restore of this.#watched.values()) restore();
    this.#watched.clear();
  }

  #attemptHere(): Attempt | null {
    if (isInsideOfEffect()) return null;
    const attempt = currentScope()?.attempt as Attempt | null | undefined; // `as`: the engine's scopes are its attempts
    return attempt && this.#isOurs(attempt) ? attempt : null;
  }
}

/** Throws: the signal, where the worker died in a callback and the call answers at once, whatever the effect makes of it. */
function answered(call: EffectCall, make: () => unknown): unknown {
  const { attempt, original } = call;
  let result: unknown;
  try {
    result = make();
  } catch (error) {
    answersWith(call, undefined);
    throw attempt.died ? attempt.overBecause?.reason : error;
  }
  answersWith(call, result);
  answers.set(original, !isPromise(result) ? "sync" : isBarePromise(result) ? "async" : "members");
  if (attempt.died && !isPromise(result)) throw attempt.overBecause?.reason;
  return result;
}

/** Whether a call is going to answer with a promise and nothing more; null where nobody can know yet. */
export function isAsync({ original }: EffectCall): boolean | null {
  if (types.isAsyncFunction(original)) return true;
  const known = answers.get(original);
  return known === undefined ? null : known === "async";
}

/** What a handler gets from a call whose worker has died. Throws: the signal, where the call answers at once. */
export function answerOfTheDead(call: EffectCall, signal: CrashSignal): unknown {
  if (answers.get(call.original) === "members") return pendingWithMembers(forever());
  const async = isAsync(call);
  if (async === false) throw signal;
  return async === true ? forever() : foreverOrThrow(signal);
}

/** A promise that nobody hears of again. */
export function forever(): Promise<never> {
  return new Promise<never>(() => undefined);
}

/** What an answer is to a handler that may have died while it waited: nothing, then. */
export function unlessDead<T, U>(
  attempt: Attempt,
  answer: PromiseLike<T>,
  then: (value: T) => U,
  otherwise: (error: unknown) => U = rethrow,
): Promise<U> {
  return Promise.resolve(answer).then(
    (value) => (attempt.died ? forever() : then(value)),
    (error: unknown) => (attempt.died ? forever() : otherwise(error)),
  );
}

function rethrow(error: unknown): never {
  throw error;
}

/** For a call nobody has seen the answer of: awaited it is pending for ever; used at once, as a value, it throws. */
function foreverOrThrow(signal: CrashSignal): unknown {
  const pending = forever();
  return new Proxy(pending, {
    get(target, property) {
      if (property === "then" || property === "catch" || property === "finally") return target[property].bind(target);
      throw signal;
    },
  });
}

/** Why nothing is proven where no handler called any of these, and the usual reasons. */
export function uncalledText(effects: readonly (readonly [name: string | null, effect: object])[]): string {
  const given = effects.map(([name, effect]) => name ?? nameOfEffect(effect) ?? "an object");
  return `no handler called a method of the effects given (${given.join(", ")})`;
}

export const WHY_UNCALLED =
  "Do the jobs use another object, such as an instance of their own, a member of an effect (stripe.charges of stripe), or a function that was taken from it before? Give the object that they call.";

/** The class of an effect; null for a plain object, which has no name of its own. */
export function nameOfEffect(effect: object): string | null {
  const made: unknown = Reflect.get(effect, "constructor");
  if (typeof made !== "function" || made === Object || made.name === "") return null;
  return made.name;
}
