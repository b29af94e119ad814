// Several engines on one store, played through many interleavings: each job is held by one of them at a time.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineJob, type JobStore, MemoryJobStore, TestClock } from "wheelwright";
import { anApp, START } from "./an-app.ts";

describe("several engines", () => {
  it("R12 never perform one job twice at once, however their calls interleave (BM-001, BM-004)", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 2, max: 4 }),
        async (scheduler, count, engines) => {
          const inner = new MemoryJobStore();
          const clock = new TestClock(START);
          const starts: string[] = [];
          const running = new Set<string>();
          const job = defineJob("Watched", {}, async (_data, context) => {
            const { id } = context.job;
            if (running.has(id)) throw new Error(`${id} runs already`);
            running.add(id);
            starts.push(id);
            await scheduler.schedule(Promise.resolve(), "handler");
            running.delete(id);
          });
          const seed = anApp({ jobs: [job], store: inner, clock });
          for (let made = 0; made < count; made++) await seed.jobs.enqueue(job);

          const apps = Array.from({ length: engines }, () =>
            anApp({ jobs: [job], store: scheduled(inner, scheduler), clock }),
          );
          const processing = apps.map(({ jobs }) => jobs.processQueue());
          const [results] = await Promise.all([Promise.all(processing), scheduler.waitFor(Promise.all(processing))]);

          expect(new Set(starts).size).toBe(count);
          expect(starts).toHaveLength(count);
          expect(results.flatMap(({ errors }) => errors)).toEqual([]);
          expect(results.reduce((sum, { processed }) => sum + processed, 0)).toBe(count);
          for (const stored of await inner.list({})) expect(stored).toMatchObject({ status: "completed", attempts: 1 });
        },
      ),
    );
  });

  it("R12 count the attempt, the worker, the lease and the start in the claim itself", async () => {
    const seen: unknown[] = [];
    const looking = defineJob("Looking", {}, async (_data, context) => {
      seen.push(await jobs.find(context.job.id));
    });
    const { jobs } = anApp({ jobs: [looking], workerId: "w-1", lease: "45s" });
    await jobs.enqueue(looking);

    await jobs.processQueue();

    expect(seen).toEqual([
      expect.objectContaining({
        status: "processing",
        attempts: 1,
        lockedBy: "w-1",
        lockedUntil: new Date(START.getTime() + 45_000),
        startedAt: START,
        updatedAt: START,
      }),
    ]);
  });

  it("R12 give every claim a token of its own, so an outcome of the one before changes nothing (BM-002)", async () => {
    const flaky = defineJob("Flaky", { baseDelay: 0 }, () => {
      throw new Error("again");
    });
    const { jobs, store } = anApp({ jobs: [flaky], workerId: "same" });
    const { id } = await jobs.enqueue(flaky);
    const request = { id, limit: 1, now: START, workerId: "same", leaseMs: 30_000 };
    const [first] = await store.claim(request);
    if (first === undefined) throw new Error("nothing was claimed");
    await store.settle(first, { type: "retry", runAt: START, error: "again" }, { now: START });
    const [second] = await store.claim(request);

    expect(second?.token).not.toBe(first.token);
    expect(await store.settle(first, { type: "completed" }, { now: START })).toBe("lost");
    expect(await store.extend(first, { now: START, leaseMs: 30_000 })).toBe("lost");
    expect(await jobs.find(id)).toMatchObject({ status: "processing", attempts: 2 });
  });
});

/** Every call of the store waits for the scheduler before it takes effect, and again before its answer is seen. */
function scheduled(inner: JobStore, scheduler: fc.Scheduler): JobStore {
  return new Proxy(inner, {
    get(target, name) {
      if (name === "insertSync") return undefined;
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return async (...args: unknown[]) => {
        await scheduler.schedule(Promise.resolve(), `${String(name)} begins`);
        const answer: unknown = await member.apply(inner, args);
        return scheduler.schedule(Promise.resolve(answer), `${String(name)} ends`);
      };
    },
  });
}
