// Data of jobs: any JSON object, the odd ones included (R6).

import * as fc from "fast-check";
import type { JsonObject, JsonValue } from "../job/data.ts";

export interface JobDataOptions {
  /** How many levels deep, the object itself included; 4 unless told. */
  readonly maxDepth?: number | undefined;
  /** How many properties or members at one level; 5 unless told. */
  readonly maxLength?: number | undefined;
}

/**
 * Objects that JSON keeps as they are: any text (half surrogate pairs, U+0000 and the key `__proto__` too), any finite
 * number but −0, lists, objects in objects. What `perform` receives equals what was drawn.
 *
 * ```ts
 * await fc.assert(fc.asyncProperty(jobData(), async (data) => {
 *   await kit.jobs.enqueue(SyncCrmJob, data);
 * }));
 * ```
 */
export function jobData({ maxDepth = 4, maxLength = 5 }: JobDataOptions = {}): fc.Arbitrary<JsonObject> {
  return objects(maxDepth, maxLength);
}

// Written by depth, not with fc.letrec: its options differ between fast-check 3 and 4.
function objects(depth: number, maxLength: number): fc.Arbitrary<JsonObject> {
  const entry = fc.tuple(keys, values(depth - 1, maxLength));
  return fc.array(entry, { maxLength }).map((entries) => Object.fromEntries(entries));
}

function values(depth: number, maxLength: number): fc.Arbitrary<JsonValue> {
  if (depth <= 0) return leaves;
  return fc.oneof(
    { weight: 4, arbitrary: leaves },
    { weight: 1, arbitrary: fc.array(values(depth - 1, maxLength), { maxLength }) },
    { weight: 1, arbitrary: objects(depth, maxLength) },
  );
}

/** Any sequence of 16-bit code units, so that half a surrogate pair comes up as well. */
const anyText: fc.Arbitrary<string> = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 })
  .map((units) => String.fromCharCode(...units));

const texts: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 12 }),
  anyText,
  fc.constantFrom("", " ", "\u0000", "\ud800", "😀", "'; DROP TABLE jobs; --", "2030-01-01T00:00:00.000Z", "null"),
);

const keys: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.string({ minLength: 1, maxLength: 8 }) },
  { weight: 1, arbitrary: fc.constantFrom("__proto__", "constructor", "toJSON", "length", "0", "", "\u0000") },
  { weight: 1, arbitrary: anyText },
);

const numbers: fc.Arbitrary<number> = fc
  .oneof(
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(5e-324, 1.7976931348623157e308, 2 ** 53 - 1, 0.1),
  )
  .map((number) => (number === 0 ? 0 : number)); // −0 arrives as 0

const leaves: fc.Arbitrary<JsonValue> = fc.oneof(numbers, texts, fc.boolean(), fc.constant(null));
