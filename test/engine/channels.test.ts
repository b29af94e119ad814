// The steps of a job as tracing channels: what a tracer needs to make spans of them.

import { AsyncLocalStorage } from "node:async_hooks";
import { tracingChannel } from "node:diagnostics_channel";
import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { channels, defineJob, JobTimeoutError, MemoryJobStore, type StepChannel, TestClock } from "wheelwright";
import { createTestKit } from "wheelwright/testing";
import { isWatched } from "../../src/engine/channels.ts";
import { claimJobs } from "../../src/engine/claim-jobs.ts";
import { asDrain } from "../../src/engine/drain-step.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { extend } from "../../src/engine/extend.ts";
import { settle } from "../../src/engine/settle.ts";
import type { Claim } from "../../src/job/record.ts";
import { aWorker } from "./a-worker.ts";
import { anApp, START } from "./an-app.ts";

type Step = keyof typeof channels;
type Moment = "start" | "end" | "error" | "asyncStart" | "asyncEnd";
const ALL = ["enqueue", "claim", "perform", "settle"] as const satisfies readonly Step[];
/** What a call that runs jobs is made of, beside those: leases lengthened, schedules fired, the call itself. */
const OTHERS = ["extend", "tick", "drain"] as const satisfies readonly Step[];

const forget: (() => void)[] = [];
afterEach(() => {
  for (const one of forget.splice(0)) one();
});

interface Heard {
  readonly step: Step;
  readonly moment: Moment;
  /** The object told, and what it held then. */
  readonly told: object;
  readonly held: Readonly<Record<string, unknown>>;
}

/** Listens as a tracer would that does not know this package: by name. */
function listen(...steps: readonly Step[]): Heard[] {
  const heard: Heard[] = [];
  for (const step of steps) {
    const on = (moment: Moment) => (told: object) => void heard.push({ step, moment, told, held: { ...told } });
    const listeners = {
      start: on("start"),
      end: on("end"),
      error: on("error"),
      asyncStart: on("asyncStart"),
      asyncEnd: on("asyncEnd"),
    };
    const channel = tracingChannel(`wheelwright:${step}`);
    channel.subscribe(listeners);
    forget.push(() => channel.unsubscribe(listeners));
  }
  return heard;
}

function momentsOf(heard: readonly Heard[], step: Step): readonly Moment[] {
  return heard.filter((one) => one.step === step).map(({ moment }) => moment);
}

function lastOf(heard: readonly Heard[], step: Step): Readonly<Record<string, unknown>> {
  return heard.findLast((one) => one.step === step)?.held ?? {};
}

const atOnce = defineJob("AtOnce", { maxRetries: 1 }, ({ fails }: { fails?: boolean }) => {
  if (fails) throw new Error("no paper");
});
const later = defineJob("Later", { maxRetries: 1 }, async ({ fails }: { fails?: boolean }) => {
  await setImmediate();
  if (fails) throw new Error("no paper");
});
const sleeper = defineJob("Sleeper", { timeout: 5, maxRetries: 1 }, (_data: object, { sleep }) => sleep("1h"));

const WHOLE: readonly Moment[] = ["start", "end", "asyncStart", "asyncEnd"];
const FAILED: readonly Moment[] = ["start", "end", "error", "asyncStart", "asyncEnd"];

describe("the tracing channels", () => {
  it.each([
    ["at once", atOnce],
    ["later", later],
  ])("tell of enqueue, claim, perform and settle of a job that ends %s, in one order", async (_, job) => {
    const heard = listen(...ALL);
    const { jobs } = anApp({ jobs: [job], workerId: "w1" });

    const row = await jobs.enqueue(job, {});
    await jobs.processQueue();

    for (const step of ALL) expect(momentsOf(heard, step)).toEqual(WHOLE);
    expect(lastOf(heard, "enqueue")).toEqual({ jobClasses: [job.jobName], result: [row] });
    expect(lastOf(heard, "claim")).toMatchObject({ workerId: "w1", limit: 1, result: [{ id: row.id }] });
    expect(lastOf(heard, "perform")).toMatchObject({ workerId: "w1", job: { id: row.id, attempts: 1 }, result: true });
    const settled = { job: { id: row.id }, outcome: { type: "completed" }, rescues: false, result: "settled" };
    expect(lastOf(heard, "settle")).toMatchObject(settled);
    expect(new Set(heard.map(({ told }) => told)).size).toBe(ALL.length); // each step one object
  });

  it.each([
    ["at once", atOnce],
    ["later", later],
  ])("tell of what a handler threw %s, before the end", async (_, job) => {
    const heard = listen("perform", "settle");
    const { jobs } = anApp({ jobs: [job] });
    await jobs.enqueue(job, { fails: true });

    await jobs.processQueue();

    expect(momentsOf(heard, "perform")).toEqual(FAILED);
    expect(lastOf(heard, "perform")).toMatchObject({ error: new Error("no paper") });
    expect(lastOf(heard, "settle")).toMatchObject({ outcome: { type: "failed" }, result: "settled" });
  });

  it("tell of a timeout as the end of perform, and of nothing after it", async () => {
    const heard = listen("perform");
    const { jobs, advance } = anApp({ jobs: [sleeper] });
    await jobs.enqueue(sleeper, {});

    const ran = jobs.processQueue();
    await advance("2h");
    await ran;

    expect(momentsOf(heard, "perform")).toEqual(FAILED);
    expect(lastOf(heard, "perform").error).toBeInstanceOf(JobTimeoutError);
  });

  it("tell of an enqueue that is refused, and refuse it as before", async () => {
    const heard = listen("enqueue");
    const { jobs } = anApp({ jobs: [atOnce] });
    const refused = { code: "INVALID_OPTION" };

    await expect(jobs.enqueue(atOnce, {}, { delay: -1 })).rejects.toMatchObject(refused);
    expect(() => jobs.enqueueSync(atOnce, {}, { delay: -1 })).toThrow(expect.objectContaining(refused));
    await expect(jobs.enqueueMany([[atOnce, {}, { delay: -1 }]])).rejects.toMatchObject(refused);
    await expect(Reflect.apply(jobs.enqueue, jobs, [undefined])).rejects.toThrow(); // What JavaScript lets through.
    await expect(Reflect.apply(jobs.enqueueMany, jobs, ["AtOnce"])).rejects.toMatchObject(refused);
    await expect(Reflect.apply(jobs.enqueue, jobs, [Object.create(null)])).rejects.toMatchObject(refused);

    expect(momentsOf(heard, "enqueue")).toEqual([...FAILED, ...FAILED, ...FAILED, ...FAILED, ...FAILED, ...FAILED]);
    expect(heard.filter(({ moment }) => moment === "error").map(({ held }) => held.jobClasses)).toEqual([
      ["AtOnce"],
      ["AtOnce"],
      ["AtOnce"],
      ["undefined"],
      [],
      ["[Object: null prototype] {}"],
    ]);
  });

  it("tell of enqueueMany as one step, and of enqueueSync as of any", async () => {
    const heard = listen("enqueue");
    const { jobs } = anApp({ jobs: [atOnce, later] });

    const rows = await jobs.enqueueMany([[atOnce, {}], [later]]);
    expect(lastOf(heard, "enqueue")).toEqual({ jobClasses: ["AtOnce", "Later"], result: rows });

    const row = jobs.enqueueSync(later, {});
    expect(lastOf(heard, "enqueue")).toEqual({ jobClasses: ["Later"], result: [row] });
    expect(momentsOf(heard, "enqueue")).toEqual([...WHOLE, ...WHOLE]);
  });

  it("tell of each try at storing an outcome, and of one that is too late", async () => {
    const heard = listen("settle");
    const store = new MemoryJobStore();
    let tries = 0;
    const settle: MemoryJobStore["settle"] = async (...args) => {
      if (++tries === 1) throw new Error("connection reset");
      return tries === 2 ? "lost" : MemoryJobStore.prototype.settle.apply(store, args);
    };
    const { jobs } = anApp({ jobs: [atOnce], store: Object.assign(store, { settle }) });
    await jobs.enqueue(atOnce, {});

    await jobs.processQueue();

    expect(momentsOf(heard, "settle")).toEqual([...FAILED, ...WHOLE]);
    expect(lastOf(heard, "settle")).toMatchObject({ result: "lost" });
  });

  it("tell of a rescue as the settle that it is", async () => {
    const heard = listen("settle");
    const { jobs, store, clock, advance } = anApp({ jobs: [later] });
    await jobs.enqueue(later, {});
    await store.claim({ limit: 1, now: clock.now(), workerId: "dead", leaseMs: 1000 });
    await advance("1m");

    await jobs.rescue();

    expect(lastOf(heard, "settle")).toMatchObject({ rescues: true, outcome: { type: "failed" }, result: "settled" });
  });

  it("hold the stores bound to a start for the whole step, capture and handler included", async () => {
    const span = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const job = defineJob("Traced", {}, async () => {
      await setImmediate();
      seen.push(["perform", span.getStore()]);
    });
    channels.enqueue.start.bindStore(span, () => "enqueue span");
    channels.perform.start.bindStore(span, ({ job: { carried } }) => `perform span under ${carried}`);
    forget.push(
      () => channels.enqueue.start.unbindStore(span),
      () => channels.perform.start.unbindStore(span),
    );
    const { jobs } = anApp({
      jobs: [job],
      carry: {
        capture: () => span.getStore() ?? null,
        restore: (_value, run) => {
          seen.push(["restore", span.getStore()]);
          return run();
        },
      },
    });

    await jobs.enqueue(job);
    await jobs.processQueue();

    const held = "perform span under enqueue span";
    expect(seen).toEqual([
      ["restore", held],
      ["perform", held],
    ]);
    expect(span.getStore()).toBeUndefined();
  });

  it("tell of heartbeats and of progress as the lengthened leases that they are, and of one that came too late", async () => {
    const heard = listen("extend");
    const long = defineJob("Long", { timeout: 3600 }, async (_data, { progress, sleep }) => {
      await progress(1, 4);
      await sleep("25s");
    });
    const { jobs, store, advance, clock } = anApp({ jobs: [long] });
    const { id } = await jobs.enqueue(long);

    const ran = jobs.processQueue();
    await advance("25s");
    await ran;

    expect(momentsOf(heard, "extend")).toEqual([...WHOLE, ...WHOLE, ...WHOLE]); // The lease is 30 s: a beat each 10.
    const ends = heard.filter(({ moment }) => moment === "asyncEnd").map(({ held }) => held);
    expect(ends[0]).toMatchObject({ job: { id }, progress: { percentage: 25 }, result: "held" });
    expect(ends[1]).toMatchObject({ job: { id }, progress: null, result: "held" });

    await jobs.enqueue(long);
    const again = jobs.processQueue();
    await advance("1s");
    const claims = await store.list({ status: "processing" });
    Object.assign(store, { extend: async () => "lost" });
    await advance("20s");
    await again;
    expect(claims).toHaveLength(1);
    expect(lastOf(heard, "extend")).toMatchObject({ progress: null, result: "lost" });
    expect(clock.now()).toEqual(jobs.now());
  });

  it("tell of each firing of a schedule, and of one that another scheduler was first at", async () => {
    const heard = listen("tick");
    const hourly = defineJob("Hourly", { schedule: "0 * * * *" }, () => undefined);
    const store = new MemoryJobStore();
    const clock = new TestClock(START);
    const schedulers = [1, 2].map(() => anApp({ jobs: [hourly], store, clock }).jobs.scheduler());
    for (const scheduler of schedulers) await scheduler.start();

    await anApp({ jobs: [hourly], store, clock }).advance("1h");

    const ends = heard.filter(({ moment }) => moment === "asyncEnd").map(({ held }) => held);
    const due = new Date(START.getTime() + 3_600_000);
    expect(ends).toMatchObject([
      { schedule: "Hourly", due, result: [{ jobClass: "Hourly" }] },
      { schedule: "Hourly", due, result: [] },
    ]);
    for (const scheduler of schedulers) await scheduler.stop();
  });

  it("tell of each call that runs what is due, from its begin to its end, and how many attempts there were", async () => {
    const heard = listen("drain", "claim");
    const { jobs } = anApp({ jobs: [atOnce] });
    for (const fails of [false, true, false]) await jobs.enqueue(atOnce, { fails });
    await jobs.processQueue({ queue: "default,mail", limit: 2 });
    await jobs.processNext();
    await jobs.processNext();

    const kit = await createTestKit({ jobs: [atOnce], now: START });
    await kit.jobs.enqueue(atOnce, {});
    await kit.drain();
    await kit.jobs.enqueue(atOnce, {}, { delay: 60 });
    await kit.advance("1h");
    await kit.jobs.enqueue(atOnce, {});
    await kit.runNext();
    await kit.dispose();

    const ends = heard.filter(({ step, moment }) => step === "drain" && moment === "asyncEnd").map(({ held }) => held);
    expect(ends).toEqual([
      { verb: "processQueue", queues: ["default", "mail"], result: { ran: 2 } },
      { verb: "processNext", queues: undefined, result: { ran: 1 } },
      { verb: "processNext", queues: undefined, result: { ran: 0 } },
      { verb: "drain", queues: undefined, result: { ran: 1 } },
      { verb: "advance", queues: undefined, result: { ran: 1 } },
      { verb: "runNext", queues: undefined, result: { ran: 1 } },
    ]);
    const steps = heard.filter(({ moment }) => moment === "start").map(({ step }) => step);
    expect(steps.slice(-2)).toEqual(["drain", "claim"]); // A kit's claims are told, too.
  });

  it("tell of a call that fails, and hand nothing that is bound to it to the attempts in it (R17)", async () => {
    const heard = listen("drain");
    const span = new AsyncLocalStorage<string>();
    channels.drain.start.bindStore(span, () => "drain span");
    forget.push(() => channels.drain.start.unbindStore(span));
    const seen: unknown[] = [];
    const look = defineJob("Look", {}, () => void seen.push(span.getStore()));
    const store = new MemoryJobStore();
    const { jobs } = anApp({ jobs: [look], store });
    await jobs.enqueue(look);

    await jobs.processQueue();
    Object.assign(store, { due: () => Promise.reject(new Error("connection reset")) });
    await expect(jobs.processQueue()).rejects.toThrow("connection reset");

    expect(seen).toEqual([undefined]);
    expect(momentsOf(heard, "drain")).toEqual([...WHOLE, ...FAILED]);
    expect(lastOf(heard, "drain").error).toMatchObject({ message: "connection reset" });
  });

  it("tell of what a worker and a kit do, too", async () => {
    const heard = listen("claim", "perform");
    const { jobs, worker, advance } = await aWorker({ jobs: [atOnce] }, { queue: "default", concurrency: 3 });
    await jobs.enqueue(atOnce, {});
    await advance("1s");
    await worker.stop();

    expect(heard.find(({ step }) => step === "claim")?.held).toMatchObject({ queues: ["default"], limit: 3 });
    expect(momentsOf(heard, "perform")).toEqual(WHOLE);

    const kit = await createTestKit({ jobs: [atOnce] });
    await kit.jobs.enqueue(atOnce, {});
    await kit.drain();
    await kit.jobs.enqueue(atOnce, {});
    const [slow] = kit.workers("slow");
    await slow?.claim();
    expect(lastOf(heard, "claim")).toMatchObject({ workerId: "slow", limit: 1, result: [{ jobClass: "AtOnce" }] });
    await slow?.perform();
    await slow?.settle();
    await kit.dispose();
    expect(momentsOf(heard, "perform")).toEqual([...WHOLE, ...WHOLE, ...WHOLE]);
  });

  it("reject an unawaited, refused enqueue nowhere twice", async () => {
    listen("enqueue");
    const { jobs } = anApp({ jobs: [atOnce] });
    const unhandled: unknown[] = [];
    const hear = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", hear);
    forget.push(() => process.off("unhandledRejection", hear));

    await jobs.enqueue(atOnce, {}, { queue: "" }).catch(() => undefined);
    await setImmediate();

    expect(unhandled).toEqual([]);
  });

  it("cost nothing while nobody listens: what a step gives is the store's own promise", () => {
    const given = { claim: Promise.resolve([]), settle: Promise.resolve("lost"), extend: Promise.resolve("lost") };
    const engine = {
      store: { claim: () => given.claim, settle: () => given.settle, extend: () => given.extend },
    } as unknown as Engine; // `as`: the steps read no more of it
    const claim = {} as Claim; // `as`: nobody looks at it
    const at = { now: START };
    const work = Promise.resolve();

    expect(claimJobs(engine, { limit: 1, workerId: "w", leaseMs: 1000, ...at })).toBe(given.claim);
    expect(settle(engine, claim, { type: "completed" }, at)).toBe(given.settle);
    expect(extend(engine, claim, { leaseMs: 1000, ...at })).toBe(given.extend);
    expect(
      asDrain(
        "drain",
        undefined,
        () => work,
        () => 0,
      ),
    ).toBe(work);
  });

  it("are watched while anybody listens to any of their moments", () => {
    const moments = ["start", "end", "error", "asyncStart", "asyncEnd"] as const;
    const ignore = (): void => undefined;
    expect(Object.keys(channels)).toEqual([...ALL, ...OTHERS]);
    for (const channel of Object.values(channels)) expect(isWatched(channel as StepChannel<object>)).toBe(false); // `as`: whatever it tells

    for (const moment of moments) {
      channels.perform[moment].subscribe(ignore);
      expect(isWatched(channels.perform)).toBe(true);
      channels.perform[moment].unsubscribe(ignore);
      expect(isWatched(channels.perform)).toBe(false);
    }
  });
});
