// No rejection is ever left to the process: since Node.js 15 one would end it, and every job with it.

import { describe, expect, it } from "vitest";
import { defineJob, type EnqueueEntry, Job, type JobContext, type Jobs, MemoryJobStore } from "wheelwright";
import { z } from "zod";
import { type App, type AppOptions, anApp, turn } from "./an-app.ts";
import { faultStore } from "./fault-store.ts";

/** What was left to the process while `work` ran. */
async function unhandledDuring(work: () => Promise<unknown>): Promise<readonly unknown[]> {
  const reasons: unknown[] = [];
  const note = (reason: unknown): void => void reasons.push(reason);
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection"); // The runner's, which would fail the run.
  process.on("unhandledRejection", note);
  try {
    await work();
    await turn();
    await turn();
  } finally {
    process.off("unhandledRejection", note);
    for (const other of others) process.on("unhandledRejection", other);
  }
  return reasons;
}

/** Performs one attempt, for as long as its timeout of 5 s lets it, and then some. */
async function perform(handler: (context: JobContext) => unknown, options: Partial<AppOptions> = {}): Promise<App> {
  const job = defineJob("Job", { timeout: 5, maxRetries: 2 }, (_data, context) => handler(context));
  const app = anApp({ jobs: [job], ...options });
  await app.jobs.enqueue(job);
  const processing = app.jobs.processQueue();
  await app.advance("6s");
  await processing;
  return app;
}

const later = async (): Promise<never> => {
  await turn();
  throw new Error("later");
};
const rejecting = z.object({ n: z.number().refine(() => turn().then(() => false)) });
const checked = defineJob("Checked", { schema: rejecting }, () => undefined);
const plain = defineJob("Plain", {}, () => undefined);

/** Enqueues that are refused, each by what stands first. */
const refused = (enqueue: (jobs: Jobs) => Promise<unknown>) => async (): Promise<void> => {
  const { jobs } = anApp({ jobs: [checked, plain] });
  await expect(enqueue(jobs)).rejects.toThrow();
};

describe("unhandledDuring", () => {
  it("finds what is left to the process", async () => {
    expect(await unhandledDuring(async () => void Promise.reject("left"))).toEqual(["left"]);
  });
});

describe("the process", () => {
  it.each<[string, () => Promise<unknown>]>([
    ["a handler that throws at once", () => perform(() => expect.fail("at once"))],
    ["a handler that throws after its timeout", () => perform(async ({ sleep }) => sleep("1h").catch(() => later()))],
    [
      "a sleep nobody waits for, when the attempt ends",
      () =>
        perform(async ({ sleep }) => {
          void sleep("1h");
          await new Promise(() => undefined);
        }),
    ],
    [
      "a sleep nobody waits for, after the attempt",
      () =>
        perform(async ({ sleep }) => {
          await sleep("1h").catch(() => undefined);
          void sleep("1h");
        }),
    ],
    [
      "a progress nobody waits for, after the attempt",
      () =>
        perform(async ({ sleep, progress }) => {
          await sleep("1h").catch(() => undefined);
          void progress(1, 2);
        }),
    ],
    [
      "a progress nobody waits for that the store refuses",
      () =>
        perform(({ progress }) => void progress(1, 2), {
          store: faultStore(new MemoryJobStore(), (method) => (method === "extend" ? "before" : null)),
        }),
    ],
    [
      "heartbeats that fail",
      () =>
        perform(({ sleep }) => sleep("4s"), {
          lease: "1s",
          store: faultStore(new MemoryJobStore(), (method) => (method === "extend" ? "before" : null)),
        }),
    ],
    [
      "settles that fail",
      () =>
        perform(() => undefined, {
          store: faultStore(new MemoryJobStore(), (method, earlier) =>
            method === "settle" && earlier < 3 ? "before" : null,
          ),
        }),
    ],
    [
      "a listener that rejects",
      async () => {
        const { jobs } = anApp({ jobs: [plain] });
        jobs.on("enqueued", later);
        jobs.on("completed", later);
        await jobs.enqueue(plain);
        await jobs.processQueue();
      },
    ],
    [
      "a logger that rejects",
      () => perform(() => undefined, { logger: { debug: later, info: later, warn: later, error: later } }),
    ],
    [
      "a carry.restore that lets go of the job's end",
      () => perform(later, { carry: { capture: () => 1, restore: (_value, run) => void run() } }),
    ],
    [
      "a carry.restore that throws beside a job that rejects",
      () => perform(later, { carry: { capture: () => 1, restore: (_value, run) => [run(), expect.fail("restore")] } }),
    ],
    [
      "a create that gives a promise",
      async () => {
        const { jobs } = anApp({ jobs: [plain], create: later as never }); // `as`: what JavaScript lets through
        await expect(jobs.enqueue(plain)).rejects.toThrow();
      },
    ],
    [
      "a backoff that rejects",
      async () => {
        const job = defineJob("Job", { backoff: later as never }, () => expect.fail("no")); // `as`: as above
        const { jobs } = anApp({ jobs: [job] });
        await jobs.enqueue(job);
        await jobs.processQueue();
      },
    ],
    [
      "data that JSON and an asynchronous schema both refuse",
      refused((jobs) => jobs.enqueue(checked, { n: 1n as never })),
    ], // `as`: as above
    [
      "options and an asynchronous schema that both refuse",
      refused((jobs) => jobs.enqueue(checked, { n: 1 }, { priority: 1.5 })),
    ],
    [
      "several refusals of one enqueueMany",
      refused((jobs) =>
        jobs.enqueueMany([
          [checked, { n: 1 }],
          [checked, { n: 2 }],
          [plain, {}, { priority: 1.5 }],
        ] as EnqueueEntry[]),
      ),
    ], // `as`: as above
    [
      "an asynchronous schema at enqueueSync",
      async () => {
        const { jobs } = anApp({ jobs: [checked] });
        expect(() => jobs.enqueueSync(checked, { n: 1 })).toThrow(/asynchronous/);
      },
    ],
    [
      "an async config()",
      async () => {
        class AsyncJob extends Job {
          perform(): void {}
        }
        Object.defineProperty(AsyncJob.prototype, "config", { value: later }); // What the compiler would refuse.
        expect(() => anApp({ jobs: [AsyncJob] })).toThrow(/config\(\) is async/);
      },
    ],
  ])("BM-082 is left no rejection by %s", async (_what, work) => {
    expect(await unhandledDuring(work)).toEqual([]);
  });
});
