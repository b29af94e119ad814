import assert from "node:assert/strict";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createJobs, Job, MemoryJobStore } from "wheelwright";
import { cronExpressions, enqueueOptions, failurePlans, jobData, playing, schedules } from "wheelwright/fast-check";
import { createTestKit } from "wheelwright/testing";
import { NOON } from "../testing/a-kit.ts";

const RUNS = { numRuns: process.env.TEST_THOROUGH === "1" ? 2000 : 150 };

class AnyDataJob extends Job<object> {
  static received: unknown;
  perform(data: object): void {
    AnyDataJob.received = data;
  }
}

describe("jobData", () => {
  it("R6 draws data that perform receives as it was drawn", async () => {
    await using kit = await createTestKit({ jobs: [AnyDataJob], now: NOON, history: 10 });
    await fc.assert(
      fc.asyncProperty(jobData(), async (data) => {
        await kit.jobs.enqueue(AnyDataJob, data);

        await kit.drain();

        assert.deepStrictEqual(AnyDataJob.received, data);
      }),
      RUNS,
    );
  });

  it("draws the odd ones, too", () => {
    const drawn = fc.sample(jobData(), { numRuns: 2000, seed: 1 });
    const texts = JSON.stringify(drawn);

    expect(texts).toContain('"__proto__"');
    expect(texts).toContain("\\u0000");
    expect(texts).toContain("\\ud800");
    expect(drawn.some((data) => Object.values(data).some(Array.isArray))).toBe(true);
    expect(drawn.some((data) => Object.keys(data).length === 0)).toBe(true);
  });

  it("stays within the depth and the length asked for", () => {
    for (const data of fc.sample(jobData({ maxDepth: 1, maxLength: 2 }), { numRuns: 300, seed: 1 })) {
      expect(Object.keys(data).length).toBeLessThanOrEqual(2);
      for (const value of Object.values(data)) expect(typeof value === "object" && value !== null).toBe(false);
    }
  });

  // Each level used to be made twice by the one around it: 20 levels took half a minute, 50 would never have come.
  it.each([
    [500, 5],
    [500, 100],
    [50, 20],
  ])("R6 draws data of up to %i levels of up to %i members at once", (maxDepth, maxLength) => {
    expect(fc.sample(jobData({ maxDepth, maxLength }), { numRuns: 20, seed: 1 })).toHaveLength(20);
  });

  it.each([
    [{ maxDepth: 0 }, "jobData's maxDepth is 0; expected a whole number from 1 to 500."],
    [{ maxDepth: Number.NaN }, "jobData's maxDepth is NaN; expected a whole number from 1 to 500."],
    [{ maxDepth: 1.5 }, "jobData's maxDepth is 1.5; expected a whole number from 1 to 500."],
    [{ maxDepth: 501 }, "jobData's maxDepth is 501; expected a whole number from 1 to 500."],
    [{ maxLength: -1 }, "jobData's maxLength is -1; expected a whole number of at least 0."],
    [{ depth: 3 }, 'jobData\'s option "depth" is 3; expected one of maxDepth, maxLength.'],
    [null, "jobData's options is null; expected an object."],
  ])("refuses %o", (options, text) => {
    expect(() => jobData(options as object)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", message: text }) as Error, // `as`: a matcher stands for the error
    );
  });
});

describe("enqueueOptions", () => {
  it("R4 draws options that every enqueue accepts", async () => {
    await using kit = await createTestKit({ jobs: [AnyDataJob], now: NOON, leftovers: "ignore", history: 10 });
    await fc.assert(
      fc.asyncProperty(enqueueOptions({ around: NOON, unique: true }), async (options) => {
        const job = await kit.jobs.enqueue(AnyDataJob, {}, options);

        if (!job.deduplicated) expect(job).toMatchObject({ status: "pending", queue: options.queue ?? "default" });
      }),
      RUNS,
    );
  });
  it.each(["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"])(
    "R4 draws no runAt before the year 1 or after 9999, around %s",
    async (around) => {
      await using kit = await createTestKit({ jobs: [AnyDataJob], now: NOON, leftovers: "ignore", history: 10 });
      await fc.assert(
        fc.asyncProperty(enqueueOptions({ around: new Date(around) }), async (options) => {
          expect(await kit.jobs.enqueue(AnyDataJob, {}, options)).toMatchObject({ status: "pending" });
        }),
        RUNS,
      );
    },
  );
});

describe("failurePlans", () => {
  it("R20 draws plans that a stub plays attempt by attempt", async () => {
    await fc.assert(
      fc.asyncProperty(failurePlans(), fc.integer({ min: 1, max: 6 }), async (plan, maxRetries) => {
        await using kit = await createTestKit({ jobs: [AnyDataJob], now: NOON });
        kit.stub(AnyDataJob, playing(plan));
        const { id } = await kit.jobs.enqueue(AnyDataJob, {}, { maxRetries });

        await kit.drainUntilIdle({ failures: "collect" });

        const decided = plan.findIndex(({ end }) => end === "complete" || end === "discard");
        const last = Math.min(decided === -1 ? plan.length + 1 : decided + 1, maxRetries);
        const end = plan[last - 1]?.end ?? "complete";
        expect(await kit.jobs.find(id)).toMatchObject({
          attempts: last,
          status: end === "complete" ? "completed" : "failed",
        });
      }),
      { numRuns: Math.floor(RUNS.numRuns / 3) },
    );
  });
});

describe("cronExpressions", () => {
  it("R36 draws expressions that can be kept and do fire", async () => {
    await fc.assert(
      fc.property(cronExpressions(), (schedule) => {
        createJobs({
          store: new MemoryJobStore(),
          jobs: [AnyDataJob],
          schedules: [{ name: "s", schedule, job: AnyDataJob }],
        });
      }),
      RUNS,
    );
  });

  it("R33 draws lists of schedules that createJobs takes and that have a next run", async () => {
    await fc.assert(
      fc.asyncProperty(schedules({ jobs: [AnyDataJob] }), async (list) => {
        const jobs = createJobs({ store: new MemoryJobStore(), jobs: [AnyDataJob], schedules: list });

        const names = (await jobs.schedules()).map(({ name }) => name);

        expect(names).toEqual(list.map(({ name }) => name));
      }),
      { numRuns: 20 },
    );
  });
});
