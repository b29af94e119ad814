// What a handler does with its context: sleep, and tell how far it is.

import { describe, expect, it } from "vitest";
import { defineJob } from "wheelwright";
import { aGate, type Handler, running } from "./a-running-job.ts";
import { anApp, START } from "./an-app.ts";

describe("context.sleep", () => {
  it("waits on the clock", async () => {
    const woke: number[] = [];
    const { advance, elapsed, result } = await running(async (context) => {
      await context.sleep("2s");
      woke.push(elapsed());
      await context.sleep({ milliseconds: 500 });
      woke.push(elapsed());
    });

    await advance("1m");
    await result;

    expect(woke).toEqual([2000, 2500]);
  });

  it.each([5, "soon", "-1s", undefined])("rejects %j, which is no duration", async (duration) => {
    const { find, result } = await running((context) => context.sleep(duration as string)); // `as`: what JavaScript lets through

    await result;

    expect(await find()).toMatchObject({ lastError: expect.stringContaining("no duration") });
  });

  it("rejects a sleep that ends after the last instant there is", async () => {
    const { find, result } = await running((context) => context.sleep("999999999999d"));

    await result;

    expect(await find()).toMatchObject({ lastError: expect.stringContaining("expected a valid Date") });
  });
});

describe("context.progress", () => {
  /** Runs one attempt that reports progress, and gives what was told of it and what is stored in the end. */
  async function reporting(perform: Handler) {
    const job = defineJob("Reporting", { maxRetries: 1 }, (_data, context) => perform(context));
    const { jobs, record } = anApp({ jobs: [job] });
    const events = record("progress");
    const { id } = await jobs.enqueue(job);
    await jobs.processQueue();
    return { events, stored: await jobs.find(id) };
  }

  it("R18 stores counts, percentage, status and message, and tells of each report", async () => {
    const { events, stored } = await reporting(async (context) => {
      await context.progress(1, 3, "reading");
      await context.progress(3, 3);
    });

    const last = { processed: 3, total: 3, percentage: 100, status: "completed", message: null };
    expect(stored?.progress).toEqual(last);
    expect(events).toEqual([
      expect.objectContaining({
        progress: { processed: 1, total: 3, percentage: 33, status: "processing", message: "reading" },
      }),
      expect.objectContaining({ progress: last }),
    ]);
  });

  it.each([
    [0, 0, 0, "processing"],
    [0, 7, 0, "processing"],
    [199, 200, 99, "processing"],
    [9, 3, 100, "completed"],
    [0.5, 1, 50, "processing"],
  ])("R18 calls %d of %d %d per cent, %s", async (processed, total, percentage, status) => {
    const { stored } = await reporting((context) => context.progress(processed, total));

    expect(stored?.progress).toMatchObject({ processed, total, percentage, status });
  });

  it.each([
    [-1, 2],
    [1, Number.NaN],
    [Number.POSITIVE_INFINITY, 1],
  ])("R18 rejects %d of %d", async (processed, total) => {
    const { stored, events } = await reporting((context) => context.progress(processed, total));

    expect(stored).toMatchObject({
      status: "failed",
      progress: null,
      lastError: expect.stringContaining("progress's"),
    });
    expect(events).toEqual([]);
  });

  it("R18 makes any message storable", async () => {
    const { stored } = await reporting((context) => context.progress(1, 2, `\u0000${"x".repeat(2000)}`));

    expect(stored?.progress?.message).toMatch(/^␀x{998}…$/);
  });

  it("R18 forgets the progress of an attempt when the next one begins", async () => {
    const job = defineJob("Twice", { maxRetries: 2 }, async (_data, context) => {
      if (context.attempt === 2) return;
      await context.progress(1, 2);
      throw new Error("no");
    });
    const { jobs, advance } = anApp({ jobs: [job] });
    const { id } = await jobs.enqueue(job);

    await jobs.processQueue();
    expect((await jobs.find(id))?.progress).toMatchObject({ processed: 1 });

    await advance("4s");
    await jobs.processQueue();
    expect((await jobs.find(id))?.progress).toBeNull();
  });

  it("R18 extends the lease, and ends the attempt when the lease is lost already", async () => {
    const { gate, open } = aGate();
    const { jobs, store, clock, find, result } = await running(
      async (context) => {
        await context.progress(1, 2);
        await gate;
        await context.progress(2, 2);
      },
      {},
      300,
    );
    const elsewhere = anApp({ jobs: [], store, clock });

    expect((await find())?.lockedUntil).toEqual(new Date(START.getTime() + 30_000));
    clock.set(new Date(START.getTime() + 30_000));
    await elsewhere.jobs.rescue();
    open();

    expect((await result).errors[0]).toMatch(/lease of job .+ was lost/);
    expect((await jobs.find((await find())?.id ?? ""))?.progress).toMatchObject({ processed: 1 });
  });
});
