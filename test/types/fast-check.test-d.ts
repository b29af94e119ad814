// What the properties take and the arbitraries draw. Checked by `npm run types`; nothing in here is run.

import * as fc from "fast-check";
import { describe, expectTypeOf, it } from "vitest";
import { type EnqueueOptions, Job, type JsonObject, type ScheduleDefinition } from "wheelwright";
import {
  backoffProperty,
  cronExpressions,
  enqueueOptions,
  type FailurePlan,
  failurePlans,
  idempotencyProperty,
  jobData,
  schedules,
} from "wheelwright/fast-check";

class ChargeJob extends Job<{ cents: number }> {
  perform(): void {}
}

describe("the door wheelwright/fast-check", () => {
  it("draws what it is named after", () => {
    expectTypeOf(jobData()).toEqualTypeOf<fc.Arbitrary<JsonObject>>();
    expectTypeOf(enqueueOptions()).toEqualTypeOf<fc.Arbitrary<EnqueueOptions>>();
    expectTypeOf(failurePlans()).toEqualTypeOf<fc.Arbitrary<FailurePlan>>();
    expectTypeOf(cronExpressions()).toEqualTypeOf<fc.Arbitrary<string>>();
    expectTypeOf(schedules({ jobs: [ChargeJob] })).toEqualTypeOf<fc.Arbitrary<readonly ScheduleDefinition[]>>();
  });

  it("takes the data of the class that it is asked about", () => {
    void (() => backoffProperty(ChargeJob, { data: { cents: 5 } }));
    // @ts-expect-error data of another job
    void (() => backoffProperty(ChargeJob, { data: { to: "ada@example.org" } }));
    const observing = { reset: () => undefined, observe: () => [] };
    void (() => idempotencyProperty(ChargeJob, { data: fc.record({ cents: fc.nat() }), ...observing }));
    // @ts-expect-error draws data of another job
    void (() => idempotencyProperty(ChargeJob, { data: fc.record({ to: fc.string() }), ...observing }));
  });

  it("gives properties that fc.assert takes", () => {
    void (() => fc.assert(backoffProperty(ChargeJob), { numRuns: 10 }));
  });
});
