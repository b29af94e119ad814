// What comes of an attempt: how often a job is tried, and how a handler has a say in it.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DiscardJob, defineJob, type JobRecord, RetryJob } from "wheelwright";
import { decide, isUsableBackoff } from "../../src/engine/decide.ts";
import { MAX_BACKOFF_SECONDS } from "../../src/job/backoff.ts";
import { brand } from "../../src/job/brand.ts";
import { aRow } from "./a-row.ts";
import { anApp, START } from "./an-app.ts";

const { idGiven: _, uniqueWhile: __, ...row } = aRow({ jobClass: "SendEmailJob" });
const none = { lastError: null, completedAt: null, failedAt: null, lockedBy: null, lockedUntil: null, progress: null };
const aRunningJob: JobRecord = {
  ...row,
  ...none,
  data: {},
  carried: null,
  seq: 1,
  status: "processing",
  attempts: 1,
  createdAt: START,
  updatedAt: START,
  startedAt: START,
};

/** Ways for an attempt to fail. `crash`: its worker claims the job and is never heard of again. */
const ways = fc.constantFrom("throw", "reject", "time out", "throw another kind", "crash");

class OtherError extends TypeError {}

describe("attempts", () => {
  it("R20 always performs exactly maxRetries times, however each attempt fails (BM-069, BM-070, BM-075)", async () => {
    const plans = fc
      .integer({ min: 1, max: 6 })
      .chain((maxRetries) =>
        fc.tuple(fc.constant(maxRetries), fc.array(ways, { minLength: maxRetries, maxLength: maxRetries })),
      );
    await fc.assert(
      fc.asyncProperty(plans, async ([maxRetries, plan]) => {
        const starts: number[] = [];
        const failing = defineJob("Failing", { maxRetries, timeout: 60 }, async (_data, context) => {
          starts.push(context.attempt);
          const way = plan[context.attempt - 1];
          if (way === "time out") await context.sleep("1h");
          if (way === "reject") return Promise.reject(`attempt ${context.attempt}`);
          throw way === "throw" ? new Error("no") : new OtherError(`attempt ${context.attempt}`);
        });
        const { jobs, store, advance, clock } = anApp({ jobs: [failing] });
        const { id } = await jobs.enqueue(failing);

        for (let attempt = 1; attempt <= maxRetries + 2; attempt++) {
          await advance("2h");
          if (plan[attempt - 1] === "crash") {
            await store.claim({ id, limit: 1, now: clock.now(), workerId: "dead", leaseMs: 1000 });
            await advance("1m");
            await jobs.rescue();
          } else {
            const processing = jobs.processQueue();
            await advance("1h");
            await processing;
          }
        }

        expect(starts).toEqual(plan.flatMap((way, index) => (way === "crash" ? [] : [index + 1])));
        expect(await jobs.find(id)).toMatchObject({
          status: "failed",
          attempts: maxRetries,
          failedAt: expect.any(Date),
        });
      }),
      { numRuns: 50 },
    );
  });

  it("R20 always stops at the first attempt that completes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        async (maxRetries, succeedsAt) => {
          let starts = 0;
          const flaky = defineJob("Flaky", { maxRetries }, () => {
            if (++starts < succeedsAt) throw new Error("not yet");
          });
          const { jobs, advance } = anApp({ jobs: [flaky] });
          const { id } = await jobs.enqueue(flaky);

          for (let round = 0; round < 8; round++) {
            await jobs.processQueue();
            await advance("2h");
          }

          expect(starts).toBe(Math.min(maxRetries, succeedsAt));
          expect((await jobs.find(id))?.status).toBe(succeedsAt <= maxRetries ? "completed" : "failed");
        },
      ),
      { numRuns: 40 },
    );
  });

  it("BM-045 leaves the same row behind, but for the reason, whether an attempt threw, timed out or was lost", async () => {
    const rows: unknown[] = [];
    for (const way of ["throw", "time out", "crash"] as const) {
      const failing = defineJob("Failing", { maxRetries: 1, timeout: 30 }, async (_data, context) => {
        await context.sleep("30s").catch(() => undefined);
        throw new Error("no");
      });
      const { jobs, store, advance } = anApp({ jobs: [failing] });
      const { id } = await jobs.enqueue(failing, {}, way === "throw" ? { timeout: 31, id: "j" } : { id: "j" });
      if (way === "crash") await store.claim({ limit: 1, now: START, workerId: "dead", leaseMs: 30_000 });
      const processing = jobs.processQueue();
      await advance("30s");
      await processing;
      await jobs.processQueue();
      const { lastError, timeout, ...row } = (await jobs.find(id)) as JobRecord; // `as`: it was never deleted
      expect([lastError, timeout]).not.toContain(null);
      rows.push(row);
    }

    expect(rows[0]).toMatchObject({ status: "failed", attempts: 1, failedAt: new Date(START.getTime() + 30_000) });
    expect(rows[1]).toEqual(rows[0]);
    expect(rows[2]).toEqual(rows[0]);
  });
});

describe("DiscardJob and RetryJob", () => {
  it("R23 fails at once for DiscardJob, the attempt counted and its reason kept", async () => {
    const stale = defineJob("Stale", {}, () => {
      throw new DiscardJob("order was deleted");
    });
    const { jobs } = anApp({ jobs: [stale] });
    const { id } = await jobs.enqueue(stale);

    await jobs.processQueue();

    expect(await jobs.find(id)).toMatchObject({
      status: "failed",
      attempts: 1,
      lastError: "order was deleted",
      failedAt: START,
    });
  });

  it("R23 waits as long as RetryJob says, and counts the attempt like any other", async () => {
    const busy = defineJob("Busy", { maxRetries: 2 }, () => {
      throw new RetryJob({ in: "90s", reason: "rate limited" });
    });
    const { jobs, advance } = anApp({ jobs: [busy] });
    const { id } = await jobs.enqueue(busy);

    await jobs.processQueue();
    expect(await jobs.find(id)).toMatchObject({
      status: "pending",
      attempts: 1,
      lastError: "rate limited",
      runAt: new Date(START.getTime() + 90_000),
    });

    await advance("90s");
    await jobs.processQueue();
    expect(await jobs.find(id)).toMatchObject({ status: "failed", attempts: 2 });
  });

  it("R23 knows their subclasses, and keeps a wait inside the years that a store can hold", async () => {
    class Gone extends DiscardJob {}
    class MuchLater extends RetryJob {}
    const gone = defineJob("Gone", {}, () => Promise.reject(new Gone("gone")));
    const later = defineJob("Later", {}, () => Promise.reject(new MuchLater({ in: "99999999d" })));
    const { jobs } = anApp({ jobs: [gone, later] });
    const ids = [(await jobs.enqueue(gone)).id, (await jobs.enqueue(later)).id];

    await jobs.processQueue();

    expect(await jobs.find(ids[0] ?? "")).toMatchObject({ status: "failed" });
    expect(await jobs.find(ids[1] ?? "")).toMatchObject({
      status: "pending",
      runAt: new Date("9999-12-31T23:59:59.999Z"),
    });
  });

  it.each([["5"], [-1], [Number.NaN], [null], [undefined], [true]])(
    "R23 leaves the wait to the backoff where what is thrown for a retry says %j",
    (delayMs) => {
      expect(decide(aRunningJob, { type: "error", error: asRetryJob(delayMs) }, () => 7, START)).toMatchObject({
        runAt: new Date(START.getTime() + 7000),
      });
    },
  );

  it("R23 asks no other error how long to wait, whatever its properties are called", () => {
    const error = Object.assign(new Error("busy"), { delayMs: 1 });

    expect(decide(aRunningJob, { type: "error", error }, () => 7, START)).toMatchObject({
      runAt: new Date(START.getTime() + 7000),
    });
  });

  it("R25 hands back what a shutdown stopped, on the last attempt too", () => {
    const last = { ...aRunningJob, attempts: 3, maxRetries: 3 };

    expect(decide(last, { type: "stopped", error: new Error("stopped") }, () => 7, START)).toEqual({
      type: "released",
    });
  });

  it("R23 tries again at once where that is asked for", () => {
    expect(decide(aRunningJob, { type: "error", error: new RetryJob({ in: "0s" }) }, () => 7, START)).toMatchObject({
      runAt: START,
    });
  });
});

describe("isUsableBackoff", () => {
  it.each([0, 0.001, 5, MAX_BACKOFF_SECONDS])("R21 takes %s", (seconds) => {
    expect(isUsableBackoff(seconds)).toBe(true);
  });

  it.each([-0.001, MAX_BACKOFF_SECONDS + 1, Number.NaN, Number.POSITIVE_INFINITY, "5", [5], null, undefined, true])(
    "R21 refuses %j",
    (seconds) => {
      expect(isUsableBackoff(seconds)).toBe(false);
    },
  );
});

/** What another copy of this package may have thrown: known by its brand alone. */
function asRetryJob(delayMs: unknown): object {
  const thrown = { delayMs };
  brand(thrown, "retry-job");
  return thrown;
}
