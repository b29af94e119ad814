// Stopping a worker in virtual time: what it finishes, what it hands back, and what it leaves behind, which is nothing.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineJob, type JobContext, MemoryJobStore, ShutdownError, type Worker } from "wheelwright";
import { aWorker } from "./a-worker.ts";
import { anApp, turn } from "./an-app.ts";
import { failsTimes, faultStore } from "./fault-store.ts";

function aJob(perform: (context: JobContext) => unknown, maxRetries = 3, timeout = 3600) {
  return defineJob("Job", { maxRetries, timeout }, (_data, context) => perform(context));
}

/** Whether a promise has been settled by now. */
function watch(promise: Promise<unknown>): { isOver: boolean } {
  const watched = { isOver: false };
  void promise.finally(() => {
    watched.isOver = true;
  });
  return watched;
}

describe("stop", () => {
  it("BM-090 lets a running job finish, takes no other, and leaves no timer", async () => {
    const job = aJob((context) => context.sleep("5s"));
    const { jobs, worker, clock, advance } = await aWorker({ jobs: [job] }, { shutdownTimeout: "10s" });
    await jobs.enqueueMany([[job], [job]]);
    await advance("1s");

    const stopping = worker.stop();
    await advance("4s");
    await stopping;

    expect((await jobs.list()).map(({ status, attempts }) => [status, attempts])).toEqual([
      ["pending", 0],
      ["completed", 1],
    ]);
    expect(clock.nextWakeAt()).toBeNull();
  });

  it("BM-041 holds the leases of running jobs until they end", async () => {
    const store = new MemoryJobStore();
    const job = aJob((context) => context.sleep("40s"));
    const { jobs, worker, clock, advance } = await aWorker(
      { jobs: [job], store },
      { lease: "10s", shutdownTimeout: "50s" },
    );
    const sibling = anApp({ jobs: [job], store, clock });
    await jobs.enqueue(job);
    await turn();

    const stopping = worker.stop();
    for (let second = 0; second < 40; second++) {
      expect(await sibling.jobs.rescue()).toBe(0);
      await advance("1s");
    }
    await stopping;

    expect(await jobs.list()).toMatchObject([{ status: "completed", attempts: 1 }]);
  });

  it("R16 aborts at its deadline, with its own reason, and hands the job back with its attempt (BM-095)", async () => {
    const reasons: unknown[] = [];
    const job = aJob((context) => {
      context.signal.addEventListener("abort", () => reasons.push(context.signal.reason));
      return new Promise(() => undefined);
    }, 1);
    const { jobs, worker, clock, advance, record } = await aWorker({ jobs: [job] });
    const events = record("claimed", "released", "failed", "retried");
    await jobs.enqueue(job);
    await turn();

    const stopping = watch(worker.stop());
    await advance("24s 999ms");
    expect(stopping.isOver).toBe(false);
    await advance("1ms");

    expect(stopping.isOver).toBe(true);
    expect(reasons).toEqual([expect.any(ShutdownError)]);
    expect(events.map(({ type }) => type)).toEqual(["claimed", "released"]);
    expect(await jobs.list()).toMatchObject([{ status: "pending", attempts: 0, startedAt: null, lastError: null }]);
    expect(clock.nextWakeAt()).toBeNull();
  });

  it("BM-003 lets a sibling have the job only when the first run has been cut off", async () => {
    const store = new MemoryJobStore();
    const log: string[] = [];
    const job = aJob(async (context) => {
      log.push(`run ${log.length}`);
      const isFirst = log.length === 1;
      context.signal.addEventListener("abort", () => log.push("aborted"));
      await context.sleep("1m").catch(() => undefined);
      if (isFirst) await context.enqueue(job).catch(({ code }: { code: string }) => log.push(code));
    });
    const { jobs, worker, clock, advance } = await aWorker({ jobs: [job], store }, { shutdownTimeout: "5s" });
    await jobs.enqueue(job);
    await turn();
    const sibling = anApp({ jobs: [job], store, clock });
    await sibling.jobs.worker({ interval: 0.1 }).start();

    await Promise.all([worker.stop(), advance("2m")]);

    expect(log).toEqual(["run 0", "aborted", "ATTEMPT_OVER", "run 3"]);
    expect(await sibling.jobs.list()).toMatchObject([{ status: "completed", attempts: 1 }]);
    await sibling.jobs.close();
  });

  it.each(["deadline first", "rejection first"])(
    "BM-036 writes one outcome when a handler rejects as the deadline comes, %s",
    async (order) => {
      let reject: (error: Error) => void = () => undefined;
      const fails = new Promise((_resolve, no) => {
        reject = no;
      });
      const job = aJob(() => fails);
      const { jobs, worker, clock, record } = await aWorker({ jobs: [job] }, { shutdownTimeout: "5s" });
      const events = record("retried", "released", "lost", "failed");
      await jobs.enqueue(job);
      await turn();
      const stopping = worker.stop();
      const atDeadline = (): void => clock.moveTo(new Date(clock.now().getTime() + 5000));

      if (order === "deadline first") atDeadline();
      reject(new Error("at the same moment"));
      if (order !== "deadline first") atDeadline();
      await stopping;

      expect(events).toHaveLength(1);
      expect(await jobs.queueStats()).toMatchObject({ pending: 1, total: 1 });
    },
  );

  it("cuts itself short when it is called again with now", async () => {
    const job = aJob(() => new Promise(() => undefined));
    const { jobs, worker, clock } = await aWorker({ jobs: [job] });
    await jobs.enqueue(job);
    await turn();

    const first = worker.stop();
    await turn();
    await worker.stop({ now: true });
    await first;

    expect(await jobs.list()).toMatchObject([{ status: "pending", attempts: 0 }]);
    expect(clock.nextWakeAt()).toBeNull();
  });

  it("R25 hands back, with its attempt, what a claim under way brings", async () => {
    const inner = new MemoryJobStore();
    let answer: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const store = faultStore(inner, () => null);
    const claim = inner.claim.bind(inner);
    inner.claim = async (request) => {
      const claims = await claim(request);
      await slow;
      return claims;
    };
    const ran: string[] = [];
    const job = aJob(() => ran.push("ran"));
    const app = anApp({ jobs: [job], store });
    await app.jobs.enqueueMany([[job], [job]]);
    const worker = app.jobs.worker({ concurrency: 3 });
    await worker.start();
    await turn();

    const stopping = worker.stop();
    await turn();
    answer();
    await stopping;

    expect(ran).toEqual([]);
    expect(store.calls.get("nextRunAt")).toBeUndefined(); // What comes next is nothing to it any more.
    expect((await app.jobs.list()).map(({ status, attempts }) => [status, attempts])).toEqual([
      ["pending", 0],
      ["pending", 0],
    ]);
  });

  it("BM-083 ends though its store never answers, three seconds after its deadline", async () => {
    const inner = new MemoryJobStore();
    let hangs = false;
    const never = new Promise<never>(() => undefined);
    const settle = inner.settle.bind(inner);
    inner.settle = (...args) => (hangs ? never : settle(...args));
    const job = aJob(() => new Promise(() => undefined));
    const { jobs, worker, clock, advance, lines } = await aWorker(
      { jobs: [job], store: inner },
      { shutdownTimeout: "10s" },
    );
    await jobs.enqueue(job);
    await turn();
    hangs = true;

    const stopping = watch(worker.stop());
    await advance("12s 999ms");
    expect(stopping.isOver).toBe(false);
    await advance("1ms");

    expect(stopping.isOver).toBe(true);
    expect(clock.nextWakeAt()).toBeNull();
    expect(lines.find(({ message }) => message.includes("stops without an answer"))).toMatchObject({
      level: "warn",
      fields: { held: 1 },
    });
  });

  it("waits for all that run, not for the first of them, and complains of nothing", async () => {
    const ends: string[] = [];
    const job = defineJob("Job", {}, async (data: { for: string }, context) => {
      await context.sleep(data.for);
      ends.push(data.for);
    });
    const { jobs, worker, advance, lines } = await aWorker({ jobs: [job] }, { concurrency: 2, shutdownTimeout: "1h" });
    await jobs.enqueueMany([
      [job, { for: "1s" }],
      [job, { for: "10s" }],
    ]);
    await turn();

    const stopping = watch(worker.stop());
    await advance("9s");
    expect(stopping.isOver).toBe(false);
    await advance("1s");

    expect(stopping.isOver).toBe(true);
    expect(ends).toEqual(["1s", "10s"]);
    expect(lines.filter(({ level }) => level === "warn" || level === "error")).toEqual([]);
  });

  it("never starts where it is told to while it is about to", async () => {
    const scheduled = defineJob("Hourly", { schedule: "@hourly" }, () => undefined);
    const { jobs, clock, lines } = anApp({ jobs: [scheduled] });
    const worker = jobs.worker();

    const starting = worker.start();
    await worker.stop();
    await starting;

    expect(lines.filter(({ message }) => / starts$/.test(message))).toEqual([]);
    expect(clock.nextWakeAt()).toBeNull();
  });

  it("can be started again while it stops: the new life begins when the old one is over", async () => {
    const job = aJob((context) => context.sleep("5s"));
    const { jobs, worker, advance, lines } = await aWorker({ jobs: [job] });
    await jobs.enqueue(job);
    await turn();

    const stopping = worker.stop();
    const starting = worker.start();
    await advance("10s");
    await Promise.all([stopping, starting]);

    const told = lines.map(({ message }) => / (starts|stops|has stopped)$/.exec(message)?.[1]).filter(Boolean);
    expect(told).toEqual(["starts", "stops", "has stopped", "starts"]);
    await worker.stop();
  });

  it("makes no store call after it has resolved, whatever was under way", async () => {
    for (const method of ["claim", "nextRunAt", "expired", "settle", "settleMany", "extend"]) {
      const store = faultStore(new MemoryJobStore(), failsTimes(method, 3, "after"));
      const job = aJob((context) => context.sleep("15s"));
      const { jobs, worker, clock, advance } = await aWorker({ jobs: [job], store }, { shutdownTimeout: "1s" });
      await jobs.enqueue(job);
      await advance("11s");

      await Promise.all([worker.stop(), advance("10s")]);
      const calls = [...store.calls];
      await advance("10m");

      expect([...store.calls]).toEqual(calls);
      expect(clock.nextWakeAt()).toBeNull();
    }
  });

  it("BM-091 is part of closing the app: outcomes are stored before the store is closed", async () => {
    const inner = new MemoryJobStore();
    const order: string[] = [];
    const store = faultStore(inner, (method) => {
      if (method === "settle" || method === "close") order.push(method);
      return null;
    });
    const job = aJob((context) => context.sleep("5s"));
    const { jobs, advance } = await aWorker({ jobs: [job], store });
    await jobs.enqueue(job);
    await turn();

    await Promise.all([jobs.close(), advance("5s")]);

    expect(order).toEqual(["settle", "close"]);
  });

  it("BM-096 leaves nothing behind two hundred times over", async () => {
    const { jobs, worker, clock, record } = await aWorker({ jobs: [aJob(() => undefined)] });

    for (let n = 0; n < 200; n++) {
      await worker.start();
      await worker.stop();
    }

    expect(clock.nextWakeAt()).toBeNull();
    expect(record("enqueued")).toEqual([]);
    await jobs.close();
  });

  it("BM-093 settles every promise, in whatever order it is started and stopped (always)", async () => {
    const verb = fc.constantFrom("start", "stop", "now", "idle", "turn");
    await fc.assert(
      fc.asyncProperty(fc.array(verb, { maxLength: 12 }), async (verbs) => {
        const job = aJob((context) => context.sleep("3s"));
        const { jobs, clock, advance } = anApp({ jobs: [job] });
        await jobs.enqueue(job);
        const worker = jobs.worker();
        const open: Promise<unknown>[] = [];
        for (const one of verbs) {
          if (one === "turn") await advance("1s");
          else open.push(call(worker, one));
        }
        open.push(worker.stop());
        await advance("40s");
        await Promise.all([...open, worker.stop()]);

        const [{ status, attempts } = { status: "none", attempts: 0 }] = await jobs.list();
        expect([`${status} ${attempts}`]).toEqual([expect.stringMatching(/^(pending 0|completed 1)$/)]);
        expect(clock.nextWakeAt()).toBeNull();
      }),
      { numRuns: 100 },
    );
  });
});

function call(worker: Worker, verb: "start" | "stop" | "now" | "idle"): Promise<unknown> {
  if (verb === "now") return worker.stop({ now: true });
  return worker[verb]().catch(() => "refused");
}
