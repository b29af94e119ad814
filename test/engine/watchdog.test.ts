// Heartbeats: they hold the lease while a handler runs, until its timeout.

import { describe, expect, it } from "vitest";
import { defineJob, MemoryJobStore } from "wheelwright";
import { running } from "./a-running-job.ts";
import { aWorker } from "./a-worker.ts";
import { anApp, START } from "./an-app.ts";
import { faultStore } from "./fault-store.ts";

describe("heartbeats", () => {
  it("R25 hold the lease of a handler of ten leases, whoever rescues meanwhile: one claim (BM-027)", async () => {
    const { jobs, store, clock, advance, find, record, result } = await running(
      (context) => context.sleep("5m"),
      {},
      3600,
    );
    const elsewhere = anApp({ jobs: [], store, clock });
    const rescued = record("rescued");

    for (let second = 0; second < 300; second++) {
      await advance("1s");
      expect(await elsewhere.jobs.rescue()).toBe(0);
    }

    expect(await result).toMatchObject({ processed: 1 });
    expect(await find()).toMatchObject({ status: "completed", attempts: 1 });
    expect(rescued).toEqual([]);
    expect(await jobs.queueStats()).toMatchObject({ total: 1 });
  });

  it("R25 lengthen the lease in time: two of them in a row may fail", async () => {
    let beats = 0;
    const store = faultStore(new MemoryJobStore(), (method) =>
      method === "extend" && ++beats % 3 !== 0 ? "before" : null,
    );
    const { advance, find, lines, result } = await running((context) => context.sleep("2m"), { store }, 3600);
    const elsewhere = anApp({ jobs: [], store });

    for (let second = 0; second < 120; second++) {
      await advance("1s");
      elsewhere.clock.set(new Date(START.getTime() + second * 1000 + 1000));
      expect(await elsewhere.jobs.rescue()).toBe(0);
    }

    expect(await result).toMatchObject({ processed: 1 });
    expect((await find())?.attempts).toBe(1);
    // Twelve beats, eight of them failing by twos: each two are told once.
    expect(lines.filter(({ message }) => message.startsWith("the lease could not be extended"))).toHaveLength(4);
  });

  it("R25 tell of the first that fails, with what was wrong, and of none more until one goes well", async () => {
    let isAway = true;
    const store = faultStore(new MemoryJobStore(), (method) => (method === "extend" && isAway ? "before" : null));
    const { advance, lines } = await running((context) => context.sleep("2m"), { store }, 3600);
    const told = () => lines.filter(({ message }) => message.startsWith("the lease could not be extended"));

    await advance("10s");
    expect(told()).toMatchObject([{ level: "warn", fields: { error: { code: "STORE_UNAVAILABLE" } } }]);

    await advance("10s");
    expect(told()).toHaveLength(1);

    isAway = false;
    await advance("10s");
    isAway = true;
    await advance("10s");
    expect(told()).toHaveLength(2);
  });

  it("R16 time out each of many handlers at its own deadline, whichever began first", async () => {
    const deaf = defineJob("Deaf", { maxRetries: 1 }, () => new Promise(() => undefined));
    const { jobs, advance, elapsed, worker } = await aWorker({ jobs: [deaf] }, { concurrency: 9 });
    const ends: (readonly [timeout: number, at: number])[] = [];
    jobs.on("failed", ({ job }) => ends.push([job.timeout, elapsed()]));
    for (const timeout of [7, 3, 5, 29, 2, 11]) await jobs.enqueue(deaf, {}, { timeout });

    await advance("1m");

    expect(ends.map(([timeout]) => timeout)).toEqual([2, 3, 5, 7, 11, 29]);
    const began = (ends[0]?.[1] ?? 0) - 2000;
    expect(ends.map(([timeout, at]) => at - timeout * 1000)).toEqual(ends.map(() => began));
    await worker.stop();
  });

  it("R25 end with the timeout, though the handler goes on", async () => {
    const extensions: number[] = [];
    const store = faultStore(new MemoryJobStore(), (method) => {
      if (method === "extend") extensions.push(app.elapsed());
      return null;
    });
    const deaf = defineJob("Deaf", { timeout: 25, maxRetries: 1 }, () => new Promise(() => undefined));
    const app = anApp({ jobs: [deaf], store });
    await app.jobs.enqueue(deaf);

    const processing = app.jobs.processQueue();
    await app.advance("5m");
    await processing;

    expect(extensions).toEqual([10_000, 20_000]);
  });

  it("R25 come every third of a lease, but not to a lease that began half of that ago", async () => {
    const names = new Map<string, string>();
    const extensions: string[] = [];
    const inner = new MemoryJobStore();
    const extend = inner.extend.bind(inner);
    inner.extend = (claim, at) => {
      extensions.push(`${names.get(claim.id)}@${elapsed() / 1000}`);
      return extend(claim, at);
    };
    const slow = defineJob("Slow", {}, (_data, context) => context.sleep("1m"));
    const { jobs, advance, elapsed, worker } = await aWorker({ jobs: [slow], store: inner }, { concurrency: 3 });
    names.set((await jobs.enqueue(slow)).id, "a");
    await advance("4s");
    names.set((await jobs.enqueue(slow)).id, "b");
    await advance("1s");
    names.set((await jobs.enqueue(slow)).id, "c");

    await advance("16s");

    expect(extensions).toEqual(["a@10", "b@10", "a@20", "b@20", "c@20"]);
    await Promise.all([worker.stop(), advance("1m")]);
  });

  it("R25 are spared a handler that tells its progress", async () => {
    const extensions: number[] = [];
    const store = faultStore(new MemoryJobStore(), (method) => {
      if (method === "extend") extensions.push(app.elapsed());
      return null;
    });
    const telling = defineJob("Telling", {}, async (_data, context) => {
      await context.sleep("8s");
      await context.progress(1, 2);
      await context.sleep("8s");
    });
    const app = anApp({ jobs: [telling], store });
    await app.jobs.enqueue(telling);

    const processing = app.jobs.processQueue();
    await app.advance("16s");
    await processing;

    expect(extensions).toEqual([8000]);
  });

  it("R25 stop a handler whose lease was lost while the store was away", async () => {
    let away = false;
    const inner = new MemoryJobStore();
    const store = faultStore(inner, (method) => (away && method === "extend" ? "before" : null));
    const { clock, advance, find, result } = await running((context) => context.sleep("5m"), { store }, 3600);
    const elsewhere = anApp({ jobs: [], store: inner, clock });

    away = true;
    await advance("30s");
    await elsewhere.jobs.rescue();
    away = false;
    await advance("10s");

    expect((await result).errors[0]).toMatch(/lease of job .+ was lost/);
    expect(await find()).toMatchObject({ status: "pending", attempts: 1, lastError: "worker lost" });
  });

  it("BM-023 need no lease longer than the timeout", async () => {
    const { advance, result } = await running((context) => context.sleep("4m"), { lease: "1s" }, 300);

    await advance("4m");

    expect(await result).toMatchObject({ processed: 1 });
  });

  it("leave no timer behind when the handlers are done and the app is closed", async () => {
    const { jobs, clock, advance, result } = await running((context) => context.sleep("15s"), {}, 60);
    await advance("15s");
    await result;

    await jobs.close();

    expect(clock.nextWakeAt()).toBeNull();
  });
});
