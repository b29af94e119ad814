// Answers that are more than a promise: query builders, which begin when they are awaited, and promises to be cancelled.

import { types } from "node:util";
import { isPromise } from "../../job/schema.ts";
import { type BegunCall, handedOver, insideOf, isBarePromise, isWritable } from "./callbacks.ts";
import { isClass } from "./is-class.ts";

/** Makes what is waited for in the place of an answer. */
type Settle = (answer: PromiseLike<unknown>) => Promise<unknown>;

/** What a handler gets of an answer: what `settle` makes of it when it is awaited, with the members that it has. */
export function keepMembers(call: BegunCall, answer: Promise<unknown>, settle: Settle): unknown {
  return isBarePromise(answer) ? settle(answer) : withMembers(call, answer, settle, new WeakMap());
}

function withMembers(
  call: BegunCall,
  answer: Promise<unknown>,
  settle: Settle,
  known: WeakMap<object, object>,
): object {
  const begun = types.isPromise(answer) ? settle(answer) : null;
  // What a builder does when it is awaited is the effect's own work.
  const begin = (): Promise<unknown> =>
    settle(new Promise((resolve, reject) => insideOf(call, () => void answer.then(resolve, reject))));
  const shown: object = new Proxy(answer, {
    get: (_target, property) => {
      const value: unknown = Reflect.get(answer, property, answer);
      if (typeof value !== "function" || isClass(value) || !isWritable(answer, property)) return value;
      if (property === "then" || property === "catch" || property === "finally")
        return (...args: never[]) => Reflect.apply(Promise.prototype[property], begun ?? begin(), args);
      return new Proxy(value, {
        // Private members are those of the answer itself.
        apply: (method, self, args) => {
          const result: unknown = insideOf(call, () =>
            Reflect.apply(method, self === shown ? answer : self, handedOver(args)),
          );
          if (!isPromise(result)) return result;
          if (isBarePromise(result)) return settle(result);
          return known.get(result) ?? withMembers(call, result, settle, known);
        },
      });
    },
    set: (_target, property, value) => Reflect.set(answer, property, value, answer),
  });
  known.set(answer, shown);
  return shown;
}

/** The same of a worker that has died: pending for ever, whatever is called of it. */
export function pendingWithMembers(pending: Promise<never>): object {
  const shown: object = new Proxy(pending, {
    get: (_target, property) => {
      if (property === "then" || property === "catch" || property === "finally")
        return (...args: never[]) => Reflect.apply(Promise.prototype[property], pending, args);
      return typeof property === "symbol" ? Reflect.get(pending, property) : () => shown;
    },
  });
  return shown;
}
