// Random calls on a job store.

import * as fc from "fast-check";
import { requireKnown } from "../engine/known-options.ts";
import { countOf } from "../job/options.ts";
import type { Outcome } from "../job/outcome.ts";
import type { NewJob } from "../job/record.ts";

type Queues = readonly string[] | undefined;

/** A job to insert, with what matters to a store. */
export interface StoreDraft {
  readonly id: string | undefined;
  readonly queue: string;
  readonly priority: number;
  /** Milliseconds since the first instant. */
  readonly runAt: number;
  readonly uniqueKey: string | null;
  readonly uniqueWhile: NewJob["uniqueWhile"];
}

/**
 * One call. `now` and the like are milliseconds since the first instant; `claim` and `job` are counted round through
 * those that there have been.
 */
export type StoreCommand =
  | { readonly call: "insert"; readonly now: number; readonly jobs: readonly StoreDraft[] }
  | { readonly call: "due"; readonly now: number; readonly limit: number; readonly queues: Queues }
  | {
      readonly call: "claim";
      readonly now: number;
      readonly limit: number;
      readonly queues: Queues;
      readonly leaseMs: number;
    }
  | { readonly call: "claimOne"; readonly now: number; readonly job: number; readonly leaseMs: number }
  | {
      readonly call: "extend";
      readonly now: number;
      readonly claim: number;
      readonly leaseMs: number;
      readonly done: number | null;
    }
  | {
      readonly call: "settle";
      readonly now: number;
      readonly claim: number;
      readonly outcome: Outcome;
      readonly expired: boolean;
    }
  | { readonly call: "expired"; readonly now: number; readonly limit: number; readonly after: number | null }
  | { readonly call: "retry" | "remove" | "get"; readonly now: number; readonly job: number }
  | { readonly call: "retryFailed"; readonly now: number; readonly limit: number; readonly queues: Queues }
  | {
      readonly call: "purge";
      readonly now: number;
      readonly statuses: readonly ("completed" | "failed")[];
      readonly queues: Queues;
    }
  | {
      readonly call: "look";
      readonly now: number;
      readonly limit: number;
      readonly beforeSeq: number;
      readonly queues: Queues;
    };

const KNOWN: ReadonlySet<string> = new Set(["maxLength"]);
const T0 = Date.parse("2030-01-01T00:00:00.000Z");

/** The instant so many milliseconds after the first. */
export function instant(milliseconds: number): Date {
  return new Date(T0 + milliseconds);
}

// Small ranges, for many meetings: equal instants, equal keys, claims settled twice.
const time = fc.nat({ max: 40 });
const leaseMs = fc.nat({ max: 20 });
const limit = fc.nat({ max: 6 });
const index = fc.nat({ max: 1000 });
const queue = fc.constantFrom("a", "b", "c");
const queues = fc.option(fc.uniqueArray(queue, { maxLength: 3 }), { nil: undefined });
const error = fc.constantFrom("boom", "bang");

const draft: fc.Arbitrary<StoreDraft> = fc.record({
  id: fc.option(fc.constantFrom("id-1", "id-2", "id-3", "id-4"), { nil: undefined, freq: 3 }),
  queue,
  priority: fc.constantFrom(-1, 0, 0, 1, 2 ** 31 - 1),
  runAt: time,
  uniqueKey: fc.option(fc.constantFrom("k1", "k2", "k3"), { nil: null, freq: 2 }),
  uniqueWhile: fc.constantFrom("live", "pending"),
});

const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.constant({ type: "completed" } as const),
  fc.constant({ type: "released" } as const),
  fc.record({ type: fc.constant("failed" as const), error }),
  fc.record({ type: fc.constant("retry" as const), runAt: time.map(instant), error }),
);

const command: fc.Arbitrary<StoreCommand> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ call: fc.constant("insert" as const), now: time, jobs: fc.array(draft, { maxLength: 4 }) }),
  },
  { weight: 3, arbitrary: fc.record({ call: fc.constant("claim" as const), now: time, limit, queues, leaseMs }) },
  { weight: 1, arbitrary: fc.record({ call: fc.constant("claimOne" as const), now: time, job: index, leaseMs }) },
  { weight: 1, arbitrary: fc.record({ call: fc.constant("due" as const), now: time, limit, queues }) },
  {
    weight: 1,
    arbitrary: fc.record({
      call: fc.constant("extend" as const),
      now: time,
      claim: index,
      leaseMs,
      done: fc.option(fc.nat({ max: 3 })),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      call: fc.constant("settle" as const),
      now: time,
      claim: index,
      outcome,
      expired: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ call: fc.constant("expired" as const), now: time, limit, after: fc.option(index) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ call: fc.constantFrom("retry" as const, "remove", "get"), now: time, job: index }),
  },
  { weight: 1, arbitrary: fc.record({ call: fc.constant("retryFailed" as const), now: time, limit, queues }) },
  {
    weight: 1,
    arbitrary: fc.record({
      call: fc.constant("purge" as const),
      now: time,
      statuses: fc.uniqueArray(fc.constantFrom("completed" as const, "failed" as const)),
      queues,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      call: fc.constant("look" as const),
      now: time,
      limit,
      beforeSeq: fc.nat({ max: 60 }),
      queues,
    }),
  },
);

/**
 * Lists of calls on a store, to be played by a StorePlayer. Clocks that go back are among them.
 *
 * `maxLength`: how many calls at the most; 60 unless told. Throws: InvalidOptionError.
 */
export function storeCommands(
  options: { readonly maxLength?: number | undefined } = {},
): fc.Arbitrary<readonly StoreCommand[]> {
  requireKnown(options, "storeCommands", KNOWN);
  const { maxLength = 60 } = options;
  countOf(maxLength, "storeCommands' maxLength", 0);
  return fc.array(command, { maxLength, size: "max" });
}
