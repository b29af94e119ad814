// How an outcome reaches the store: only while the claim holds the job, and again where the store failed.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineJob, type JobStore, type JobsOptions, MemoryJobStore } from "wheelwright";
import { aGate } from "./a-running-job.ts";
import { anApp, START, turn } from "./an-app.ts";
import { type Fault, failsTimes, faultStore } from "./fault-store.ts";

const plain = defineJob("Plain", {}, () => undefined);
const failing = defineJob("Failing", {}, () => {
  throw new Error("no paper");
});

describe("settle: who may", () => {
  it("R24 stores nothing of a worker that overran its lease, and all of its successor's (BM-020)", async () => {
    const gates = [aGate(), aGate()];
    const ended: string[] = [];
    const slow = defineJob("Slow", { baseDelay: 0 }, async (_data, context) => {
      await gates[context.attempt - 1]?.gate;
      ended.push(`attempt ${context.attempt}`);
    });
    const store = new MemoryJobStore();
    const first = anApp({ jobs: [slow], store, workerId: "first" });
    const second = anApp({ jobs: [slow], store, clock: first.clock, workerId: "second" });
    const lost = first.record("lost");
    const { id } = await first.jobs.enqueue(slow);

    const firstRun = first.jobs.processQueue();
    await turn();
    first.clock.set(new Date(START.getTime() + 31_000)); // It was paused: no heartbeat came through.
    const secondRun = second.jobs.processQueue();
    await turn();
    gates[0]?.open();
    const firstResult = await firstRun;
    const between = await second.jobs.find(id);
    gates[1]?.open();

    expect(firstResult).toEqual({
      processed: 0,
      failed: 1,
      skipped: 0,
      errors: [`Job ${id} (Slow): its claim was lost to another worker`],
    });
    expect(lost).toEqual([expect.objectContaining({ outcome: "completed" })]);
    expect(first.lines.at(-1)).toMatchObject({ level: "warn", message: expect.stringContaining("its claim was lost") });
    expect(between).toMatchObject({ status: "processing", lockedBy: "second", attempts: 2 });
    expect(await secondRun).toMatchObject({ processed: 1 });
    expect(await second.jobs.find(id)).toMatchObject({ status: "completed", attempts: 2 });
    expect(ended).toEqual(["attempt 1", "attempt 2"]);
  });

  it("BM-032 never shows a job as completed whose worker was killed before it settled", async () => {
    const { jobs, store, advance } = anApp({ jobs: [plain] });
    const { id } = await jobs.enqueue(plain, {}, { maxRetries: 1 });
    await store.claim({ limit: 1, now: START, workerId: "killed", leaseMs: 30_000 });

    await advance("30s");
    await jobs.processQueue();

    expect(await jobs.find(id)).toMatchObject({ status: "failed", lastError: "worker lost", completedAt: null });
  });

  it("BM-033 gives back, one by one, the claims of a worker that was killed after the first of ten", async () => {
    const { jobs, store, advance } = anApp({ jobs: [plain] });
    for (let count = 0; count < 10; count++) await jobs.enqueue(plain);
    const claims = await store.claim({ limit: 10, now: START, workerId: "killed", leaseMs: 30_000 });
    if (claims[0] !== undefined) await store.settle(claims[0], { type: "completed" }, { now: START });

    await advance("30s");

    expect(await jobs.rescue()).toBe(9);
    const waiting = await jobs.list({ status: "pending" });
    expect(waiting).toHaveLength(9);
    for (const job of waiting) expect(job).toMatchObject({ attempts: 1, lastError: "worker lost" });
  });
});

describe("settle: when the store fails", () => {
  it.each([
    ["before", 1],
    ["before", 5],
    ["after", 1],
    ["after", 5],
  ] as const)(
    "R26 tries again where a settle fails %s it took effect, %i times over, and applies it once (BM-037, BM-038)",
    async (fault, times) => {
      for (const [job, status] of [
        [plain, "completed"],
        [failing, "pending"],
      ] as const) {
        const inner = new MemoryJobStore();
        const { jobs, advance, record } = anApp({
          jobs: [job],
          store: faultStore(inner, failsTimes("settle", times, fault)),
        });
        const events = record("completed", "retried", "failed", "lost");
        const { id } = await jobs.enqueue(job);

        const processing = jobs.processQueue();
        await advance("10s");

        expect(await processing).toMatchObject(status === "completed" ? { processed: 1 } : { failed: 1 });
        expect(events).toHaveLength(1);
        expect(await inner.get(id)).toMatchObject({ status, attempts: 1, updatedAt: START });
        expect((await inner.get(id))?.runAt).toEqual(status === "completed" ? START : new Date(START.getTime() + 4000));
      }
    },
  );

  it("R26 leaves the job to the rescue when the store stays away, and never reports success", async () => {
    let away = true;
    const store = faultStore(new MemoryJobStore(), (method) => (away && method === "settle" ? "before" : null));
    const { jobs, advance, record, lines } = anApp({ jobs: [plain], store });
    const events = record("completed", "rescued", "retried");
    const { id } = await jobs.enqueue(plain);

    const processing = jobs.processQueue();
    await advance("10s");

    expect(await processing).toEqual({
      processed: 0,
      failed: 1,
      skipped: 0,
      errors: [`Job ${id} (Plain): its outcome could not be stored`],
    });
    expect(lines.at(-1)).toMatchObject({
      level: "error",
      message: expect.stringMatching(/the outcome \(completed\) could not be stored: settle: the connection was lost/),
      fields: { error: { code: "STORE_UNAVAILABLE" } },
    });
    expect(await jobs.find(id)).toMatchObject({ status: "processing" });

    away = false;
    await advance("20s");
    await jobs.rescue();
    expect(events.map(({ type }) => type)).toEqual(["rescued", "retried"]);
    await advance("4s");
    expect(await jobs.processQueue()).toMatchObject({ processed: 1 });
  });

  it("R26 logs the last of what kept the outcome from being stored, not the first", async () => {
    const inner = new MemoryJobStore();
    let tries = 0;
    inner.settle = () => Promise.reject(new Error(`try ${++tries}`));
    const { jobs, advance, lines } = anApp({ jobs: [plain], store: inner });
    await jobs.enqueue(plain);

    const processing = jobs.processQueue();
    await advance("10s");
    await processing;

    expect(lines.at(-1)?.message).toContain(`could not be stored: try ${tries}.`);
    expect(lines.at(-1)?.fields.error).toEqual(new Error(`try ${tries}`));
    expect(tries).toBeGreaterThan(1);
  });

  it("R26 tells the handler's own error where that could not be stored", async () => {
    const store = faultStore(new MemoryJobStore(), (method) => (method === "settle" ? "before" : null));
    const { jobs, advance } = anApp({ jobs: [failing], store });
    const { id } = await jobs.enqueue(failing);

    const processing = jobs.processQueue();
    await advance("10s");

    expect((await processing).errors).toEqual([`Job ${id} (Failing): no paper`]);
  });

  it("R26 does not hold the lease while it tries: a rescue may take over, and then the outcome is lost", async () => {
    const inner = new MemoryJobStore();
    const { jobs, advance, record, clock } = anApp({
      jobs: [plain],
      lease: "1s",
      store: faultStore(inner, failsTimes("settle", 4, "before")),
    });
    const elsewhere = anApp({ jobs: [plain], store: inner, clock });
    const events = record("completed", "lost");
    const { id } = await jobs.enqueue(plain);

    const processing = jobs.processQueue();
    await advance("1s");
    await elsewhere.jobs.rescue();
    await advance("10s");

    expect(await processing).toMatchObject({ processed: 0, failed: 1 });
    expect(events.map(({ type }) => type)).toEqual(["lost"]);
    expect(await jobs.find(id)).toMatchObject({ status: "pending", lastError: "worker lost" });
  });

  it("R26 takes a store that throws at once like one that rejects", async () => {
    let calls = 0;
    const inner = new MemoryJobStore();
    const store: JobStore = new Proxy(inner, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        if (name !== "settle") return member.bind(target);
        return (...args: Parameters<JobStore["settle"]>) => {
          if (calls++ === 0) throw new Error("not connected");
          return inner.settle(...args);
        };
      },
    });
    const { jobs, advance } = anApp({ jobs: [plain], store });
    await jobs.enqueue(plain);

    const processing = jobs.processQueue();
    await advance("1s");

    expect(await processing).toMatchObject({ processed: 1 });
  });

  it("R46 always waits between the tries, longer each time, jittered down to half, and for eight seconds at the most", async () => {
    const waits = [100, 400, 1600, 5000];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 20, maxLength: 20 }),
        async (numbers) => {
          let drawn = 0;
          const random: JobsOptions["random"] = () => numbers[drawn++ % numbers.length] ?? 0;
          const tries: number[] = [];
          const store = faultStore(new MemoryJobStore(), (method) => {
            if (method !== "settle") return null;
            tries.push(app.elapsed());
            return "before";
          });
          const app = anApp({ jobs: [plain], store, random, workerId: "w" });
          await app.jobs.enqueue(plain);

          const processing = app.jobs.processQueue();
          await app.advance("8s");
          await processing;

          expect(tries.slice(0, 2)).toEqual([0, 0]);
          expect(tries).toHaveLength(waits.length + 2);
          for (const [index, wait] of waits.entries()) {
            const waited = (tries[index + 2] ?? 0) - (tries[index + 1] ?? 0);
            expect(waited).toBeGreaterThanOrEqual(wait / 2);
            expect(waited).toBeLessThanOrEqual(wait);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it("R46 spreads the tries of many engines over the wait (BM-109)", async () => {
    const at = new Set<number>();
    for (let engine = 0; engine < 20; engine++) {
      let tries = 0;
      const store = faultStore(new MemoryJobStore(), (method) => {
        if (method !== "settle") return null;
        if (++tries === 6) at.add(app.elapsed());
        return "before";
      });
      const app = anApp({ jobs: [plain], store });
      await app.jobs.enqueue(plain);
      const processing = app.jobs.processQueue();
      await app.advance("8s");
      await processing;
    }

    expect(at.size).toBeGreaterThan(10);
  });
});

describe("whatever fails", () => {
  it("R26 never loses a job, nor calls one completed that was not performed, under any faults and rescues", async () => {
    const faults = fc.constantFrom<Fault>(null, null, "before", "after");
    const run = fc.record({
      jobs: fc.integer({ min: 1, max: 5 }),
      rounds: fc.integer({ min: 1, max: 6 }),
      faults: fc.infiniteStream(faults),
      deeds: fc.infiniteStream(fc.constantFrom("complete", "throw", "sleep")),
    });
    await fc.assert(
      fc.asyncProperty(run, async ({ jobs: count, rounds, faults, deeds }) => {
        let healed = false;
        const inner = new MemoryJobStore();
        const unruly = new Set(["claim", "settle", "extend", "expired", "due"]);
        const store = faultStore(inner, (method) =>
          !healed && unruly.has(method) ? (faults.next().value ?? null) : null,
        );
        const done = new Set<string>();
        const work = defineJob("Work", { maxRetries: 1000, baseDelay: 1, maxDelay: 8 }, async (_data, context) => {
          const deed: unknown = healed ? "complete" : deeds.next().value;
          if (deed === "sleep") await context.sleep("40s");
          if (deed === "throw") throw new Error("no");
          done.add(context.job.id);
        });
        const one = anApp({ jobs: [work], store });
        const two = anApp({ jobs: [work], store, clock: one.clock });
        const ids: string[] = [];
        for (let made = 0; made < count; made++) ids.push((await one.jobs.enqueue(work)).id);

        for (let round = 0; round < rounds; round++) {
          let isOver = false;
          const processing = [one, two].map(({ jobs }) => jobs.processQueue().catch(() => undefined));
          void Promise.all(processing).then(() => {
            isOver = true;
          });
          // One engine may have all the sleepers, one after the other.
          do await one.advance("2m");
          while (!isOver);
        }
        healed = true;
        for (let round = 0; round < 3; round++) {
          await one.advance("1m");
          await one.jobs.processQueue();
        }

        const rows = await inner.list({});
        expect(rows.map(({ id }) => id).sort()).toEqual(ids.sort());
        for (const row of rows) {
          expect(row).toMatchObject({ status: "completed", lockedBy: null, lockedUntil: null });
          expect(done.has(row.id)).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });
});
