// What happens around a handler: what counts as success, which instance it gets, and rows that cannot be performed.

import { describe, expect, it } from "vitest";
import { defineJob, Job, type JobContext, type JsonObject, MemoryJobStore, UnknownJobError } from "wheelwright";
import { aRow } from "./a-row.ts";
import { anApp, START } from "./an-app.ts";

/** Runs one attempt of a job that does this, and gives the job as it is then. */
async function attempting(perform: (context: JobContext) => unknown) {
  const job = defineJob("Tried", { maxRetries: 1 }, (_data, context) => perform(context));
  const { jobs } = anApp({ jobs: [job] });
  const { id } = await jobs.enqueue(job);
  const result = await jobs.processQueue();
  return { result, job: await jobs.find(id) };
}

const hostile = {
  // biome-ignore lint/suspicious/noThenProperty: that is the trap
  get then(): never {
    throw new Error("do not look");
  },
};

/** What some query builders return: no promise, and it does not follow the promise it hands out. */
function aThenable(value: () => unknown): PromiseLike<unknown> {
  // biome-ignore lint/suspicious/noThenProperty: that is what it is
  return { then: (resolve) => resolve?.(value()) as never }; // `as`: its own return is looked at by nobody
}

describe("perform: success and failure", () => {
  it.each<[string, unknown]>([
    ["undefined", undefined],
    ["false", false],
    ["an Error", new Error("returned, not thrown")],
    ["a promise of an Error", Promise.resolve(new Error("returned"))],
    ["a function", () => undefined],
  ])("R15 takes the return of %s for success", async (_what, value) => {
    const { result, job } = await attempting(() => value);

    expect(result).toEqual({ processed: 1, failed: 0, skipped: 0, errors: [] });
    expect(job).toMatchObject({ status: "completed", completedAt: START, lastError: null });
  });

  it.each<[string, PromiseLike<unknown>]>([
    ["a rejecting promise", aThenable(() => Promise.reject(new Error("the query failed")))],
    ["another thenable with one", aThenable(() => aThenable(() => Promise.reject(new Error("the query failed"))))],
  ])("R15 follows a thenable that hands out %s to its end", async (_what, value) => {
    const { result, job } = await attempting(() => value);

    expect(result).toMatchObject({ processed: 0, failed: 1 });
    expect(job).toMatchObject({ status: "failed", lastError: "the query failed" });
  });

  it.each<[string, unknown, string]>([
    ["null", null, "null was thrown"],
    ["undefined", undefined, "undefined was thrown"],
    ["0", 0, "0"],
    ["an empty text", "", "an empty string was thrown"],
    ["an Error without a message", new RangeError(), "RangeError"],
  ])("R15 takes a throw of %s for failure", async (_what, thrown, message) => {
    const sync = await attempting(() => {
      throw thrown;
    });
    const async = await attempting(() => Promise.reject(thrown));

    for (const { result, job } of [sync, async]) {
      expect(result.failed).toBe(1);
      expect(job).toMatchObject({ status: "failed", lastError: message });
    }
  });

  it("R15 waits for anything with a then, once", async () => {
    let asked = 0;
    const query = {
      // biome-ignore lint/suspicious/noThenProperty: query builders run when they are awaited
      then(resolve: (value: unknown) => void) {
        asked++;
        resolve("rows");
      },
    };

    const { job } = await attempting(() => query);

    expect(job?.status).toBe("completed");
    expect(asked).toBe(1);
  });

  it.each<[string, unknown]>([
    ["a then that cannot be read", hostile],
    [
      "a then that throws",
      {
        // biome-ignore lint/suspicious/noThenProperty: that is the trap
        then() {
          throw new Error("do not call");
        },
      },
    ],
  ])("R15 survives %s: the attempt failed, and the batch goes on", async (_what, value) => {
    const { result, job } = await attempting(() => value);

    expect(result).toMatchObject({ processed: 0, failed: 1 });
    expect(job?.lastError).toMatch(/^do not/);
  });

  it("R16 survives a promise that calls both of its ends: the first one counts, the second is logged", async () => {
    class TwoEnds extends Promise<unknown> {
      // biome-ignore lint/suspicious/noThenProperty: that is the trap
      override then(resolve?: unknown, reject?: unknown): never {
        (resolve as () => void)(); // `as`: perform hands over both
        (reject as (error: unknown) => void)(new Error("on second thoughts"));
        return undefined as never; // `as`: what perform does not look at
      }
    }
    const twice = defineJob("Twice", {}, () => TwoEnds.resolve());
    const { jobs, lines } = anApp({ jobs: [twice] });
    await jobs.enqueue(twice);

    expect(await jobs.processQueue()).toMatchObject({ processed: 1, failed: 0 });
    expect(lines.filter(({ level }) => level === "warn")).toEqual([
      expect.objectContaining({
        message: "Twice threw after its attempt was over; nothing is stored",
        fields: expect.objectContaining({ error: new Error("on second thoughts") }),
      }),
    ]);
  });

  it("R15 makes a new instance for each attempt", async () => {
    const seen: unknown[] = [];
    class CountingJob extends Job {
      count = 0;
      override maxRetries = 3;
      perform(): void {
        seen.push(++this.count);
        throw new Error("again");
      }
    }
    const { jobs, advance } = anApp({ jobs: [CountingJob] });
    await jobs.enqueue(CountingJob);

    for (let attempt = 1; attempt <= 3; attempt++) {
      await jobs.processQueue();
      await advance("1h");
    }

    expect(seen).toEqual([1, 1, 1]);
  });

  it("shows the instance the settings that stand, createJobs' defaults included", async () => {
    const seen: unknown[] = [];
    class LookingJob extends Job {
      perform(): void {
        seen.push([this.queue, this.priority, this.maxRetries, this.baseDelay, this.timeout]);
      }
    }
    const { jobs } = anApp({ jobs: [LookingJob], defaults: { queue: "q", maxRetries: 8, timeout: 9 } });
    await jobs.enqueue(LookingJob);

    await jobs.processQueue();

    expect(seen).toEqual([["q", 0, 8, 2, 9]]);
  });

  it("R15 leaves an instance that create made its own settings", async () => {
    const seen: unknown[] = [];
    class LookingJob extends Job {
      perform(): void {
        const { queue, priority, timeout, maxRetries, baseDelay, maxDelay, delay } = this;
        seen.push([queue, priority, timeout, maxRetries, baseDelay, maxDelay, delay]);
      }
    }
    const own = { priority: 3, timeout: 7, maxRetries: 4, baseDelay: 11, maxDelay: 13 };
    let [queue, delay] = ["of the class", 0];
    const { jobs } = anApp({
      jobs: [LookingJob],
      create: (jobClass) => Object.assign(new (jobClass as typeof LookingJob)(), { queue, delay, ...own }), // `as`: the only class
    });
    await jobs.enqueue(LookingJob);
    [queue, delay] = ["of the attempt", 5];

    await jobs.processQueue();

    expect(seen).toEqual([["of the attempt", 3, 7, 4, 11, 13, 5]]);
  });

  it("hands perform the claimed job, the attempt's number and members that can be taken apart", async () => {
    const { job } = await attempting(async ({ job, attempt, now, sleep, log, progress, enqueue }) => {
      expect(job).toMatchObject({ status: "processing", attempts: 1, startedAt: START });
      expect(attempt).toBe(1);
      expect(now()).toEqual(START);
      await progress(1, 1);
      log.info("done");
      expect([typeof sleep, typeof enqueue]).toEqual(["function", "function"]);
    });

    expect(job?.lastError ?? null).toBeNull();
  });
});

describe("perform: rows that cannot be performed", () => {
  it("R19 makes an unknown class a failed attempt like any other, retried with R1's delays (BM-210)", async () => {
    const plain = defineJob("Plain", {}, () => undefined);
    const store = new MemoryJobStore();
    const { jobs } = anApp({ jobs: [plain], store });
    await store.insert([aRow({ jobClass: "Gone" })], { now: START });
    for (let count = 0; count < 9; count++) await jobs.enqueue(plain);

    const result = await jobs.processQueue();

    expect(result).toMatchObject({ processed: 9, failed: 1 });
    expect(result.errors[0]).toMatch(/\(Gone\): No job class "Gone" is registered.+Registered: Plain/);
    const [gone] = await jobs.list({ jobClass: "Gone" });
    expect(gone).toMatchObject({ status: "pending", attempts: 1, runAt: new Date(START.getTime() + 4000) });
  });

  it("BM-211 retries and purges failed jobs whose class is gone", async () => {
    const store = new MemoryJobStore();
    const { jobs, advance } = anApp({ jobs: [], store });
    await store.insert([aRow({ jobClass: "Gone", maxRetries: 1 })], { now: START });
    await jobs.processQueue();

    expect(await jobs.retryFailed()).toBe(1);
    await jobs.processQueue();
    await advance("8d");

    expect(await jobs.purge({ status: "failed" })).toBe(1);
  });

  it.each(["{oops", "[1]", "null", "", "7"])(
    "R19 makes broken data (%j) a failed attempt that ends by R20 (BM-044)",
    async (data) => {
      const ran: unknown[] = [];
      const plain = defineJob("Plain", {}, (given: JsonObject) => void ran.push(given));
      const store = new MemoryJobStore();
      const { jobs, advance } = anApp({ jobs: [plain], store });
      await store.insert([aRow({ jobClass: "Plain", data, maxRetries: 2 })], { now: START });
      await jobs.enqueue(plain, { fine: true });

      const first = await jobs.processQueue();
      await advance("4s");
      await jobs.processQueue();

      expect(first).toMatchObject({
        processed: 1,
        failed: 1,
        errors: [expect.stringContaining("The row's data is no JSON object")],
      });
      expect(ran).toEqual([{ fine: true }]);
      expect(await jobs.list({ status: "failed" })).toEqual([expect.objectContaining({ attempts: 2 })]);
    },
  );

  it.each([
    ["60 letters whole", `[${"x".repeat(59)}`, `[${"x".repeat(59)}`],
    ["more than that cut short", `[${"x".repeat(60)}`, `[${"x".repeat(56)}…`],
  ])("R19 shows of broken data %s", async (_what, data, shown) => {
    const store = new MemoryJobStore();
    const { jobs } = anApp({ jobs: [defineJob("Plain", {}, () => undefined)], store });
    await store.insert([aRow({ jobClass: "Plain", data, maxRetries: 1 })], { now: START });

    const { errors } = await jobs.processQueue();

    expect(errors).toEqual([expect.stringContaining(`The row's data is no JSON object: "${shown}"`)]);
  });

  it("tells an unknown class from one that its alias knows", async () => {
    const store = new MemoryJobStore();
    const { jobs, record } = anApp({ jobs: [], store });
    const failed = record("failed");
    await store.insert([aRow({ jobClass: "Gone", maxRetries: 1 })], { now: START });

    await jobs.processQueue();

    expect(failed).toEqual([expect.objectContaining({ error: expect.any(UnknownJobError) })]);
  });
});
