// What goes wrong, attempt by attempt.

import * as fc from "fast-check";
import { requireKnown } from "../engine/known-options.ts";
import type { JobContext } from "../job/context.ts";
import { DiscardJob } from "../job/discard-job.ts";
import { countOf } from "../job/options.ts";
import { RetryJob } from "../job/retry-job.ts";

/** How one attempt ends. `in` is the wait that a RetryJob chooses, in milliseconds. */
export type PlannedAttempt =
  | { readonly end: "complete" }
  | { readonly end: "throw"; readonly error: unknown }
  | { readonly end: "discard" }
  | { readonly end: "retry"; readonly in: number };

/** One entry per attempt; those after the last complete. */
export type FailurePlan = readonly PlannedAttempt[];

/**
 * Plans of up to `maxAttempts` failures; 5 unless told. What is thrown may be anything, `null` and `undefined` included.
 * Throws: InvalidOptionError.
 */
export function failurePlans(options: { readonly maxAttempts?: number | undefined } = {}): fc.Arbitrary<FailurePlan> {
  requireKnown(options, "failurePlans", KNOWN);
  const { maxAttempts = 5 } = options;
  countOf(maxAttempts, "failurePlans' maxAttempts", 0);
  return fc.array(attempts, { maxLength: maxAttempts });
}

/**
 * A stub that fails as planned.
 *
 * ```ts
 * kit.stub(SendEmailJob, playing([{ end: "throw", error: new Error("no route") }, { end: "complete" }]));
 * ```
 */
export function playing(plan: FailurePlan): (data: unknown, context: JobContext) => void {
  return (_data, { attempt }) => {
    const planned = plan[attempt - 1];
    switch (planned?.end) {
      case "throw":
        throw planned.error;
      case "discard":
        throw new DiscardJob("as planned");
      case "retry":
        throw new RetryJob({ in: { milliseconds: planned.in } });
    }
  };
}

const KNOWN: ReadonlySet<string> = new Set(["maxAttempts"]);

const thrown: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 20 }).map((message) => new Error(message)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(null, undefined, 0, "", "a text", { message: "no Error" }, Symbol("thrown")),
  },
);

const attempts: fc.Arbitrary<PlannedAttempt> = fc.oneof(
  { weight: 6, arbitrary: thrown.map((error): PlannedAttempt => ({ end: "throw", error })) },
  { weight: 2, arbitrary: fc.constant<PlannedAttempt>({ end: "complete" }) },
  { weight: 1, arbitrary: fc.constant<PlannedAttempt>({ end: "discard" }) },
  { weight: 1, arbitrary: fc.nat({ max: 120_000 }).map((ms): PlannedAttempt => ({ end: "retry", in: ms })) },
);
