// The async context of a handler: clean, whoever enqueues or drains it, and its own.

import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import { defineJob, type Jobs } from "wheelwright";
import { createTestKit } from "wheelwright/testing";
import { type App, anApp, turn } from "./an-app.ts";

describe("perform: the async context", () => {
  const request = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  // As tracers do: the value is there for whatever runs after, in the same context.
  const entering = defineJob("Entering", {}, (data: { value: string }) => {
    seen.push(request.getStore());
    request.enterWith(data.value);
  });
  const enteringLate = defineJob("EnteringLate", {}, async (data: { value: string }) => {
    seen.push(request.getStore());
    request.enterWith(data.value);
    await turn();
    request.enterWith(`${data.value}, later`);
  });

  async function enqueueAll(jobs: Jobs): Promise<void> {
    for (const value of ["a", "b", "c"])
      await jobs.enqueueMany([
        [entering, { value }],
        [enteringLate, { value }],
      ]);
  }

  it("R17 starts every attempt in a clean async context, whoever enqueues or drains it", async () => {
    const seen: unknown[] = [];
    const looking = defineJob("Looking", {}, async () => {
      seen.push(request.getStore());
      await turn();
      seen.push(request.getStore());
    });
    const { jobs } = anApp({ jobs: [looking] });

    await request.run("enqueuing", () => jobs.enqueue(looking));
    await request.run("draining", () => jobs.processQueue());
    await request.run("enqueuing", () => jobs.enqueue(looking));
    await request.run("draining", () => jobs.processNext());

    expect(seen).toEqual([undefined, undefined, undefined, undefined]);
  });

  it.each<[string, (app: App) => Promise<unknown>]>([
    ["processQueue", ({ jobs }) => jobs.processQueue()],
    [
      "processNext, time after time",
      async ({ jobs }) => {
        while (await jobs.processNext());
      },
    ],
    ["processNext, all at once", ({ jobs }) => Promise.all([1, 2, 3, 4, 5, 6].map(() => jobs.processNext()))],
    [
      "a kit's drain",
      async ({ jobs }) => {
        const kit = await createTestKit({ app: jobs });
        await kit.run(() => enqueueAll(jobs));
        await kit.drain();
        await kit.dispose();
      },
    ],
  ])("R17 keeps what one handler does to its context from the jobs after it: %s", async (_loop, drain) => {
    const app = anApp({ jobs: [entering, enteringLate] });
    seen.length = 0;
    await enqueueAll(app.jobs);

    await drain(app);
    seen.push(request.getStore());

    expect(seen).toEqual(Array.from({ length: 7 }, () => undefined));
  });

  it("R17 lets a handler run a queue itself: inner jobs see nothing of the outer, and the outer goes on as it was (BM-241)", async () => {
    const seen: unknown[] = [];
    const inner = defineJob("Inner", { queue: "inner" }, (_data, context) => {
      seen.push(["inner", request.getStore(), context.job.jobClass]);
    });
    const outer = defineJob("Outer", { queue: "outer" }, async (_data, context) => {
      await request.run("outer", async () => {
        await inner.enqueue();
        await jobs.processQueue({ queue: "inner" });
        seen.push(["outer", request.getStore(), context.job.jobClass]);
        await outer.enqueueIn(60);
      });
    });
    const { jobs } = anApp({ jobs: [inner, outer] });
    await jobs.enqueue(outer);

    expect(await jobs.processQueue({ queue: "outer" })).toMatchObject({ processed: 1 });

    expect(seen).toEqual([
      ["inner", undefined, "Inner"],
      ["outer", "outer", "Outer"],
    ]);
    expect(await jobs.queueStats()).toMatchObject({ completed: 2, pending: 1 });
  });

  it("R17 gives a handler's enqueues the Jobs that runs it, not the process default", async () => {
    const child = defineJob("Child", {}, () => undefined);
    const parent = defineJob("Parent", {}, () => child.enqueue());
    const standard = anApp({ jobs: [child] });
    const own = anApp({ jobs: [child, parent] });
    standard.jobs.useAsDefault();
    await own.jobs.enqueue(parent);

    await own.jobs.processQueue();

    expect(await own.jobs.list({ jobClass: "Child" })).toHaveLength(1);
    expect(await standard.jobs.list()).toEqual([]);
    await standard.jobs.close();
  });
});
