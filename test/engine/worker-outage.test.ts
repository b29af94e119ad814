// A worker whose store is away, slow or silent, in virtual time: it keeps on, tells it once, and loses nothing (R26, R46).

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineJob, type JobContext, MemoryJobStore, ShutdownError, StoreUnavailableError } from "wheelwright";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { aWorker } from "./a-worker.ts";
import { anApp, START, turn } from "./an-app.ts";
import { type FaultPlan, faultStore } from "./fault-store.ts";

const THOROUGH = process.env.TEST_THOROUGH === "1";

function aJob(perform: (context: JobContext) => unknown = () => undefined) {
  return defineJob("Job", {}, (_data, context) => perform(context));
}

describe("a worker without its store", () => {
  it("BM-108 keeps trying for an hour, tells it once each way, and goes on when it is back", async () => {
    const tries: number[] = [];
    let away = false;
    const store = faultStore(new MemoryJobStore(), (method) => {
      if (away && method === "claim") tries.push(app.elapsed());
      return away ? "before" : null;
    });
    const app = anApp({ jobs: [aJob()], store, random: seededRandom("an hour") });
    const worker = app.jobs.worker();
    await worker.start();
    await app.advance("1m");

    away = true;
    await app.advance("1h");
    away = false;
    const waits = tries.slice(8).map((at, index) => at - (tries[index + 7] ?? 0));
    await app.advance("20s");

    // Bounded: fifteen seconds at the most; jittered: no two waits in ten the same.
    expect(Math.max(...waits)).toBeLessThanOrEqual(15_000);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(7500);
    expect(new Set(waits).size).toBeGreaterThan(waits.length / 2);
    const told = app.lines.filter(({ message }) => message.includes("store"));
    expect(told.map(({ level, message }) => `${level}: ${message.replace(/worker-\w+/, "it")}`)).toEqual([
      "error: it cannot reach its store and keeps trying: claim: the connection was lost",
      "error: it cannot reach its store and keeps trying: expired: the connection was lost",
      expect.stringMatching(/^warn: it reaches its store again, after (1h|59m)/),
    ]);
    await worker.stop();
  });

  it("runs within 15 s what another process has enqueued as the store came back", async () => {
    let away = true;
    const inner = new MemoryJobStore();
    const ran: number[] = [];
    const job = aJob(() => ran.push(app.elapsed()));
    const app = anApp({
      jobs: [job],
      store: faultStore(inner, () => (away ? "before" : null)),
      random: seededRandom("back"),
    });
    const worker = app.jobs.worker();
    await worker.start();
    await app.advance("10m");

    away = false;
    const elsewhere = anApp({ jobs: [job], store: inner, clock: app.clock });
    await elsewhere.jobs.enqueue(job);
    await app.advance("15s");

    expect(ran).toHaveLength(1);
    await worker.stop();
  });

  it("BM-094 starts without it, and works as soon as it is there", async () => {
    let away = true;
    const ran: string[] = [];
    const job = aJob(() => ran.push("ran"));
    const { jobs, worker, advance } = await aWorker({
      jobs: [job],
      store: faultStore(new MemoryJobStore(), () => (away ? "before" : null)),
    });
    await advance("1m");

    away = false;
    await jobs.enqueue(job);
    await advance("1s");

    expect(ran).toEqual(["ran"]);
    await worker.stop();
  });

  it("BM-064 waits no longer and no shorter after two thousand failures than after ten", async () => {
    let away = true;
    const tries: number[] = [];
    const ran: string[] = [];
    const job = aJob(() => ran.push("ran"));
    const store = faultStore(new MemoryJobStore(), (method) => {
      if (method === "claim") tries.push(app.elapsed());
      return away ? "before" : null;
    });
    const app = anApp({ jobs: [job], store, random: seededRandom("seven hours") });
    const worker = app.jobs.worker();
    await worker.start();

    await app.advance("7h");
    expect(tries.length).toBeGreaterThan(2000);
    const [before = 0, last = 0] = tries.slice(-2);
    expect(last - before).toBeGreaterThanOrEqual(7500);
    away = false;
    await app.jobs.enqueue(job);
    await app.advance("15s");

    expect(ran).toEqual(["ran"]);
    await worker.stop();
  });

  it("gives up when it was told to, and says so to whoever waits for its end", async () => {
    const store = faultStore(new MemoryJobStore(), () => "before");
    const { worker, clock, advance } = await aWorker({ jobs: [], store }, { giveUpAfter: "5m" });
    let isOver = false;
    const ended = worker.ended().catch((error: unknown) => {
      isOver = true;
      return error;
    });

    await advance("4m 30s");
    expect(isOver).toBe(false);
    await advance("1m");

    expect(await ended).toBeInstanceOf(StoreUnavailableError);
    expect(String(await ended)).toMatch(/has not reached its store for 5m .*and gives up/);
    expect(clock.nextWakeAt()).toBeNull();
    await worker.start();
    await worker.stop({ now: true });
  });

  it("gives up at the very instant at which the store has been away for so long", async () => {
    const store = faultStore(new MemoryJobStore(), () => "before");
    const random = (): number => 1 - Number.EPSILON; // It tries at once, after 250 ms, and after 750.
    const { worker, advance } = await aWorker({ jobs: [], store, random }, { giveUpAfter: "750ms" });
    let endedWith: unknown = null;
    void worker.ended().catch((error: unknown) => {
      endedWith = error;
    });

    await advance("749ms");
    expect(endedWith).toBeNull();
    await advance("1ms");

    expect(String(endedWith)).toMatch(/has not reached its store for 750ms and gives up/);
  });

  it("gives up once: what still fails while it ends is not why", async () => {
    let fail: (error: Error) => void = () => undefined;
    const inner = new MemoryJobStore();
    inner.expired = () =>
      new Promise((_resolve, reject) => {
        fail = reject;
      });
    const store = faultStore(inner, (method) => (method === "claim" ? "before" : null));
    const { worker, advance, lines } = await aWorker({ jobs: [], store }, { giveUpAfter: "5s" });
    const ended = worker.ended().catch((error: unknown) => error);
    const isEnding = (): boolean => lines.some(({ message }) => / stops$/.test(message));
    for (let n = 0; n < 20 && !isEnding(); n++) await advance("1s");

    await advance("1s");
    fail(new Error("too late to matter"));
    await advance("5s");

    expect(await ended).toMatchObject({ cause: { message: "claim: the connection was lost" } });
  });

  it("stops during an outage, and leaves no timer", async () => {
    let away = false;
    const store = faultStore(new MemoryJobStore(), () => (away ? "before" : null));
    const job = aJob((context) => context.sleep("10s"));
    const { jobs, worker, clock, advance } = await aWorker({ jobs: [job], store }, { shutdownTimeout: "5s" });
    await jobs.enqueue(job);
    await advance("1s");

    away = true;
    await advance("1m");
    await Promise.all([worker.stop(), advance("8s")]);

    expect(clock.nextWakeAt()).toBeNull();
    away = false;
    await anApp({ jobs: [job], store, clock }).jobs.rescue();
    expect(await jobs.list()).toMatchObject([{ status: "pending", attempts: 1 }]);
  });

  it("BM-104 takes a call that is never answered for lost, and hands back what it brings too late", async () => {
    const inner = new MemoryJobStore();
    let answerClaim: (() => void) | null = null;
    let hangs = false;
    const claim = inner.claim.bind(inner);
    inner.claim = async (request) => {
      const claims = await claim(request);
      if (hangs) {
        hangs = false;
        await new Promise<void>((resolve) => {
          answerClaim = resolve;
        });
      }
      return claims;
    };
    const ran: number[] = [];
    const job = aJob((context) => ran.push(context.attempt));
    const app = await aWorker({ jobs: [job], store: inner }, { lease: "40s" });
    await app.advance("1s");
    hangs = true;
    await app.jobs.enqueue(job);
    await app.advance("41s");
    expect(app.lines.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/has not answered claim for 40s/),
    );
    // Its lease is over: the sweep takes it back, as from any worker that is gone, and the answer comes to nothing.
    await app.advance("1m");
    (answerClaim as (() => void) | null)?.();
    await app.advance("1m");

    expect(ran).toEqual([2]);
    expect(await app.jobs.list()).toMatchObject([{ status: "completed", attempts: 2 }]);
    await app.worker.stop();
  });

  it("BM-104 hands back at once what a call brings too late, if nobody has taken it meanwhile", async () => {
    const inner = new MemoryJobStore();
    let answerClaim: () => void = () => undefined;
    let hangs = true;
    const claim = inner.claim.bind(inner);
    inner.claim = async (request) => {
      const claims = await claim(request);
      if (hangs && claims.length > 0) {
        hangs = false;
        await new Promise<void>((resolve) => {
          answerClaim = resolve;
        });
      }
      return claims;
    };
    const ran: number[] = [];
    const job = aJob((context) => ran.push(context.attempt));
    const app = await aWorker({ jobs: [job], store: inner }, { lease: "40s" });
    const rescued = app.record("rescued");
    await app.jobs.enqueue(job);
    await app.advance("40s");

    answerClaim();
    await app.advance("1s");

    expect(rescued).toEqual([]);
    expect(ran).toEqual([1]);
    await app.worker.stop();
  });

  it("stops its handlers at once when it gives up: there is nobody to wait for", async () => {
    let away = false;
    const reasons: unknown[] = [];
    const store = faultStore(new MemoryJobStore(), () => (away ? "before" : null));
    const job = aJob(async (context) => {
      await context.sleep("1h").catch((error: unknown) => reasons.push(error));
    });
    const { jobs, worker, advance, elapsed, lines } = await aWorker(
      { jobs: [job], store, lease: "1h" },
      { giveUpAfter: "1m", shutdownTimeout: "30m" },
    );
    await jobs.enqueue(job);
    await advance("1s");
    let endedAt = Number.POSITIVE_INFINITY;
    const ended = worker.ended().catch((error: unknown) => {
      endedAt = elapsed();
      return error;
    });

    away = true;
    await advance("2m");

    expect(reasons).toEqual([expect.any(ShutdownError)]);
    expect(endedAt).toBeLessThan(100_000);
    expect(((await ended) as Error).cause).toBeInstanceOf(StoreUnavailableError); // `as`: what it gave up with
    expect(lines.filter(({ message }) => / stops$/.test(message))).toHaveLength(1);
  });

  it.each(["claim", "nextRunAt", "expired", "settle", "settleMany", "extend"])(
    "R46 survives an error in every %s: a rejection before and after it took effect, and a throw",
    async (method) => {
      const chance = seededRandom(method); // No rhythm that the worker could fall in with.
      const inner = faultStore(new MemoryJobStore(), (name) => {
        if (name !== method) return null;
        const drawn = chance();
        return drawn < 0.25 ? "before" : drawn < 0.5 ? "after" : null;
      });
      const store = new Proxy(inner, {
        get(target, property) {
          const member: unknown = Reflect.get(target, property);
          if (property !== method || typeof member !== "function" || chance() < 0.8) return member;
          return () => {
            throw new Error("thrown, not rejected");
          };
        },
      });
      const ended = new Set<string>();
      const job = defineJob("Each", { maxRetries: 100, baseDelay: 0 }, async (data: { n: number }, context) => {
        await context.sleep(data.n % 3 === 0 ? "12s" : "100ms");
        ended.add(context.job.id);
      });
      const { jobs, worker, advance } = await aWorker({ jobs: [job], store }, { concurrency: 3, lease: "5s" });
      for (let n = 0; n < 12; n++) await jobs.enqueue(job, { n });

      await advance("30m");

      expect(ended.size).toBe(12);
      expect(await jobs.queueStats()).toMatchObject({ completed: 12, total: 12 });
      await Promise.all([worker.stop(), advance("30s")]);
    },
  );
});

describe("a worker whose store is slow", () => {
  it.each([
    ["at the instant at which its claim arrived", 5000],
    ["before its claim arrived", 10_000],
  ])("R25 starts no job whose lease was over %s", async (_when, answerMs) => {
    const inner = new MemoryJobStore();
    const app = anApp({ jobs: [], store: inner });
    let isSlow = true;
    const claim = inner.claim.bind(inner);
    inner.claim = async (request) => {
      const claims = await claim(request);
      if (isSlow && claims.length > 0) {
        isSlow = false;
        app.clock.set(new Date(app.clock.now().getTime() + answerMs)); // The answer took longer than the lease.
      }
      return claims;
    };
    const ran: number[] = [];
    const job = aJob((context) => ran.push(context.attempt));
    const working = await aWorker({ jobs: [job], store: inner, clock: app.clock }, { lease: "5s" });
    const events = working.record("claimed", "released", "rescued", "completed");

    await working.jobs.enqueue(job);
    await working.advance("1m");

    expect(ran).toEqual([1]);
    expect(events.map(({ type }) => type)).toEqual(["released", "claimed", "completed"]);
    expect(await working.jobs.list()).toMatchObject([{ status: "completed", attempts: 1 }]);
    await working.worker.stop();
  });

  it("does not spin when a due job cannot be had: asks again after a wait that grows (BM-105)", async () => {
    const inner = new MemoryJobStore();
    const asked: number[] = [];
    const store = faultStore(inner, (method) => {
      if (method === "claim") asked.push(app.elapsed());
      return null;
    });
    inner.claim = async () => []; // As where another transaction has locked the row.
    const job = aJob();
    const app = anApp({ jobs: [job], store });
    await app.jobs.enqueue(job);
    const worker = app.jobs.worker({ interval: "3s" });
    await worker.start();

    await app.advance("13s");

    expect(asked).toEqual([0, 0, 200, 600, 1400, 3000, 6000, 9000, 12_000]);
    await worker.stop();
  });
});

describe("a worker whose jobs are locked", () => {
  it("waits no longer for the next than for the first, once it has got one", async () => {
    const inner = new MemoryJobStore();
    const claim = inner.claim.bind(inner);
    const asked: number[] = [];
    inner.claim = async (request) => {
      asked.push(app.elapsed());
      return asked.length === 4 ? claim({ ...request, limit: 1 }) : []; // Others' transactions have the rest.
    };
    const job = aJob((context) => context.sleep("1m"));
    const app = anApp({ jobs: [job], store: inner });
    await app.jobs.enqueue(job);
    await app.jobs.enqueue(job);
    const worker = app.jobs.worker({ concurrency: 5, interval: "3s" });
    await worker.start();

    await app.advance("1500ms");

    expect(asked).toEqual([0, 0, 200, 600, 600, 600, 800, 1200]);
    await worker.stop({ now: true });
  });
});

describe("a worker that lost its lease", () => {
  it("R24 writes nothing more: the zombie's outcome changes nothing (BM-040)", async () => {
    const store = new MemoryJobStore();
    const ran: string[] = [];
    const job = defineJob("Long", { baseDelay: 0 }, async (_data, context) => {
      ran.push(`begun ${context.attempt}`);
      await context.sleep("20s");
      ran.push(`ended ${context.attempt}`);
    });
    const first = await aWorker({ jobs: [job], store }, { lease: "5s" });
    await first.jobs.enqueue(job);
    await turn();
    const lost = first.record("lost", "completed");

    // The first process is stopped (SIGSTOP) for ten leases: its clock and its timers stand still.
    const second = await aWorker({ jobs: [job], store }, { lease: "5s" });
    await second.advance("50s");
    expect(ran).toEqual(["begun 1", "begun 2", "ended 2"]);
    await first.advance("50s");

    expect(ran).toEqual(["begun 1", "begun 2", "ended 2"]);
    expect(lost.map(({ type }) => type)).toEqual(["lost"]);
    expect(await first.jobs.list()).toMatchObject([{ status: "completed", attempts: 2 }]);
    await Promise.all([first.worker.stop(), second.worker.stop()]);
  });

  it("BM-150 lives through a clock that is set back an hour: no lease becomes immortal", async () => {
    const ran: number[] = [];
    const job = aJob(() => ran.push(1));
    const { jobs, worker, clock, advance } = await aWorker({ jobs: [job] });
    await advance("2h");

    clock.set(new Date(START.getTime() + 3_600_000));
    await jobs.enqueue(job);
    await advance("1s");

    expect(ran).toEqual([1]);
    await worker.stop();
  });
});

describe("concurrency", () => {
  it("R12 is never exceeded, and every job ends once, whatever the jobs and faults (always)", {
    timeout: 60_000,
  }, async () => {
    const aPlan = fc.array(fc.constantFrom(null, null, null, "before" as const, "after" as const), {
      minLength: 5,
      maxLength: 40,
    });
    const lengths = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 10 }), lengths, aPlan, async (concurrency, durations, faults) => {
        let calls = 0;
        const plan: FaultPlan = (method) => (method.startsWith("insert") ? null : (faults[calls++] ?? null));
        const running = new Set<string>();
        let most = 0;
        const job = defineJob("Counted", { maxRetries: 50, baseDelay: 0 }, async (data: { s: number }, context) => {
          running.add(`${context.job.id} ${context.attempt}`);
          most = Math.max(most, running.size);
          await context
            .sleep({ seconds: data.s })
            .finally(() => running.delete(`${context.job.id} ${context.attempt}`));
        });
        const store = faultStore(new MemoryJobStore(), plan);
        const { jobs, worker, advance, record } = await aWorker({ jobs: [job], store }, { concurrency });
        const completed = record("completed");
        for (const s of durations) await jobs.enqueue(job, { s });

        await advance("30m");

        expect(most).toBeLessThanOrEqual(concurrency);
        // Told of at most once each: of an outcome whose every answer was lost nobody can tell.
        expect(new Set(completed.map(({ job: { id } }) => id)).size).toBe(completed.length);
        expect(await jobs.queueStats()).toMatchObject({ completed: durations.length, total: durations.length });
        await worker.stop();
      }),
      { numRuns: THOROUGH ? 500 : 40 },
    );
  });
});
