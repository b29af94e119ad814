// Time travel: each job at its own due instant, and what is due at one instant in one order (R40).

import { describe, expect, it } from "vitest";
import { defineJob, type JobContext } from "wheelwright";
import { aKit, aTellingJob, NOON } from "./a-kit.ts";

describe("kit.advance", () => {
  it("R40 runs each job at its own due instant, whatever its priority", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    const low = await job.enqueueIn(5, { name: "low" }, { priority: "low" });
    const high = await job.enqueueIn(10, { name: "high" }, { priority: "high" });

    const report = await kit.advance("1m");

    expect(told).toEqual(["low", "high"]);
    expect((await kit.jobs.find(low.id))?.startedAt).toEqual(low.runAt);
    expect((await kit.jobs.find(high.id))?.startedAt).toEqual(high.runAt);
    expect(kit.now()).toEqual(new Date(NOON.getTime() + 60_000));
    expect(report).toMatchObject({ ran: 2, completed: 2, startedAt: NOON, endedAt: kit.now() });
  });

  it("R40 runs overdue jobs at the present instant, in claim order", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    await job.enqueueIn(5, { name: "low" }, { priority: "low" });
    const high = await job.enqueueIn(10, { name: "high" }, { priority: "high" });
    await kit.jump("1m");

    await kit.advance("1s");

    expect(told).toEqual(["high", "low"]);
    expect((await kit.jobs.find(high.id))?.startedAt).toEqual(new Date(NOON.getTime() + 60_000));
  });

  it("runs what comes due exactly at its end, and nothing a millisecond later", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    await job.enqueueIn(60, { name: "at the end" });
    await job.enqueueIn(60.001, { name: "after it" });

    await kit.advance("1m");

    expect(told).toEqual(["at the end"]);
  });

  it("runs follow-ups that come due on the way", async () => {
    const ran: string[] = [];
    const Step = defineJob<{ left: number }>("StepJob", {}, async ({ left }, context) => {
      ran.push(context.now().toISOString().slice(14, 19));
      if (left > 0) await Step.enqueueIn(20, { left: left - 1 });
    });
    const kit = await aKit([Step], { now: NOON });
    await Step.enqueue({ left: 9 });

    await kit.advance("50s");

    expect(ran).toEqual(["00:00", "00:20", "00:40"]);
  });

  it("waits out the backoff of a job that fails", async () => {
    const Failing = defineJob("FailingJob", {}, () => {
      throw new Error("no route to host");
    });
    const kit = await aKit([Failing], { now: NOON });
    kit.expectFailure(Failing, "no route");
    const { id } = await Failing.enqueue();

    await kit.advance("11s 999ms");
    expect(await kit.jobs.find(id)).toMatchObject({ status: "pending", attempts: 2 });
    await kit.advance("1ms");

    expect(await kit.jobs.find(id)).toMatchObject({ status: "failed", attempts: 3 });
  });

  it("moves time where nothing is due, and that is no error", async () => {
    const kit = await aKit([aTellingJob().job], { now: NOON });

    const report = await kit.advance({ hours: 1 });

    expect(report).toMatchObject({ ran: 0, stillPending: 0 });
    expect(kit.now()).toEqual(new Date(NOON.getTime() + 3_600_000));
  });

  it("BM-243 runs what is due when told to advance by nothing", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    await job.enqueue({ name: "due" });

    await kit.advance("0s");

    expect(told).toEqual(["due"]);
    expect(kit.now()).toEqual(NOON);
  });

  it("BM-248 refuses what is no length of time, by a rejection", async () => {
    const kit = await aKit([aTellingJob().job], { now: NOON });

    for (const bad of [-1, Number.NaN, Number.POSITIVE_INFINITY, 5, "5", "-5m", "soon", {}, { seconds: -1 }, null]) {
      await expect(kit.advance(bad as string)).rejects.toThrow("advance's duration"); // `as`: what JavaScript may pass
      await expect(kit.jump(bad as string)).rejects.toThrow("jump's duration");
    }
    await expect(kit.advance("300000000d")).rejects.toThrow("one that ends at an instant a Date can tell");
    expect(kit.now()).toEqual(NOON);
  });

  it("takes the jobs of the queues and classes it is told to, and leaves the others due", async () => {
    const { job, told } = aTellingJob();
    const other = aTellingJob({}, "OtherJob");
    const kit = await aKit([job, other.job], { now: NOON });
    await job.enqueueIn(10, { name: "mail" }, { queue: "mail" });
    await job.enqueueIn(10, { name: "default" });
    await other.job.enqueueIn(10, { name: "other" });

    await kit.advance("10s", { queue: "mail" });
    expect([told, other.told]).toEqual([["mail"], []]);
    await kit.advance("1s", { only: other.job });
    expect([told, other.told]).toEqual([["mail"], ["other"]]);
    await kit.advance("1s", { except: other.job });

    expect([told, other.told]).toEqual([["mail", "default"], ["other"]]);
  });

  it("stops where until says so, and stays there", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    for (const name of ["a", "b", "c"]) await job.enqueueIn(told.length + 10, { name });

    await kit.advance("1h", { until: ({ completed }) => completed === 2 });

    expect(told).toEqual(["a", "b"]);
    expect(kit.now()).toEqual(new Date(NOON.getTime() + 10_000));
  });

  it("takes turns with other drains, in the order of the calls", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    await job.enqueueIn(60, { name: "later", sleeps: ["30s"] });

    const reports = await Promise.all([kit.advance("1m"), kit.advance("10s"), kit.jump("10s"), kit.advance("10s")]);

    expect(told).toEqual(["later", "later +30s"]);
    expect(reports.map((report) => report?.endedAt.getTime())).toEqual([60, 70, undefined, 90].map(afterNoon));
  });
});

describe("kit.advanceTo", () => {
  it("ends at the instant, with all that was due by then", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    await job.enqueueIn(3600, { name: "in an hour" });

    await kit.advanceTo("2030-06-01T12:59:59.999Z");
    expect(told).toEqual([]);
    await kit.advanceTo(new Date("2030-06-01T13:00:00Z"));

    expect(told).toEqual(["in an hour"]);
    expect(kit.now()).toEqual(new Date("2030-06-01T13:00:00Z"));
  });

  it("may stay where it is, and refuses the past and what is no instant", async () => {
    const kit = await aKit([aTellingJob().job], { now: NOON });

    await kit.advanceTo(NOON);

    await expect(kit.advanceTo("2030-06-01T11:59:59.999Z")).rejects.toThrow("not before the kit's 2030-06-01T12:00");
    await expect(kit.advanceTo("noon")).rejects.toThrow("advanceTo's date");
  });
});

describe("kit.jump", () => {
  it("R40 moves time and runs nothing", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    await job.enqueueIn(5, { name: "low" }, { priority: "low" });
    await job.enqueueIn(10, { name: "high" }, { priority: "high" });

    await kit.jump("1m");
    expect(told).toEqual([]);
    expect(kit.now()).toEqual(new Date(NOON.getTime() + 60_000));
    await kit.drain();

    expect(told).toEqual(["high", "low"]);
  });

  it("R40 wakes nobody; sleepers go on at the next drain", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    await job.enqueue({ name: "sleeper", sleeps: ["10s"] });
    await kit.drain();

    await kit.jump("29s");
    expect(told).toEqual(["sleeper"]);
    await kit.drain();

    expect(told).toEqual(["sleeper", "sleeper +29s"]);
  });

  it("R25 lets leases end, as when every worker is down", async () => {
    const { job } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    const { id } = await job.enqueue({ name: "sleeper", sleeps: ["1m"] });
    await kit.drain();

    await kit.jump("30s");
    const report = await kit.drain();

    expect(report).toMatchObject({ rescued: 1, retried: 1 });
    expect(await kit.jobs.find(id)).toMatchObject({ status: "pending", attempts: 1, lastError: "worker lost" });
  });

  it("R25 lets a lease live that a millisecond is left of", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    await job.enqueue({ name: "sleeper", sleeps: ["31s"] });
    await kit.drain();

    await kit.jump("29s 999ms");
    await kit.advance("1m");

    expect(told).toEqual(["sleeper", "sleeper +31s"]);
    expect(kit.events({ type: "rescued" })).toEqual([]);
  });
});

describe("one instant", () => {
  it("R40 is played in the order sleepers, timeouts, rescues, claims", async () => {
    const order: string[] = [];
    const Sleeper = defineJob("SleeperJob", {}, async (_data, context) => {
      await context.sleep("60s");
      order.push("sleeper");
    });
    const TimedOut = defineJob("TimedOutJob", { timeout: 60, maxRetries: 1 }, async (_data, context) => {
      context.signal.addEventListener("abort", () => order.push("timeout"));
      await context.sleep("1h");
    });
    const Claimed = defineJob("ClaimedJob", {}, () => void order.push("claim"));
    const Lost = defineJob("LostJob", {}, () => undefined);
    const kit = await aKit([Sleeper, TimedOut, Claimed, Lost], { now: NOON });
    kit.jobs.on("rescued", () => order.push("rescue"));
    await Claimed.enqueueIn(60, {});
    await Lost.enqueue();
    // Claimed by a worker that dies, with a lease that ends at the same instant.
    const dead = { queues: undefined, limit: 1, now: NOON, workerId: "dead", leaseMs: 60_000 };
    await kit.store.claim(dead);
    await TimedOut.enqueue();
    await Sleeper.enqueue();
    kit.expectFailure(TimedOut, "timed out after 60 seconds");

    await kit.advance("1m");

    expect(order).toEqual(["sleeper", "timeout", "rescue", "claim"]);
  });

  it("R40 ends every attempt whose time is over before it claims anything", async () => {
    const order: string[] = [];
    const timedOut = defineJob("TimedOutJob", { timeout: 60, maxRetries: 1 }, async (_data, context) => {
      context.signal.addEventListener("abort", () => order.push("timed out"));
      await context.sleep("2m");
    });
    const claimed = defineJob("ClaimedJob", {}, () => void order.push("claimed"));
    const kit = await aKit([timedOut, claimed], { now: NOON });
    for (let n = 0; n < 3; n++) await timedOut.enqueue();
    await claimed.enqueueIn(60);

    await kit.advance("1m", { failures: "collect" });

    expect(order).toEqual(["timed out", "timed out", "timed out", "claimed"]);
  });

  it("R40 wakes sleepers in order of instant, then of call", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    await job.enqueue({ name: "a", sleeps: ["10s"] });
    await job.enqueue({ name: "b", sleeps: ["9s"] });
    await job.enqueue({ name: "c", sleeps: ["10s"] });
    await kit.drain();

    await kit.jump("20s");
    await kit.drain();

    expect(told).toEqual(["a", "b", "c", "b +20s", "a +20s", "c +20s"]);
  });

  it("R40 runs each job until it ends or sleeps before it claims the next", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    await job.enqueue({ name: "a", sleeps: ["0s"] });
    await job.enqueue({ name: "b" });

    await kit.drain();

    expect(told).toEqual(["a", "a +0s", "b"]);
  });

  it("R11 claims what a handler enqueues in claim order, among what is due already", async () => {
    const order: string[] = [];
    const Urgent = defineJob("UrgentJob", { priority: "high" }, () => void order.push("urgent"));
    const Plain = defineJob<{ n: number }>("PlainJob", {}, async ({ n }) => {
      order.push(`plain ${n}`);
      if (n === 1) await Urgent.enqueue();
    });
    const kit = await aKit([Urgent, Plain], { now: NOON });
    await Plain.enqueue({ n: 1 });
    await Plain.enqueue({ n: 2 });

    await kit.drain();

    expect(order).toEqual(["plain 1", "urgent", "plain 2"]);
  });

  it("BM-246 lets a poll loop and due jobs both go on", async () => {
    let polls = 0;
    const Poll = defineJob("PollJob", { timeout: 30 }, async (_data: object, context: JobContext) => {
      for (; polls < 20; polls++) await context.sleep("1s");
    });
    const { job, told } = aTellingJob();
    const kit = await aKit([Poll, job], { now: NOON });
    await Poll.enqueue();
    for (let second = 1; second <= 20; second++) await job.enqueueIn(second, { name: `${second}` });

    await kit.advance("10s");

    expect(polls).toBe(10);
    expect(told).toHaveLength(10);
    await kit.advance("10s");
    expect(told).toHaveLength(20);
  });

  it("BM-251 lets due jobs and a thousand re-enqueues without delay take turns", async () => {
    const order: string[] = [];
    const Again = defineJob<{ left: number }>("AgainJob", {}, async ({ left }) => {
      order.push("again");
      if (left > 0) await Again.enqueue({ left: left - 1 });
    });
    const Due = defineJob("DueJob", {}, () => void order.push("due"));
    const kit = await aKit([Again, Due], { now: NOON });
    await Again.enqueue({ left: 999 });
    for (let n = 0; n < 3; n++) await Due.enqueue();

    await kit.drain({ maxJobs: 2000 });

    expect(order.slice(0, 5)).toEqual(["again", "due", "due", "due", "again"]);
    expect(order).toHaveLength(1003);
  });
});

function afterNoon(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : NOON.getTime() + seconds * 1000;
}
