// What an enqueue makes of class, data and options before anything is stored: defaults, limits, refusals.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineJob, InvalidDurationError, InvalidOptionError, Job, type JobSettings, type Priority } from "wheelwright";
import { anApp, START } from "./an-app.ts";

const plain = defineJob("Plain", {}, () => undefined);

describe("newJob: settings", () => {
  it("R1 takes the package's defaults where nobody says anything", async () => {
    const { jobs } = anApp({ jobs: [plain] });

    const job = await jobs.enqueue(plain);

    expect(job).toMatchObject({ queue: "default", priority: 0, maxRetries: 3, timeout: 300, runAt: START });
  });

  it("R1 prefers the option, then the class, then createJobs' defaults, then the package's", async () => {
    const settings = fc.record(
      {
        queue: fc.constantFrom("a", "b"),
        priority: fc.integer({ min: -9, max: 9 }),
        maxRetries: fc.integer({ min: 1, max: 9 }),
        timeout: fc.integer({ min: 1, max: 9 }),
      },
      { requiredKeys: [] },
    );
    const stored = { queue: "default", priority: 0, maxRetries: 3, timeout: 300 };

    await fc.assert(
      fc.asyncProperty(settings, settings, settings, async (options, ofClass, defaults) => {
        const Chosen = defineJob("Chosen", ofClass, () => undefined);
        const { jobs } = anApp({ jobs: [Chosen], defaults });

        const job = await jobs.enqueue(Chosen, {}, options);

        expect(job).toMatchObject({ ...stored, ...defaults, ...ofClass, ...options });
      }),
    );
  });

  it("R1 waits the class's delay on a plain enqueue, createJobs' default where the class has none", async () => {
    const slow = defineJob("Slow", { delay: 5 }, () => undefined);
    const { jobs } = anApp({ jobs: [slow, plain], defaults: { delay: 1.5 } });

    const delays = [
      await jobs.enqueue(slow),
      await jobs.enqueue(plain),
      await jobs.enqueue(slow, {}, { delay: 0 }),
      await jobs.enqueue(slow, {}, { queue: "other" }),
    ];

    expect(delays.map((job) => job.runAt.getTime() - START.getTime())).toEqual([5000, 1500, 0, 5000]);
  });

  it("R1 names the bad one of createJobs' defaults", () => {
    const unknown = { retries: 5 } as Partial<JobSettings>; // `as`: what JavaScript lets through
    expect(() => anApp({ jobs: [plain], defaults: unknown })).toThrow(/defaults\.retries.+maxRetries/);
    expect(() => anApp({ jobs: [plain], defaults: { maxRetries: 0 } })).toThrow(InvalidOptionError);
  });

  it("R5 stores what the enqueue overrides, an instance's own settings included", async () => {
    class ReportJob extends Job {
      override config(): void {
        this.queue = "reports";
      }
      perform(): void {}
    }
    const { jobs } = anApp({ jobs: [ReportJob] });
    const instance = new ReportJob();
    instance.maxRetries = 7;

    const job = await jobs.enqueue(instance, {}, { queue: "urgent", priority: "high", timeout: 12.5 });

    expect(await jobs.find(job.id)).toMatchObject({ queue: "urgent", priority: 10, timeout: 12.5, maxRetries: 7 });
    expect(await jobs.enqueue(ReportJob)).toMatchObject({ queue: "reports", maxRetries: 3 });
  });
});

describe("newJob: priority", () => {
  it.each<[Priority, number]>([
    ["low", -10],
    ["normal", 0],
    ["high", 10],
    [-0, 0],
    [2 ** 31 - 1, 2 ** 31 - 1],
    [-(2 ** 31), -(2 ** 31)],
  ])("R2 stores %s as %i", async (priority, stored) => {
    const { jobs } = anApp({ jobs: [plain] });

    const job = await jobs.enqueue(plain, {}, { priority });

    expect(job.priority).toBe(stored);
  });

  it("R2 claims the higher number first", async () => {
    const ran: unknown[] = [];
    const noting = defineJob("Noting", {}, (data: { name: string }) => void ran.push(data.name));
    const { jobs } = anApp({ jobs: [noting] });
    for (const priority of ["low", "high", "normal"] as const)
      await jobs.enqueue(noting, { name: priority }, { priority });

    await jobs.processQueue();

    expect(ran).toEqual(["high", "normal", "low"]);
  });
});

const wrongTypes: readonly (readonly [what: string, options: object])[] = [
  ["a delay that is negative", { delay: -1 }],
  ["a delay that is NaN", { delay: Number.NaN }],
  ["a delay without end", { delay: Number.POSITIVE_INFINITY }],
  ["a delay that ends past the year 9999", { delay: 1e15 }],
  ["a runAt that is no valid Date", { runAt: new Date(Number.NaN) }],
  ["a runAt that is a number", { runAt: START.getTime() }],
  ["a runAt past the year 9999", { runAt: new Date("+010000-01-01T00:00:00Z") }],
  ["runAt beside delay", { runAt: START, delay: 1 }],
  ["an empty queue", { queue: "" }],
  ["a queue of 101 characters", { queue: "q".repeat(101) }],
  ["a queue with a comma", { queue: "a,b" }],
  ["a queue with U+0000", { queue: "a\u0000" }],
  ["a queue with half a surrogate pair", { queue: "a\ud800" }],
  ["an empty id (BM-047)", { id: "" }],
  ["an id that is 0 (BM-047)", { id: 0 }],
  ["an id of 37 characters", { id: "i".repeat(37) }],
  ["an empty unique key", { uniqueKey: "" }],
  ["a unique key of 256 characters", { uniqueKey: "k".repeat(256) }],
  ["uniqueWhile without a key", { uniqueWhile: "pending" }],
  ["a uniqueWhile that is unknown", { uniqueKey: "k", uniqueWhile: "always" }],
  ["a priority that is a fraction", { priority: 1.5 }],
  ["a priority of 33 bits", { priority: 2 ** 31 }],
  ["a priority of another name", { priority: "urgent" }],
  ["maxRetries 0", { maxRetries: 0 }],
  ["maxRetries 1.5 (BM-046)", { maxRetries: 1.5 }],
  ["maxRetries as text (BM-046)", { maxRetries: "3" }],
  ["maxRetries NaN (BM-046)", { maxRetries: Number.NaN }],
  ["timeout 0", { timeout: 0 }],
  ["timeout -1", { timeout: -1 }],
  ["an option that nobody knows", { prioritY: 1 }],
];

describe("newJob: limits", () => {
  it.each(wrongTypes)("R4 refuses %s with a typed error and stores nothing", async (_what, options) => {
    const { jobs } = anApp({ jobs: [plain] });

    await expect(jobs.enqueue(plain, {}, options)).rejects.toMatchObject({ code: "INVALID_OPTION" });

    expect(await jobs.list()).toEqual([]);
  });

  it("R4 refuses options that are no object", async () => {
    const { jobs } = anApp({ jobs: [plain] });
    const nothing = null as unknown as undefined; // `as`: what JavaScript lets through

    await expect(jobs.enqueue(plain, {}, nothing)).rejects.toBeInstanceOf(InvalidOptionError);
  });

  it("R4 refuses a delay that is no duration", async () => {
    const { jobs } = anApp({ jobs: [plain] });

    await expect(jobs.enqueue(plain, {}, { delay: "5 parsecs" })).rejects.toBeInstanceOf(InvalidDurationError);
  });

  it("R4 makes enqueueIn(0) due now, and lets a job due in the past keep its runAt", async () => {
    const { jobs } = anApp({ jobs: [plain] });
    jobs.useAsDefault();
    const past = new Date(START.getTime() - 3_600_000);

    const now = await plain.enqueueIn(0);
    const late = await plain.enqueueAt(past);

    expect(now.runAt).toEqual(START);
    expect(late.runAt).toEqual(past);
    expect(await jobs.processQueue()).toMatchObject({ processed: 2 });
    await jobs.close();
  });

  it.each([250, "4m 10s", { minutes: 4, seconds: 10 }])(
    "R4 reads the delay %j, in seconds or as a duration",
    async (delay) => {
      const { jobs } = anApp({ jobs: [plain] });

      const job = await jobs.enqueue(plain, {}, { delay });

      expect(job.runAt.getTime() - START.getTime()).toBe(250_000);
    },
  );

  it("R4 accepts every limit itself", async () => {
    const { jobs } = anApp({ jobs: [plain] });
    const options = { queue: "q".repeat(100), id: "i".repeat(36), uniqueKey: "k".repeat(255), timeout: 0.001 };

    expect(await jobs.enqueue(plain, {}, options)).toMatchObject(options);
  });

  it.each(["live", "pending"] as const)("R8 takes uniqueWhile %s beside a key", async (uniqueWhile) => {
    const { jobs } = anApp({ jobs: [plain] });

    const first = await jobs.enqueue(plain, {}, { uniqueKey: "k", uniqueWhile });

    expect(await jobs.enqueue(plain, {}, { uniqueKey: "k", uniqueWhile })).toEqual({ ...first, deduplicated: true });
  });

  it("BM-202 takes a unique job that is overdue already", async () => {
    const { jobs } = anApp({ jobs: [plain] });
    const runAt = new Date(START.getTime() - 1);

    const first = await jobs.enqueue(plain, {}, { uniqueKey: "k", runAt });
    const second = await jobs.enqueue(plain, {}, { uniqueKey: "k" });

    expect(second).toMatchObject({ id: first.id, deduplicated: true });
  });
});
