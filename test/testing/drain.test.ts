// `drain`, `drainUntilIdle` and `runNext`: what they run, and what they report (R40).

import { describe, expect, it } from "vitest";
import { defineJob } from "wheelwright";
import { JobFailedError, NothingRanError } from "wheelwright/testing";
import { aFailingJob, aKit, aRow, aTellingJob, NOON, rejection } from "./a-kit.ts";

describe("kit.drain", () => {
  it("R40 runs all that is due, follow-ups too, and leaves the clock where it is", async () => {
    const ran: string[] = [];
    const Child = defineJob("ChildJob", {}, () => void ran.push("child"));
    const Parent = defineJob("ParentJob", {}, async () => {
      ran.push("parent");
      await Child.enqueue();
      await Child.enqueueIn(0.001, {});
    });
    const kit = await aKit([Parent, Child], { now: NOON });
    await Parent.enqueue();

    const report = await kit.drain();

    expect(ran).toEqual(["parent", "child"]);
    expect(kit.now()).toEqual(NOON);
    expect(report).toEqual({
      ran: 2,
      completed: 2,
      retried: 0,
      failed: 0,
      rescued: 0,
      stillPending: 1,
      startedAt: NOON,
      endedAt: NOON,
    });
  });

  it("R40 runs the high job first, whichever came due before", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    await job.enqueueIn(5, { name: "low" }, { priority: "low" });
    await job.enqueueIn(10, { name: "high" }, { priority: "high" });
    await kit.jump("1m");

    await kit.drain();

    expect(told).toEqual(["high", "low"]);
  });

  it("R13 takes queues as a name, a list or a comma list", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job]);
    for (const queue of ["a", "b", "c", "d"]) await job.enqueue({ name: queue }, { queue });

    await kit.drain({ queue: "b" });
    await kit.drain({ queue: ["d"] });
    await kit.drain({ queue: "a, c" });

    expect(told).toEqual(["b", "d", "a", "c"]);
  });

  it("takes the classes it is told to, among many others that are due", async () => {
    const { job, told } = aTellingJob();
    const other = aTellingJob({}, "OtherJob");
    const kit = await aKit([job, other.job]);
    for (let n = 0; n < 120; n++) await other.job.enqueue({ name: `other ${n}` });
    await job.enqueue({ name: "wanted" });

    const report = await kit.drain({ only: [job] });

    expect(told).toEqual(["wanted"]);
    expect(report).toMatchObject({ ran: 1, stillPending: 120 });
    await kit.drain({ except: job });
    expect(other.told).toHaveLength(120);
  });

  it("refuses options it does not know, and values it cannot use", async () => {
    const kit = await aKit([]);

    await expect(kit.drain({ quue: "mail" } as object)).rejects.toThrow('drain\'s option "quue"'); // `as`: a slip of the pen
    await expect(kit.drain({ maxJobs: 0 })).rejects.toThrow("maxJobs");
    await expect(kit.drain({ queue: "a,,b" })).rejects.toThrow("queue");
    await expect(kit.drain({ failures: "ignore" as "throw" })).rejects.toThrow("failures"); // `as`: what JavaScript may pass
    await expect(kit.drain({ retries: "ignore" as "throw" })).rejects.toThrow("retries"); // `as`: the same
    await expect(kit.drain({ only: "MailJob" as never })).rejects.toThrow("only"); // `as`: the same
    await expect(kit.drain({ except: [undefined as never] })).rejects.toThrow("except"); // `as`: the same
  });

  it("asks until after each step, in the context of the test", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job]);
    const other = await aKit([job], { label: "another" });
    for (const name of ["a", "b", "c"]) await kit.run(() => job.enqueue({ name }));

    await kit.run(() =>
      kit.drain({
        until: async ({ completed }) => {
          await job.enqueue({ name: "from until" }, { queue: "elsewhere", id: "once" }); // Two kits: only the scope tells which.
          return completed === 2;
        },
        queue: "default",
      }),
    );

    expect(told).toEqual(["a", "b"]);
    expect(await kit.pending()).toHaveLength(2);
    expect(await other.pending()).toEqual([]);
  });

  it("refuses to be called by a handler that it would wait for", async () => {
    const answers: unknown[] = [];
    const Nested = defineJob("NestedJob", {}, async () => {
      answers.push(await rejection(kit.drain()), await rejection(kit.dispose()));
    });
    const kit = await aKit([Nested]);
    await Nested.enqueue();

    await kit.drain();

    expect(String(answers[0])).toContain("kit.drain() was called by a handler that this kit is running");
    expect(String(answers[1])).toContain("kit.dispose() was called by a handler that this kit is running");
  });

  it("refuses to be called by its own until, which it waits for", async () => {
    const { job } = aTellingJob();
    const kit = await aKit([job]);
    await job.enqueue({ name: "a" });

    await expect(
      kit.drain({
        until: async () => {
          await kit.drain();
          return true;
        },
      }),
    ).rejects.toThrow("kit.drain() was called by the until of kit.drain()");
  });

  it("goes on after one that failed", async () => {
    const Failing = aFailingJob(undefined, 1);
    const { job, told } = aTellingJob();
    const kit = await aKit([Failing, job]);
    await kit.jobs.enqueue(Failing);
    await job.enqueue({ name: "next" }, { priority: -1 });

    await expect(kit.drain()).rejects.toThrow(JobFailedError);

    expect(told).toEqual(["next"]);
  });
});

describe("kit.drainUntilIdle", () => {
  it("skips time to each next due job, until none is pending", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    await job.enqueueIn(3600, { name: "in an hour" });
    await job.enqueueIn(86_400, { name: "in a day", sleeps: ["2h"] }, { timeout: 10_000 });

    const report = await kit.drainUntilIdle();

    expect(told).toEqual(["in an hour", "in a day", "in a day +7200s"]);
    expect(report).toMatchObject({ ran: 3, completed: 2, stillPending: 0 });
    expect(kit.now()).toEqual(new Date("2030-06-02T14:00:00Z"));
  });

  it("plays retries to their end", async () => {
    const Flaky = defineJob("FlakyJob", {}, (_data, { attempt }) => {
      if (attempt < 3) throw new Error("try again");
    });
    const kit = await aKit([Flaky], { now: NOON });
    const { id } = await Flaky.enqueue();

    const report = await kit.drainUntilIdle();

    expect(report).toMatchObject({ ran: 3, retried: 2, completed: 1 });
    expect(await kit.jobs.find(id)).toMatchObject({ completedAt: new Date(NOON.getTime() + 12_000) });
  });

  it("waits for leases of workers that died, and takes their jobs back", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    const { id } = await job.enqueue({ name: "taken" });
    await kit.store.claim({ limit: 1, now: NOON, workerId: "dead", leaseMs: 45_000 });

    const report = await kit.drainUntilIdle();

    expect(report).toMatchObject({ rescued: 1, retried: 1, completed: 1 });
    expect(told).toEqual(["taken"]);
    expect(await kit.jobs.find(id)).toMatchObject({ attempts: 2, startedAt: new Date(NOON.getTime() + 49_000) });
  });

  it("BM-210 fails the jobs of a class it does not know, and completes the others", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    await kit.store.insert([aRow("GoneJob", "gone")], { now: NOON });
    for (let n = 0; n < 9; n++) await job.enqueue({ name: `${n}` });

    const error = await rejection(kit.drainUntilIdle());

    expect(error).toMatchObject({ code: "JOB_FAILED", cause: { code: "UNKNOWN_JOB" } });
    expect(told).toHaveLength(9);
  });

  it("does not spin where a due job cannot be claimed, and runs the others", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    const { id } = await job.enqueue({ name: "locked" });
    await job.enqueueIn(60, { name: "free" });
    const { claim } = kit.store;
    // As a database does with a row that another connection has locked: it is skipped.
    kit.store.claim = async (request) => {
      const claims = await claim.call(kit.store, { ...request, limit: 10 });
      for (const one of claims) if (one.id === id) await kit.store.settle(one, { type: "released" }, request);
      return claims.filter((one) => one.id !== id).slice(0, request.limit);
    };

    const report = await kit.drainUntilIdle();

    expect(told).toEqual(["free"]);
    expect(report.stillPending).toBe(1);
  });

  it("does not spin where a lease that is over cannot be taken back", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    await job.enqueue({ name: "stuck" });
    await kit.store.claim({ limit: 1, now: NOON, workerId: "dead", leaseMs: 1000 });
    await job.enqueueIn(60, { name: "free" });
    const { settle } = kit.store;
    kit.store.settle = async (claim, outcome, at) => {
      if (at.expired === true) throw new Error("broken row");
      return settle.call(kit.store, claim, outcome, at);
    };

    await kit.drainUntilIdle();

    expect(told).toEqual(["free"]);
    expect(kit.logs({ message: /could not be taken back/g, level: "error" }).length).toBeGreaterThan(0);
  });
});

describe("kit.runNext", () => {
  it("runs the first due job alone, and gives it as it is then", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    const a = await job.enqueue({ name: "a", sleeps: ["1m"] });
    const b = await job.enqueue({ name: "b" });
    await job.enqueueIn(1, { name: "c" });

    expect(await kit.runNext()).toMatchObject({ id: a.id, status: "processing" });
    expect(await kit.runNext()).toMatchObject({ id: b.id, status: "completed" });

    expect(told).toEqual(["a", "b"]);
    expect(kit.now()).toEqual(NOON);
  });

  it("takes queue, only and except", async () => {
    const { job, told } = aTellingJob();
    const other = aTellingJob({}, "OtherJob");
    const kit = await aKit([job, other.job]);
    await other.job.enqueue({ name: "other" });
    await job.enqueue({ name: "mail" }, { queue: "mail" });

    await kit.runNext({ queue: "mail" });
    await kit.runNext({ only: other.job });

    expect([told, other.told]).toEqual([["mail"], ["other"]]);
  });

  it("R48 rejects where nothing is due, unless told that this is meant", async () => {
    const { job } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    await job.enqueueIn(60, { name: "later" });

    await expect(kit.runNext()).rejects.toThrow(NothingRanError);
    expect(await kit.runNext({ allowEmpty: true })).toBeNull();
  });

  it("R48 rejects where it only took back a lease, for no job has run", async () => {
    const { job } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    await job.enqueue({ name: "taken" });
    await kit.store.claim({ limit: 1, now: NOON, workerId: "dead", leaseMs: 1000 });
    await kit.jump("1s");

    await expect(kit.runNext()).rejects.toThrow(NothingRanError);
  });

  it("R42 rejects with the failure of the job that it ran", async () => {
    const Failing = aFailingJob(undefined, 1);
    const kit = await aKit([Failing]);
    await kit.jobs.enqueue(Failing);

    await expect(kit.runNext()).rejects.toThrow(JobFailedError);
  });
});
