// The worker in virtual time: what it takes, in which order, and how long it sleeps.

import { describe, expect, it } from "vitest";
import { createJobs, defineJob, MemoryJobStore, TestClock, WorkerNotRunningError } from "wheelwright";
import { createTestKit } from "wheelwright/testing";
import type { WakeOptions } from "../../src/clock/clock.ts";
import { aGate } from "./a-running-job.ts";
import { aWorker } from "./a-worker.ts";
import { anApp, START, turn } from "./an-app.ts";
import { faultStore } from "./fault-store.ts";

/** A job that notes its name and when it ran, and takes as long as its data says. */
function aTracer(elapsed: () => number) {
  const ran: string[] = [];
  const job = defineJob("Traced", {}, async (data: { name: string; for?: string }, context) => {
    ran.push(`${data.name}@${elapsed()}`);
    if (data.for !== undefined) await context.sleep(data.for);
  });
  return { ran, job };
}

function seconds(n: number): Date {
  return new Date(START.getTime() + n * 1000);
}

describe("worker", () => {
  it("performs what is enqueued in the same process at once", async () => {
    const clock = new TestClock(START);
    const { ran, job } = aTracer(() => clock.now().getTime() - START.getTime());
    const { jobs, worker } = await aWorker({ jobs: [job], clock });
    await turn();

    await jobs.enqueue(job, { name: "a" });
    await turn();

    expect(ran).toEqual(["a@0"]);
    await worker.stop();
  });

  it("logs what it will do, what runs when it is told to stop, and its end", async () => {
    const clock = new TestClock(START);
    const { job } = aTracer(() => 0);
    const { jobs, worker, lines, advance } = await aWorker({ jobs: [job], clock }, { concurrency: 3 });
    await jobs.enqueue(job, { name: "a", for: "5s" });
    await jobs.enqueue(job, { name: "b", for: "5s" });
    await advance("1s");

    expect(worker.running).toBe(2);
    const stopping = worker.stop();
    await advance("10s");
    await stopping;
    expect(worker.running).toBe(0);

    const narrow = jobs.worker({ queue: "mail", concurrency: 1 });
    await narrow.start();
    await narrow.stop();
    const told = lines.filter(({ message }) => / (starts|stops|has stopped)$/.test(message));
    expect(
      told.map(({ level, message, fields }) => [level, message.replace(/^.* (starts|stops|has)/, "$1"), fields]),
    ).toEqual([
      ["info", "starts", { queues: "all", concurrency: 3 }],
      ["info", "stops", { running: 2 }],
      ["info", "has stopped", {}],
      ["info", "starts", { queues: ["mail"], concurrency: 1 }],
      ["info", "stops", { running: 0 }],
      ["info", "has stopped", {}],
    ]);
  });

  it("performs a job at its own instant, not at the next poll", async () => {
    const clock = new TestClock(START);
    const { ran, job } = aTracer(() => clock.now().getTime() - START.getTime());
    const { jobs, worker, advance } = await aWorker({ jobs: [job], clock });

    await jobs.enqueue(job, { name: "later" }, { delay: 63.021 });
    await jobs.enqueue(job, { name: "sooner" }, { delay: 1.5 });
    await advance("2m");

    expect(ran).toEqual(["sooner@1500", "later@63021"]);
    await worker.stop();
  });

  it("finds within its interval what another process has enqueued", async () => {
    const clock = new TestClock(START);
    const store = new MemoryJobStore();
    const { ran, job } = aTracer(() => clock.now().getTime() - START.getTime());
    const { worker, advance } = await aWorker({ jobs: [job], clock, store }, { interval: 2 });
    await advance("10s");

    await anApp({ jobs: [job], store, clock: new TestClock(seconds(10)) }).jobs.enqueue(job, { name: "theirs" });
    await advance("2s");

    expect(ran).toEqual([expect.stringMatching(/^theirs@1[01]\d\d\d$/)]);
    await worker.stop();
  });

  it("R13 drains several queues together, in claim order, and no other", async () => {
    const clock = new TestClock(START);
    const { ran, job } = aTracer(() => 0);
    const app = anApp({ jobs: [job], clock });
    await app.jobs.enqueue(job, { name: "b1" }, { queue: "b" });
    await app.jobs.enqueue(job, { name: "c1" }, { queue: "c", priority: "high" });
    await app.jobs.enqueue(job, { name: "a1" }, { queue: "a" });
    await app.jobs.enqueue(job, { name: "b2" }, { queue: "b", priority: "high" });

    const worker = app.jobs.worker({ queue: "a, b" });
    await worker.start();
    await worker.idle();

    expect(ran).toEqual(["b2@0", "b1@0", "a1@0"]);
    await worker.stop();
  });

  it("BM-005 never holds more claims than it has slots", async () => {
    const clock = new TestClock(START);
    const { job } = aTracer(() => 0);
    const store = new MemoryJobStore();
    const asked: number[] = [];
    const claim = store.claim.bind(store);
    store.claim = (request) => {
      asked.push(request.limit);
      return claim(request);
    };
    const { jobs, worker, advance } = await aWorker({ jobs: [job], clock, store }, { concurrency: 3 });
    const held: number[] = [];

    for (let n = 0; n < 20; n++) await jobs.enqueue(job, { name: `${n}`, for: `${1 + (n % 4)}s` });
    for (let n = 0; n < 40; n++) {
      held.push((await store.list({ status: "processing" })).length);
      expect(worker.running).toBeLessThanOrEqual(3);
      await advance("500ms");
    }

    expect(Math.max(...held)).toBe(3);
    expect(Math.min(...asked)).toBe(1); // Nothing is asked for where there is no slot.
    expect(await jobs.queueStats()).toMatchObject({ completed: 20, total: 20 });
    await worker.stop();
  });

  it("R46 asks when the next job is due only when it got fewer than it has slots for", async () => {
    const { job } = aTracer(() => 0);
    const store = faultStore(new MemoryJobStore(), () => null);
    const app = anApp({ jobs: [job], store });
    for (let n = 0; n < 20; n++) await app.jobs.enqueue(job, { name: `${n}` });

    const worker = app.jobs.worker();
    await worker.start();
    await worker.idle();

    expect(await app.jobs.queueStats()).toMatchObject({ completed: 20 });
    expect(store.calls.get("nextRunAt")).toBe(1);
    await worker.stop();
  });

  it("stops by itself after maxJobs attempts, all of them finished", async () => {
    const clock = new TestClock(START);
    const { ran, job } = aTracer(() => 0);
    const { jobs, worker, advance } = await aWorker({ jobs: [job], clock }, { maxJobs: 3, concurrency: 2 });

    for (let n = 0; n < 5; n++) await jobs.enqueue(job, { name: `${n}`, for: "1s" });
    await advance("10s");
    await worker.ended();

    expect(ran).toHaveLength(3);
    expect(await jobs.queueStats()).toMatchObject({ completed: 3, pending: 2 });
    expect(clock.nextWakeAt()).toBeNull();
  });

  it("finishes what runs beside the last of maxJobs attempts, however long that takes", async () => {
    const { job } = aTracer(() => 0);
    const { jobs, worker, advance } = await aWorker(
      { jobs: [job], defaults: { timeout: 3600 } },
      { maxJobs: 2, concurrency: 2, shutdownTimeout: "1s" },
    );

    await jobs.enqueue(job, { name: "long", for: "10m" });
    await jobs.enqueue(job, { name: "short", for: "1s" });
    await advance("11m");
    await worker.ended();

    expect(await jobs.queueStats()).toMatchObject({ completed: 2, pending: 0 });
  });

  it("waits after maxJobs attempts as long as any stop for what its store is still asked", async () => {
    const store = new MemoryJobStore();
    const { gate, open } = aGate();
    const expired = store.expired.bind(store);
    store.expired = (request) => gate.then(() => expired(request));
    const { job } = aTracer(() => 0);
    const { jobs, worker, advance, lines } = await aWorker({ jobs: [job], store }, { maxJobs: 1 });
    await jobs.enqueue(job, { name: "only" });

    await advance("20s");
    expect(lines.map(({ message }) => message)).not.toContainEqual(expect.stringMatching(/has stopped$/));
    open();
    await worker.ended();

    expect(lines.filter(({ level }) => level === "warn")).toEqual([]);
  });

  it("starts within the call, or with schedules once their calendar is loaded: a tick is not to wait for a file", async () => {
    const plain = anApp({ jobs: [] });
    const scheduled = anApp({ jobs: [defineJob("Hourly", { schedule: "@hourly" }, () => undefined)] });
    const starts = [plain, scheduled].map(({ jobs }) => jobs.worker().start());
    const told = (): unknown[] => [plain, scheduled].map(({ lines }) => lines.length);

    expect(told()).toEqual([1, 0]);
    await Promise.all(starts);

    expect(told()).toEqual([1, 1]);
    await Promise.all([plain.jobs.close(), scheduled.jobs.close()]);
  });

  it("R33 leaves schedules to others where its store keeps none, and performs jobs all the same", async () => {
    const ran: string[] = [];
    const hourly = defineJob("Hourly", { schedule: "@hourly" }, () => void ran.push("ran"));
    const store = Object.assign(new MemoryJobStore(), { schedules: undefined });
    const { jobs, worker, lines } = await aWorker({ jobs: [hourly], store });

    await jobs.enqueue(hourly);
    await worker.idle();

    expect(ran).toEqual(["ran"]);
    expect(lines.filter(({ level }) => level === "warn" || level === "error")).toEqual([]);
    await worker.stop();
  });

  it("R46 tells its clock what each wait is for: polls are woken by a clock put back, timeouts keep no process alive", async () => {
    const waits = new Set<string>();
    class NotingClock extends TestClock {
      override wakeAt(date: Date, wake: () => void, options: WakeOptions = {}): () => void {
        waits.add(`${options.rank}${options.background === true ? " in the background" : ""}`);
        return super.wakeAt(date, wake, options);
      }
    }
    const store = new MemoryJobStore();
    store.settle = () => new Promise(() => undefined); // It waits in vain when it stops, too.
    const { job } = aTracer(() => 0);
    const { jobs, worker, advance } = await aWorker({ jobs: [job], store, clock: new NotingClock(START) });
    await jobs.enqueue(job, { name: "long", for: "1h" });
    await advance("1m");

    await Promise.all([worker.stop(), advance("1m")]);

    expect([...waits].sort()).toEqual(["poll", "poll in the background", "sleep", "timeout in the background"]);
  });

  it("is not woken by what is enqueued into other queues", async () => {
    const store = faultStore(new MemoryJobStore(), () => null);
    const { job } = aTracer(() => 0);
    const { jobs, worker } = await aWorker({ jobs: [job], store }, { queue: "mail", interval: "1h" });
    await turn();
    const before = store.calls.get("claim");

    await jobs.enqueue(job, { name: "other" }, { queue: "reports" });
    await turn();
    expect(store.calls.get("claim")).toBe(before);
    await jobs.enqueue(job, { name: "own" }, { queue: "mail" });
    await turn();

    expect(await jobs.queueStats()).toMatchObject({ completed: 1, pending: 1 });
    await worker.stop();
  });

  it.each([
    ["four fifths of its interval at the least", 0, 8000],
    ["its interval at the most", 1 - Number.EPSILON, 10_000],
  ])("R46 polls after %s", async (_what, random, waitMs) => {
    const asked: number[] = [];
    const app = anApp({
      jobs: [],
      random: () => random,
      store: faultStore(new MemoryJobStore(), (method) => {
        if (method === "claim") asked.push(app.elapsed());
        return null;
      }),
    });
    const worker = app.jobs.worker({ interval: "10s" });
    await worker.start();

    await app.advance("21s");

    expect(asked).toEqual([0, waitMs, 2 * waitMs]);
    await worker.stop();
  });

  it("R25 takes back lost claims every half minute, however long its own lease is", async () => {
    const clock = new TestClock(START);
    const store = new MemoryJobStore();
    const { job } = aTracer(() => 0);
    await anApp({ jobs: [job], clock, store }).jobs.enqueue(job, { name: "lost" });
    const { worker, advance, record } = await aWorker({ jobs: [job], clock, store }, { lease: "1h", queue: "none" });
    const rescued = record("rescued");
    await store.claim({ limit: 1, now: clock.now(), workerId: "dead", leaseMs: 1000 });

    await advance("31s");

    expect(rescued).toHaveLength(1);
    await worker.stop();
  });

  it("is idle when nothing runs and nothing is due, though something is to come", async () => {
    const clock = new TestClock(START);
    const { ran, job } = aTracer(() => 0);
    const { jobs, worker, advance } = await aWorker({ jobs: [job], clock }, { concurrency: 2 });
    await jobs.enqueue(job, { name: "now", for: "3s" });
    await jobs.enqueue(job, { name: "tomorrow" }, { delay: 86_400 });
    let isIdle = false;

    const idle = worker.idle().then(() => {
      isIdle = true;
    });
    await advance("2s");
    expect(isIdle).toBe(false);
    await advance("2s");
    await idle;

    expect(ran).toEqual(["now@0"]);
    await worker.stop();
  });

  it("refuses to become idle when it does not run", async () => {
    const worker = anApp({ jobs: [] }).jobs.worker();

    await expect(worker.idle()).rejects.toThrow(WorkerNotRunningError);
  });

  // Said of one seed's jitter it once held, and of another's not.
  it.each([
    ["the shortest", () => 0],
    ["the longest", () => 1 - Number.EPSILON],
    ["the unluckiest", () => 0.99],
  ])("R25 takes back lost claims when it starts, and every half minute, with %s jitter", async (_jitter, random) => {
    const clock = new TestClock(START);
    const store = new MemoryJobStore();
    const { job } = aTracer(() => 0);
    const dead = anApp({ jobs: [job], clock, store });
    await dead.jobs.enqueue(job, { name: "first" });
    await dead.jobs.enqueue(job, { name: "second" });
    const claim = (): Promise<unknown> =>
      store.claim({ limit: 1, now: clock.now(), workerId: "dead", leaseMs: 40_000 });
    await claim();
    clock.moveTo(seconds(35));
    await claim();
    clock.moveTo(seconds(45));

    const { jobs, worker, advance, record } = await aWorker({ jobs: [job], clock, store, random });
    const rescued = record("rescued");
    await turn();
    expect(rescued.map(({ job: { data } }) => data)).toEqual([{ name: "first" }]);
    await advance("1m"); // The second lease ends in half a minute, and is found half a minute later at the latest.

    expect(rescued).toHaveLength(2);
    await advance("4s"); // What its next attempt waits.
    expect(await jobs.queueStats()).toMatchObject({ completed: 2 });
    await worker.stop();
  });

  it("R46 asks its store less than once a second when nothing is to be done", async () => {
    const store = faultStore(new MemoryJobStore(), () => null);
    const { worker, advance } = await aWorker({ jobs: [], store });

    await advance("1h");
    const calls = [...store.calls.values()].reduce((sum, n) => sum + n, 0);

    expect(calls / 3600).toBeLessThan(0.75);
    expect(store.calls.get("claim")).toBeGreaterThanOrEqual(720);
    await worker.stop();
  });

  it("R17 runs handlers in a clean context, whoever woke it", async () => {
    const { AsyncLocalStorage } = await import("node:async_hooks");
    const request = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const job = defineJob("Looks", {}, () => {
      seen.push(request.getStore());
    });
    const { jobs, worker } = await aWorker({ jobs: [job] });
    await turn();

    await request.run("a request's", () => jobs.enqueue(job));
    await worker.idle();

    expect(seen).toEqual([undefined]);
    await worker.stop();
  });

  it.each([
    [{ concurrency: 0 }, /concurrency/],
    [{ concurrency: 1.5 }, /concurrency/],
    [{ interval: -1 }, /interval/],
    [{ interval: 0 }, /interval/],
    [{ maxJobs: 0 }, /maxJobs/],
    [{ lease: "10ms" }, /lease/],
    [{ shutdownTimeout: 5 }, /shutdownTimeout/],
    [{ interval: "9ms" }, /interval.*at least 10 ms/],
    [{ schedules: "no" }, /schedules.*true or false/],
    [{ queue: "" }, /queue/],
    [{ queues: "a" }, /queues/],
  ])("BM-046 refuses %j", (options, message) => {
    const { jobs } = anApp({ jobs: [] });

    expect(() => jobs.worker(options as never)).toThrow(message);
  });

  it("takes an interval of ten milliseconds, the shortest that is no busy loop", () => {
    const { jobs } = anApp({ jobs: [] });

    expect(jobs.worker({ interval: "10ms" }).running).toBe(0);
  });

  it("R40 is refused in a kit, which runs the jobs itself", async () => {
    const app = createJobs({ store: new MemoryJobStore(), jobs: [] });
    const kit = await createTestKit({ app, label: "kit of this test" });

    await expect(app.worker().start()).rejects.toThrow(/kit of this test cannot start a worker/);
    await kit.dispose();
  });
});
