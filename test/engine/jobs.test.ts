// Looking after the queue: counts, monitoring, listing, retrying, purging and cancelling.

import { describe, expect, it } from "vitest";
import { defineJob, JobNotFoundError, JobStatusError } from "wheelwright";
import { type App, anApp, START } from "./an-app.ts";

const plain = defineJob("Plain", {}, (_data: { n?: number }) => undefined);
const failing = defineJob("Failing", { maxRetries: 1 }, () => {
  throw new Error("no");
});
const slow = defineJob("Slow", {}, (_data, context) => context.sleep("2s"));

const DAY_MS = 86_400_000;

function aQueue(): App {
  return anApp({ jobs: [plain, failing, slow] });
}

/** One job completed and one failed, in queue `done`. */
async function ended({ jobs }: App) {
  const completed = await jobs.enqueue(plain, {}, { queue: "done" });
  const failed = await jobs.enqueue(failing, {}, { queue: "done" });
  await jobs.processQueue({ queue: "done" });
  return { completed: completed.id, failed: failed.id };
}

describe("Jobs.queueStats and Jobs.stats", () => {
  it("R27 count by status, in all queues or some, with total their sum", async () => {
    const app = aQueue();
    await ended(app);
    await app.jobs.enqueue(plain, {}, { queue: "a" });
    await app.jobs.enqueue(plain, {}, { queue: "b" });
    await app.store.claim({ limit: 1, now: START, workerId: "w", leaseMs: 30_000, queues: ["b"] });

    expect(await app.jobs.queueStats()).toEqual({ pending: 1, processing: 1, completed: 1, failed: 1, total: 4 });
    expect(await app.jobs.queueStats({ queue: "a, b" })).toEqual({
      pending: 1,
      processing: 1,
      completed: 0,
      failed: 0,
      total: 2,
    });
    expect(await app.jobs.queueStats({ queue: ["none"] })).toEqual({
      pending: 0,
      processing: 0,
      completed: 0,
      failed: 0,
      total: 0,
    });
    expect(await app.jobs.stats()).toEqual({
      queues: {
        a: { pending: 1, processing: 0, completed: 0, failed: 0, total: 1 },
        b: { pending: 0, processing: 1, completed: 0, failed: 0, total: 1 },
        done: { pending: 0, processing: 0, completed: 1, failed: 1, total: 2 },
      },
      totals: { pending: 1, processing: 1, completed: 1, failed: 1, total: 4 },
    });
    expect(Object.keys((await app.jobs.stats()).queues)).toEqual(["a", "b", "done"]);
  });

  it("R27 takes any queue's name for a name", async () => {
    const { jobs } = aQueue();
    for (const queue of ["__proto__", "constructor", "toString"]) await jobs.enqueue(plain, {}, { queue });

    const { queues, totals } = await jobs.stats();

    expect(Object.keys(queues).sort()).toEqual(["__proto__", "constructor", "toString"]);
    expect(totals.pending).toBe(3);
  });
});

describe("Jobs.retry and Jobs.retryFailed", () => {
  it("R28 makes a failed job new: pending, attempts 0, due now, its error and failedAt gone (BM-076)", async () => {
    const app = aQueue();
    const { failed } = await ended(app);
    await app.advance("1h");

    const retried = await app.jobs.retry(failed);

    expect(retried).toEqual(await app.jobs.find(failed));
    expect(retried).toMatchObject({
      status: "pending",
      attempts: 0,
      lastError: null,
      failedAt: null,
      startedAt: null,
      runAt: app.clock.now(),
      createdAt: START,
    });
    expect(await app.jobs.processQueue()).toMatchObject({ failed: 1 });
    expect(await app.jobs.find(failed)).toMatchObject({ status: "failed", attempts: 1 });
  });

  it("R28 refuses a job that has not failed, and one that is not there", async () => {
    const app = aQueue();
    const { completed } = await ended(app);

    await expect(app.jobs.retry(completed)).rejects.toBeInstanceOf(JobStatusError);
    await expect(app.jobs.retry(completed)).rejects.toMatchObject({ code: "JOB_STATUS", status: "completed" });
    await expect(app.jobs.retry("none")).rejects.toBeInstanceOf(JobNotFoundError);
    await expect(app.jobs.retry("none")).rejects.toThrow(/^Cannot retry job "none"/);
    await expect(app.jobs.retry("")).rejects.toMatchObject({ code: "INVALID_OPTION" });
  });

  it("R28 says so when a job is gone before it can be answered with", async () => {
    const app = aQueue();
    const { failed } = await ended(app);
    app.store.get = async () => null;

    await expect(app.jobs.retry(failed)).rejects.toMatchObject({ code: "JOB_NOT_FOUND", id: failed });
  });

  it.each([0, 1.5, "2"])("R28 refuses the limit %j", async (limit) => {
    const { jobs } = aQueue();

    await expect(jobs.retryFailed({ limit: limit as number })).rejects.toMatchObject({ code: "INVALID_OPTION" }); // `as`: JavaScript
  });

  it("R28 takes the oldest failures first, of the queue asked for, up to the limit, and tells how many", async () => {
    const { jobs, advance } = aQueue();
    const ids: string[] = [];
    for (const queue of ["a", "b", "a", "a"]) {
      ids.push((await jobs.enqueue(failing, {}, { queue })).id);
      await jobs.processQueue();
      await advance("1s");
    }

    expect(await jobs.retryFailed({ queue: "a", limit: 2 })).toBe(2);
    expect((await jobs.list({ status: "pending" })).map(({ id }) => id).sort()).toEqual([ids[0], ids[2]].sort());
    expect(await jobs.retryFailed()).toBe(2);
    expect(await jobs.retryFailed()).toBe(0);
  });
});

describe("Jobs.purgeCompleted and Jobs.purge", () => {
  it("R29 deletes what completed before now − 7 days, counted from its completion (BM-214)", async () => {
    const app = aQueue();
    const old = await app.jobs.enqueue(plain, {}, { queue: "late" });
    await app.advance("30d");
    await app.jobs.processQueue(); // Enqueued a month ago, completed now.

    expect(await app.jobs.purgeCompleted()).toBe(0);
    await app.advance("7d");
    expect(await app.jobs.purgeCompleted()).toBe(0);
    await app.advance("1ms");
    expect(await app.jobs.purgeCompleted()).toBe(1);
    expect(await app.jobs.find(old.id)).toBeNull();
  });

  it("R29 deletes nothing else, however old it is (BM-215)", async () => {
    const app = aQueue();
    await ended(app);
    await app.jobs.enqueue(plain);
    await app.jobs.enqueue(plain, {}, { queue: "held" });
    await app.store.claim({ limit: 1, now: START, workerId: "w", leaseMs: 1000, queues: ["held"] });
    app.clock.set(new Date(START.getTime() + 400 * DAY_MS));

    expect(await app.jobs.purgeCompleted({ days: 0 })).toBe(1);
    expect(await app.jobs.queueStats()).toEqual({ pending: 1, processing: 1, completed: 0, failed: 1, total: 3 });
    expect(await app.jobs.purge({ status: "failed", days: 0 })).toBe(1);
    expect(await app.jobs.purge({ status: ["completed", "failed"], days: 0 })).toBe(0);
    expect(await app.jobs.queueStats()).toMatchObject({ total: 2 });
  });

  it("R29 keeps to the queue asked for, and takes parts of a day", async () => {
    const app = aQueue();
    for (const queue of ["a", "b", "c"]) await app.jobs.enqueue(plain, {}, { queue });
    await app.jobs.processQueue();
    await app.advance("13h");

    expect(await app.jobs.purgeCompleted({ days: 0.5, queue: "a,b" })).toBe(2);
    expect(await app.jobs.purge({ status: "completed", days: 1e12 })).toBe(0);
  });

  it.each([
    [{ status: "pending" }],
    [{ status: [] }],
    [{ status: ["completed", "processing"] }],
    [{}],
    [{ status: "failed", days: -1 }],
    [{ status: "failed", days: Number.NaN }],
    [{ status: "failed", days: "7" }],
  ])("R29 refuses to purge %j", async (options) => {
    const { jobs } = aQueue();

    await expect(jobs.purge(options as { status: "failed" })).rejects.toMatchObject({ code: "INVALID_OPTION" }); // `as`: JavaScript
  });
});

describe("Jobs.cancel", () => {
  it("R30 deletes a pending job", async () => {
    const { jobs } = aQueue();
    const { id } = await jobs.enqueue(plain);

    await jobs.cancel(id);

    expect(await jobs.find(id)).toBeNull();
    await expect(jobs.cancel(id)).rejects.toBeInstanceOf(JobNotFoundError);
  });

  it("R30 refuses one that is processing or has ended, and leaves it alone", async () => {
    const app = aQueue();
    const { completed, failed } = await ended(app);
    const held = await app.jobs.enqueue(plain);
    await app.store.claim({ limit: 1, now: START, workerId: "w", leaseMs: 30_000 });

    for (const id of [completed, failed, held.id]) {
      const before = await app.jobs.find(id);
      await expect(app.jobs.cancel(id)).rejects.toBeInstanceOf(JobStatusError);
      expect(await app.jobs.find(id)).toEqual(before);
    }
  });
});

describe("Jobs.monitor", () => {
  it("R31 tells how the period went, in numbers that fit together", async () => {
    const app = aQueue();
    const { completed, failed } = await ended(app);
    await app.jobs.enqueue(slow);
    const processing = app.jobs.processQueue();
    await app.advance("2s");
    await processing;
    await app.jobs.enqueue(plain, {}, { delay: "1h" });

    const { recent, ...monitoring } = await app.jobs.monitor();

    expect(monitoring).toEqual({
      since: new Date(START.getTime() + 2000 - 3_600_000),
      until: new Date(START.getTime() + 2000),
      completed: 2,
      failed: 1,
      errorRate: 1 / 3,
      throughput: 2 / 60,
      meanDurationMs: 1000,
      oldestPendingAt: new Date(START.getTime() + 2000 + 3_600_000),
      counts: { pending: 1, processing: 0, completed: 2, failed: 1, total: 4 },
    });
    expect(recent.map(({ jobClass }) => jobClass)).toEqual(["Slow", "Failing", "Plain"]);
    expect(recent.slice(1).map(({ id }) => id)).toEqual([failed, completed]);
  });

  it("R31 filters all of it by queue and by minutes", async () => {
    const app = aQueue();
    await ended(app);
    await app.jobs.enqueue(plain, {}, { queue: "other" });
    await app.advance("30m");

    expect(await app.jobs.monitor({ queue: "other" })).toMatchObject({
      completed: 0,
      failed: 0,
      errorRate: 0,
      meanDurationMs: null,
      oldestPendingAt: START,
      counts: { total: 1 },
      recent: [],
    });
    expect(await app.jobs.monitor({ minutes: 29 })).toMatchObject({ completed: 0, failed: 0, recent: [] });
    expect(await app.jobs.monitor({ minutes: 30 })).toMatchObject({ completed: 1, failed: 1 });
    expect(await app.jobs.monitor({ minutes: 1e300 })).toMatchObject({ completed: 1, since: new Date(0) });
  });

  it.each([0, -1, Number.NaN, "60"])("R31 refuses minutes of %j", async (minutes) => {
    const { jobs } = aQueue();

    await expect(jobs.monitor({ minutes: minutes as number })).rejects.toMatchObject({ code: "INVALID_OPTION" }); // `as`: JavaScript
  });
});

describe("Jobs.list and Jobs.find", () => {
  it("R31 lists newest first, 50 unless told, page by page without a gap (BM-192)", async () => {
    const { jobs } = aQueue();
    await jobs.enqueueMany(Array.from({ length: 120 }, (_, n) => [plain, { n }] as const));

    const seen: unknown[] = [];
    let beforeSeq: number | undefined;
    for (;;) {
      const page = await jobs.list({ beforeSeq });
      if (page.length === 0) break;
      expect(page.length).toBeLessThanOrEqual(50);
      seen.push(...page.map(({ data }) => data.n));
      beforeSeq = page.at(-1)?.seq;
    }

    expect(seen).toEqual(Array.from({ length: 120 }, (_, n) => 119 - n));
    expect(await jobs.list({ limit: 120 })).toHaveLength(120);
  });

  it("R31 filters by status, queue, class and unique key, all together", async () => {
    const app = aQueue();
    await ended(app);
    await app.jobs.enqueue(plain, { n: 1 }, { queue: "a", uniqueKey: "k" });
    await app.jobs.enqueue(plain, { n: 2 }, { queue: "b" });

    expect(await app.jobs.list({ status: ["completed", "failed"], queue: "done, a" })).toHaveLength(2);
    expect(await app.jobs.list({ queue: ["a", "b"], jobClass: "Plain" })).toHaveLength(2);
    expect(await app.jobs.list({ uniqueKey: "k", status: "pending" })).toEqual([
      expect.objectContaining({ data: { n: 1 } }),
    ]);
    expect(await app.jobs.list({ jobClass: ["Failing", "Slow"], status: "pending" })).toEqual([]);
  });

  it.each([[{ status: "done" }], [{ limit: 0 }], [{ beforeSeq: Number.NaN }], [{ queue: "" }]])(
    "R31 refuses the filter %j",
    async (filter) => {
      const { jobs } = aQueue();

      await expect(jobs.list(filter as object)).rejects.toMatchObject({ code: "INVALID_OPTION" });
    },
  );

  it("finds nothing under what cannot be an id", async () => {
    const { jobs } = aQueue();

    expect(await jobs.find("none")).toBeNull();
    expect(await jobs.find("")).toBeNull();
    expect(await jobs.find("x".repeat(1000))).toBeNull();
    expect(await jobs.find("a\u0000")).toBeNull();
    await expect(jobs.find(7 as never)).rejects.toMatchObject({ code: "INVALID_OPTION" }); // `as`: JavaScript
  });

  it("BM-180 keeps names that are half a statement verbatim, or refuses them", async () => {
    const { jobs } = aQueue();
    const names = ["'; drop table jobs;--", 'a"b', "`", "%", "_", "\\"];

    for (const name of names) await jobs.enqueue(plain, {}, { queue: name, uniqueKey: name });

    for (const name of names) expect(await jobs.list({ queue: name, uniqueKey: name })).toHaveLength(1);
    for (const name of ["x".repeat(10_000), "", " "])
      await expect(jobs.enqueue(plain, {}, { queue: name })).rejects.toMatchObject({ code: "INVALID_OPTION" });
  });
});

describe("options that are misspelt", () => {
  const wrong = { queues: "a" } as object;
  it.each<[string, (app: App) => Promise<unknown>]>([
    ["processQueue", ({ jobs }) => jobs.processQueue(wrong)],
    ["processNext", ({ jobs }) => jobs.processNext(wrong)],
    ["queueStats", ({ jobs }) => jobs.queueStats(wrong)],
    ["monitor", ({ jobs }) => jobs.monitor(wrong)],
    ["list", ({ jobs }) => jobs.list(wrong)],
    ["retryFailed", ({ jobs }) => jobs.retryFailed(wrong)],
    ["purgeCompleted", ({ jobs }) => jobs.purgeCompleted(wrong)],
    ["purge", ({ jobs }) => jobs.purge({ status: "failed", ...wrong })],
    ["enqueueMany", ({ jobs }) => jobs.enqueueMany([], wrong)],
  ])("%s refuses an option that it does not know, which would else mean every queue", async (name, call) => {
    const app = aQueue();
    await app.jobs.enqueue(plain);

    await expect(call(app)).rejects.toMatchObject({
      code: "INVALID_OPTION",
      message: expect.stringContaining(`${name}'s option "queues"`),
    });
    expect(await app.jobs.queueStats()).toMatchObject({ pending: 1, total: 1 });
  });

  it("are no objects at all: that is told too", async () => {
    const { jobs } = aQueue();

    await expect(jobs.processQueue(null as never)).rejects.toMatchObject({ code: "INVALID_OPTION" }); // `as`: JavaScript
    await expect(jobs.list("pending" as never)).rejects.toMatchObject({ code: "INVALID_OPTION" }); // `as`: JavaScript
  });
});
