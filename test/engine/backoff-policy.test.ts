// How long a job waits after a failed attempt: by the formula, or by its class's own word where that can be waited for.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineJob, exponentialBackoff, Job, type JobRecord } from "wheelwright";
import { decide } from "../../src/engine/decide.ts";
import { always } from "../always.ts";
import { aRow } from "./a-row.ts";
import { type AppOptions, anApp, START } from "./an-app.ts";

describe("backoff", () => {
  /** How long a job waits after each of its failed attempts, in milliseconds. */
  async function waits(options: Parameters<typeof defineJob>[1], app: Partial<AppOptions> = {}): Promise<number[]> {
    const failing = defineJob("Failing", options as object, () => {
      throw new Error("no");
    });
    const { jobs, record, advance } = anApp({ jobs: [failing], ...app });
    const retried = record("retried");
    await jobs.enqueue(failing);
    for (let round = 0; round < 12; round++) {
      await jobs.processQueue();
      await advance("40000d");
    }
    return retried.map((event) => (event.type === "retried" ? event.runAt.getTime() - event.at.getTime() : Number.NaN));
  }

  it("R21 waits 4, 8, 16, 32 … seconds with the defaults, and an hour at the most (BM-065)", async () => {
    const seconds = [4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600];

    expect(await waits({ maxRetries: 12 })).toEqual(seconds.map((each) => each * 1000));
  });

  it("R21 takes baseDelay and maxDelay of the class, else createJobs' defaults, and lets maxDelay below baseDelay win (BM-067)", async () => {
    expect(await waits({ maxRetries: 4, baseDelay: 0.002, maxDelay: 0.01 })).toEqual([4, 8, 10]);
    expect(await waits({ maxRetries: 4 }, { defaults: { baseDelay: 10, maxDelay: 50 } })).toEqual([
      20_000, 40_000, 50_000,
    ]);
    expect(await waits({ maxRetries: 3, baseDelay: 60, maxDelay: 5 })).toEqual([5000, 5000]);
    expect(await waits({ maxRetries: 3, baseDelay: 0 })).toEqual([0, 0]);
  });

  it("R21 never makes a runAt that is before the failure, after the year 9999 or no instant, for any attempt and delays (BM-062, BM-063)", () => {
    const odd = fc.oneof(fc.constantFrom(0, 1, 1e3, 1e15, Number.MAX_SAFE_INTEGER), fc.double({ min: 0, noNaN: true }));
    const attempts = fc.oneof(
      fc.constantFrom(1, 46, 47, 310, 1022, 1023, 1024, 1025, 1e6, 2 ** 31),
      fc.integer({ min: 1, max: 70 }),
    );
    always(
      fc.property(attempts, odd, odd, (attempts, baseDelay, maxDelay) => {
        const job = { attempts, maxRetries: 2 ** 40 } as JobRecord; // `as`: decide looks at nothing else
        const policy = (attempt: number): number => exponentialBackoff(attempt, baseDelay, maxDelay);

        const outcome = decide(job, { type: "error", error: "no" }, policy, START);

        expect(outcome.type).toBe("retry");
        const waitMs = outcome.type === "retry" ? outcome.runAt.getTime() - START.getTime() : Number.NaN;
        expect(Number.isInteger(waitMs)).toBe(true);
        expect(waitMs).toBeGreaterThanOrEqual(0);
        expect(waitMs).toBeLessThanOrEqual(Math.round(maxDelay * 1000));
        expect(outcome.type === "retry" && outcome.runAt.getUTCFullYear()).toBeLessThanOrEqual(9999);
      }),
    );
  });

  it("R21 asks an override, with the attempt's number and the error, and takes it to the millisecond", async () => {
    const asked: unknown[] = [];
    const backoff = (attempt: number, error: unknown): number => {
      asked.push([attempt, (error as Error).message]); // `as`: the job throws errors
      return attempt * 1.2345;
    };

    expect(await waits({ maxRetries: 3, backoff })).toEqual([1235, 2469]);
    expect(asked).toEqual([
      [1, "no"],
      [2, "no"],
    ]);
  });

  it.each<[string, () => unknown, string]>([
    ["NaN", () => Number.NaN, "gave NaN"],
    ["a negative number", () => -1, "gave -1"],
    ["Infinity", () => Number.POSITIVE_INFINITY, "gave Infinity"],
    ["a text", () => "5s", 'gave "5s"'],
    ["nothing", () => undefined, "gave undefined"],
    ["a promise", async () => 5, "gave Promise {"],
    ["a promise that rejects (BM-082)", () => Promise.reject(new Error("later")), "gave Promise {"],
    [
      "an error",
      () => {
        throw new Error("no idea");
      },
      'threw "no idea"',
    ],
  ])(
    "R21 falls back to the formula with the class's delays, and logs it, when an override gives %s",
    async (_what, backoff, told) => {
      const options = { baseDelay: 3, maxDelay: 5, backoff: backoff as () => number }; // `as`: what JavaScript lets through
      const failing = defineJob("Failing", options, () => {
        throw new Error("no");
      });
      const { jobs, lines } = anApp({ jobs: [failing] });
      const { id } = await jobs.enqueue(failing);

      await jobs.processQueue();

      expect((await jobs.find(id))?.runAt).toEqual(new Date(START.getTime() + 5000));
      const warned = lines.find(({ level }) => level === "warn")?.message;
      expect(warned).toMatch(/; the usual formula is used$/);
      expect(warned).toContain(`Failing.backoff(1) ${told}`);
    },
  );

  it("R21 takes the default delays where an attempt spoilt those of its instance", async () => {
    class SpoiltJob extends Job {
      override baseDelay = 30;
      override backoff(): number {
        return Number.NaN;
      }
      perform(): void {
        this.baseDelay = -1;
        throw new Error("no");
      }
    }
    const { jobs } = anApp({ jobs: [SpoiltJob] });
    const { id } = await jobs.enqueue(SpoiltJob);

    await jobs.processQueue();

    expect(await jobs.find(id)).toMatchObject({ lastError: "no", runAt: new Date(START.getTime() + 4000) });
  });

  it("R21 says nothing of the backoff of a class that is unknown", async () => {
    const { jobs, store, lines } = anApp({ jobs: [], defaults: { baseDelay: 5 } });
    await store.insert([aRow({ jobClass: "Gone" })], { now: START });

    await jobs.processQueue();

    expect(await jobs.list()).toMatchObject([{ status: "pending", runAt: new Date(START.getTime() + 10_000) }]);
    expect(lines.filter(({ message }) => message.includes("backoff"))).toEqual([]);
  });

  it("BM-072 asks the override after a throw, a timeout and a lost worker alike", async () => {
    const asked: string[] = [];
    const backoff = (_attempt: number, error: unknown): number => {
      asked.push((error as Error).message); // `as`: each of the three is an Error
      return 7;
    };
    const own = defineJob("Own", { maxRetries: 9, timeout: 5, backoff }, async (_data, context) => {
      if (context.attempt === 1) throw new Error("thrown");
      await context.sleep("1h");
    });
    const { jobs, store, advance, record, clock } = anApp({ jobs: [own] });
    const retried = record("retried");
    const { id } = await jobs.enqueue(own);

    for (let round = 0; round < 2; round++) {
      const processing = jobs.processQueue();
      await advance("5s");
      await processing;
      await advance("7s");
    }
    await store.claim({ id, limit: 1, now: clock.now(), workerId: "dead", leaseMs: 1000 });
    await advance("1s");
    await jobs.rescue();

    expect(asked).toEqual(["thrown", "timed out after 5 seconds", "worker lost"]);
    for (const event of retried)
      expect(event.type === "retried" && event.runAt.getTime() - event.at.getTime()).toBe(7000);
  });
});
