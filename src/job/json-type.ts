// The compile-time half of R6: what JSON cannot keep is refused at the property, with the reason in the type.

import type { JsonValue } from "./data.ts";

/** Shown by the compiler where a property's type cannot be stored as JSON. No value has this type. */
export interface NotJson<Reason extends string> {
  readonly __notJson: Reason;
}

type Refused<T> = T extends bigint
  ? NotJson<"a bigint: pass value.toString()">
  : T extends symbol
    ? NotJson<"a symbol: pass a string">
    : T extends (...args: never[]) => unknown
      ? NotJson<"a function: pass data">
      : T extends Date
        ? NotJson<"a Date: pass date.toISOString()">
        : T extends ReadonlyMap<unknown, unknown>
          ? NotJson<"a Map: pass Object.fromEntries(map)">
          : T extends ReadonlySet<unknown>
            ? NotJson<"a Set: pass [...set]">
            : T extends RegExp | PromiseLike<unknown> | ArrayBufferView | ArrayBuffer
              ? NotJson<"an object that JSON changes: pass plain data">
              : T extends Error
                ? RefusedError<T>
                : never;

/** Data of the shape { name, message } is no Error, though it fits the interface; `stack` tells them apart. */
type RefusedError<T> = "stack" extends keyof T ? NotJson<"an Error: pass error.message"> : never;

/** `Data` itself where JSON keeps it; where not, a NotJson at the property that does not fit. */
export type JsonOf<T> = unknown extends T
  ? T
  : T extends string | number | boolean | null | undefined
    ? T
    : [Refused<T>] extends [never]
      ? T extends readonly JsonValue[]
        ? T // Not looked into: a type that holds lists of itself, as JsonValue does, would have no end.
        : T extends readonly unknown[]
          ? { [Index in keyof T]: MemberOf<T[Index]> }
          : T extends object
            ? { [Key in keyof T]: Key extends symbol ? NotJson<"a symbol as key: use a string"> : JsonOf<T[Key]> }
            : T
      : Refused<T>;

/** JSON has no undefined: an object's property is left out, but an array's member would become null. */
type MemberOf<T> = unknown extends T ? T : JsonOf<Exclude<T, undefined>> | UndefinedIn<T>;
type UndefinedIn<T> = undefined extends T ? NotJson<"undefined in an array: use null"> : never;

/** A job that takes no data. */
// biome-ignore lint/complexity/noBannedTypes: `{}` is what makes the data argument optional and refuses nothing else
export type NoData = {};

/** What enqueue takes: data may be left out where `{}` would do. */
// biome-ignore lint/complexity/noBannedTypes: asks whether the empty object is enough
export type EnqueueArgs<Data, Options> = {} extends Data
  ? [data?: JsonOf<Data> | undefined, options?: Options | undefined]
  : [data: JsonOf<Data>, options?: Options | undefined];
