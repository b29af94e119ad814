// Data of jobs: any JSON object, the odd ones included (R6).

import * as fc from "fast-check";
import { requireKnown } from "../engine/known-options.ts";
import type { JsonObject, JsonValue } from "../job/data.ts";
import { InvalidOptionError } from "../job/errors.ts";
import { MAX_DATA_DEPTH } from "../job/not-json.ts";
import { countOf } from "../job/options.ts";

export interface JobDataOptions {
  /** How many levels deep, the object itself included; 4 unless told, 500 at the most (R6). */
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
 * Throws: InvalidOptionError.
 */
export function jobData(options: JobDataOptions = {}): fc.Arbitrary<JsonObject> {
  requireKnown(options, "jobData", KNOWN);
  const { maxDepth = 4, maxLength = 5 } = options;
  if (!Number.isInteger(maxDepth) || maxDepth < 1 || maxDepth > MAX_DATA_DEPTH)
    throw new InvalidOptionError("jobData's maxDepth", maxDepth, `a whole number from 1 to ${MAX_DATA_DEPTH}`);
  countOf(maxLength, "jobData's maxLength", 0);
  // Written by depth, from the innermost level outwards, not with fc.letrec: its options differ between fast-check 3 and
  // 4. Each level is made once, however often the one around it speaks of it.
  // A list of n members, of which two in n + 1 are lists or objects again, ends by itself: more, and it would grow with
  // each level, so that deep data could not be drawn.
  const weight = Math.max(4, maxLength - 1);
  let inner = leaves;
  for (let depth = 1; depth < maxDepth; depth++)
    inner = fc.oneof(
      { weight, arbitrary: leaves },
      { weight: 1, arbitrary: fc.array(inner, { maxLength }) },
      { weight: 1, arbitrary: objects(inner, maxLength) },
    );
  return objects(inner, maxLength);
}

const KNOWN: ReadonlySet<string> = new Set<keyof JobDataOptions>(["maxDepth", "maxLength"]);

function objects(values: fc.Arbitrary<JsonValue>, maxLength: number): fc.Arbitrary<JsonObject> {
  return fc.array(fc.tuple(keys, values), { maxLength }).map((entries) => Object.fromEntries(entries));
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
