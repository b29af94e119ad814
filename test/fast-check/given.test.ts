import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Job, MemoryJobStore } from "wheelwright";
import * as door from "wheelwright/fast-check";

class PlainJob extends Job {
  perform(): void {}
}

// biome-ignore lint/suspicious/noExplicitAny: what is given here is what the types refuse, as a caller in JavaScript might give it
const { backoffProperty, claimOrderProperty, idempotencyProperty, sameAnswersProperty, ...arbitraries } = door as any;
const { enqueueOptions, failurePlans, schedules, storeCommands } = arbitraries;

const data = fc.constant({});
const world = { reset: () => undefined, observe: () => [] };
const open = (): MemoryJobStore => new MemoryJobStore();

describe("what a property or an arbitrary is given", () => {
  it.each<readonly [call: string, made: () => unknown, text: string]>([
    [
      "backoffProperty(undefined)",
      () => backoffProperty(undefined),
      "backoffProperty's job class is undefined; expected a class that extends Job, or made by defineJob.",
    ],
    [
      "backoffProperty({ expcted })",
      () => backoffProperty(PlainJob, { expcted: 5 }),
      'backoffProperty\'s option "expcted" is 5; expected one of expected, maxAttempt, monotone, data, error, create, defaults.',
    ],
    [
      "backoffProperty({ expected: 5 })",
      () => backoffProperty(PlainJob, { expected: 5 }),
      "backoffProperty's expected is 5; expected a function.",
    ],
    [
      "backoffProperty({ create: 5 })",
      () => backoffProperty(PlainJob, { create: 5 }),
      "backoffProperty's create is 5; expected a function.",
    ],
    ...[0, Number.NaN, 1.5, "9"].map(
      (maxAttempt) =>
        [
          `backoffProperty({ maxAttempt: ${maxAttempt} })`,
          () => backoffProperty(PlainJob, { maxAttempt }),
          `backoffProperty's maxAttempt is ${JSON.stringify(maxAttempt).replace("null", "NaN")}; expected a whole number of at least 1.`,
        ] as const,
    ),
    [
      "idempotencyProperty({ data: 5 })",
      () => idempotencyProperty(PlainJob, { data: 5, ...world }),
      "idempotencyProperty's data is 5; expected an arbitrary of fast-check, such as jobData().",
    ],
    [
      "idempotencyProperty({ maxRedeliveries: 0 })",
      () => idempotencyProperty(PlainJob, { data, ...world, maxRedeliveries: 0 }),
      "idempotencyProperty's maxRedeliveries is 0; expected a whole number of at least 1.",
    ],
    [
      "idempotencyProperty({ maxJobs: 0 })",
      () => idempotencyProperty(PlainJob, { data, ...world, maxJobs: 0 }),
      "idempotencyProperty's maxJobs is 0; expected a whole number of at least 1.",
    ],
    [
      "claimOrderProperty(null)",
      () => claimOrderProperty(null),
      "claimOrderProperty's options is null; expected an object.",
    ],
    [
      "claimOrderProperty({ sotre })",
      () => claimOrderProperty({ sotre: "memory:" }),
      'claimOrderProperty\'s option "sotre" is "memory:"; expected one of jobs, store, maxLength.',
    ],
    [
      "claimOrderProperty({ jobs: [] })",
      () => claimOrderProperty({ jobs: [] }),
      "claimOrderProperty's jobs is []; expected a list of job classes with their data, as [[SomeJob, {}]], at least one.",
    ],
    [
      "claimOrderProperty({ jobs: [PlainJob] })",
      () => claimOrderProperty({ jobs: [PlainJob] }),
      "claimOrderProperty's jobs[0] is function PlainJob; expected a job class with its data: [SomeJob, {}].",
    ],
    [
      "claimOrderProperty({ jobs: [[PlainJob, {}], [5, {}]] })",
      () =>
        claimOrderProperty({
          jobs: [
            [PlainJob, {}],
            [5, {}],
          ],
        }),
      "claimOrderProperty's jobs[1][0] is 5; expected a class that extends Job, or made by defineJob.",
    ],
    [
      "claimOrderProperty({ store: 5 })",
      () => claimOrderProperty({ store: 5 }),
      "claimOrderProperty's store is 5; expected a function.",
    ],
    [
      "claimOrderProperty({ maxLength: 0 })",
      () => claimOrderProperty({ maxLength: 0 }),
      "claimOrderProperty's maxLength is 0; expected a whole number of at least 1.",
    ],
    ["sameAnswersProperty(5)", () => sameAnswersProperty(5), "sameAnswersProperty's open is 5; expected a function."],
    [
      "sameAnswersProperty({ as: 5 })",
      () => sameAnswersProperty(open, { as: 5 }),
      "sameAnswersProperty's as is 5; expected a function.",
    ],
    [
      "sameAnswersProperty({ maxLength: -1 })",
      () => sameAnswersProperty(open, { maxLength: -1 }),
      "sameAnswersProperty's maxLength is -1; expected a whole number of at least 1.",
    ],
    [
      "sameAnswersProperty({ like })",
      () => sameAnswersProperty(open, { like: open }),
      'sameAnswersProperty\'s option "like" is function open; expected one of as, maxLength.',
    ],
    [
      "enqueueOptions({ around: an invalid Date })",
      () => enqueueOptions({ around: new Date(Number.NaN) }),
      "enqueueOptions' around is an invalid Date; expected a valid Date between the years 1 and 9999.",
    ],
    [
      "enqueueOptions({ arround })",
      () => enqueueOptions({ arround: 5 }),
      'enqueueOptions\'s option "arround" is 5; expected one of around, unique.',
    ],
    [
      "failurePlans({ maxAttempts: -1 })",
      () => failurePlans({ maxAttempts: -1 }),
      "failurePlans' maxAttempts is -1; expected a whole number of at least 0.",
    ],
    [
      "failurePlans({ maxLength })",
      () => failurePlans({ maxLength: 5 }),
      'failurePlans\'s option "maxLength" is 5; expected one of maxAttempts.',
    ],
    ["schedules()", () => schedules(), "schedules's options is undefined; expected an object."],
    [
      "schedules({ jobs: [] })",
      () => schedules({ jobs: [] }),
      "schedules' jobs is []; expected a list of job classes, at least one.",
    ],
    [
      "schedules({ jobs: [5] })",
      () => schedules({ jobs: [5] }),
      "schedules' jobs[0] is 5; expected a class that extends Job, or made by defineJob.",
    ],
    [
      "schedules({ maxLength: 1.5 })",
      () => schedules({ jobs: [PlainJob], maxLength: 1.5 }),
      "schedules' maxLength is 1.5; expected a whole number of at least 0.",
    ],
    [
      "storeCommands({ maxLength: -1 })",
      () => storeCommands({ maxLength: -1 }),
      "storeCommands' maxLength is -1; expected a whole number of at least 0.",
    ],
    [
      "storeCommands({ length })",
      () => storeCommands({ length: 5 }),
      'storeCommands\'s option "length" is 5; expected one of maxLength.',
    ],
  ])("is refused by name and value: %s", (_call, made, text) => {
    expect(made).toThrow(expect.objectContaining({ code: "INVALID_OPTION", message: text }));
  });

  it.each<readonly [property: fc.IAsyncProperty<unknown>, text: string]>([
    [claimOrderProperty({ store: () => 5 }), "what claimOrderProperty's store gave is 5; expected a JobStore."],
    [
      claimOrderProperty({ store: () => undefined }),
      "what claimOrderProperty's store gave is undefined; expected a JobStore.",
    ],
    [sameAnswersProperty(() => undefined), "what sameAnswersProperty's open gave is undefined; expected a JobStore."],
    [
      sameAnswersProperty(open, { as: () => new Map() }),
      "what sameAnswersProperty's as gave is Map(0) {}; expected a JobStore, with the methods it lacks: setup, insert, due, claim, extend, settle, expired, retry, retryFailed, purge, remove, list, stats, nextRunAt, nextLeaseEndAt, activity, close.",
    ],
  ])("is refused where a function gave no store, case %#", async (property, text) => {
    const { errorInstance } = await fc.check(property, { numRuns: 1 });

    expect(errorInstance).toMatchObject({ code: "INVALID_OPTION", message: text });
  });
});
