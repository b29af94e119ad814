// What an enqueue may be told, in every combination that is allowed (R2, R4, R5).

import * as fc from "fast-check";
import { requireKnown } from "../engine/known-options.ts";
import type { EnqueueOptions } from "../job/job.ts";
import { FIRST_MS, instantOf, LAST_MS } from "../job/options.ts";

const MAX_INT = 2 ** 31 - 1;

/**
 * Options that every enqueue accepts: each is there or not, and `runAt` and `delay` never together. Queues, ids and keys
 * come from few, so that jobs meet; `id` and `uniqueKey` are drawn only when asked for, for they make an enqueue answer
 * with a job that is there.
 *
 * `around`: the instant that `runAt` is drawn around, a day to either side, as far as the years 1 to 9999 reach.
 * Throws: InvalidOptionError.
 */
export function enqueueOptions(
  options: { readonly around?: Date | undefined; readonly unique?: boolean | undefined } = {},
): fc.Arbitrary<EnqueueOptions> {
  requireKnown(options, "enqueueOptions", KNOWN);
  const { around, unique = false } = options;
  const when = fc.oneof(
    { weight: 2, arbitrary: fc.constant({}) },
    { weight: 2, arbitrary: delays.map((delay) => ({ delay })) },
    ...(around === undefined ? [] : [{ weight: 2, arbitrary: instants(around).map((runAt) => ({ runAt })) }]),
  );
  const keys = fc.record({
    uniqueKey: fc.constantFrom("key-1", "key-2", "key-3"),
    uniqueWhile: fc.constantFrom("live" as const, "pending" as const),
  });
  const ids = fc.record({ id: fc.constantFrom("id-1", "id-2", "id-3") });
  const identity = fc.oneof(fc.constant({}), ids, keys);
  return fc
    .tuple(when, settings, unique ? identity : fc.constant({}))
    .map(([due, set, who]): EnqueueOptions => ({ ...set, ...due, ...who }));
}

const KNOWN: ReadonlySet<string> = new Set(["around", "unique"]);

const settings: fc.Arbitrary<EnqueueOptions> = fc.record(
  {
    queue: fc.constantFrom("default", "mail", "images"),
    priority: fc.oneof(
      fc.integer({ min: -3, max: 3 }),
      fc.constantFrom("low" as const, "normal" as const, "high" as const),
      fc.constantFrom(-MAX_INT - 1, MAX_INT),
    ),
    maxRetries: fc.integer({ min: 1, max: 6 }),
    timeout: fc.oneof(fc.integer({ min: 1, max: 600 }), fc.constantFrom(0.001, MAX_INT)),
  },
  { requiredKeys: [] },
);

const delays: fc.Arbitrary<NonNullable<EnqueueOptions["delay"]>> = fc.oneof(
  fc.integer({ min: 0, max: 3600 }),
  fc.constantFrom(0.001, 0.5),
  fc.integer({ min: 0, max: 90_000 }).map((milliseconds) => ({ milliseconds })),
  fc.constantFrom("1ms", "59s", "5m", "1h 30m"),
);

function instants(around: Date): fc.Arbitrary<Date> {
  const day = 86_400_000;
  const at = instantOf(around, "enqueueOptions' around").getTime();
  const [min, max] = [Math.max(-day, FIRST_MS - at), Math.min(day, LAST_MS - at)];
  return fc.integer({ min, max }).map((ms) => new Date(at + ms));
}
