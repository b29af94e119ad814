// `drain`, `drainUntilIdle` and `runNext`: what they run, what they report, and when they fail (R40–R42, R48).

import { describe, expect, it } from "vitest";
import { type AnyJobClass, DiscardJob, defineJob, Job, RetryJob } from "wheelwright";
import { JobFailedError, NothingRanError, RunawayError } from "wheelwright/testing";
import { aKit, aTellingJob, aTurn, NOON } from "./a-kit.ts";

class PaymentError extends Error {}

function aFailingJob(error: unknown = new PaymentError("card declined"), maxRetries = 3): AnyJobClass {
  return class FailingJob extends Job {
    override maxRetries = maxRetries;
    override perform(): void {
      throw error;
    }
  };
}

async function rejection(promise: Promise<unknown>): Promise<Error> {
  const error: unknown = await promise.then(
    () => new Error("it resolved"),
    (thrown: unknown) => thrown,
  );
  return error as Error; // `as`: what the kit rejects with
}

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
    const row = { id: "gone", idGiven: true, queue: "default", data: "{}", priority: 0, maxRetries: 1, timeout: 300 };
    const more = { runAt: NOON, uniqueKey: null, uniqueWhile: "live", carried: null, jobClass: "GoneJob" } as const;
    await kit.store.insert([{ ...row, ...more }], { now: NOON });
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

describe("a drain that comes to no end", () => {
  const Again = defineJob("AgainJob", {}, async () => {
    await Again.enqueue();
  });

  it("BM-230 R41 stops at maxJobs, with an error that names the class and the chain", async () => {
    let ran = 0;
    const Counted = defineJob("CountedJob", {}, async () => {
      ran++;
      await Counted.enqueue();
    });
    const kit = await aKit([Counted], { now: NOON });
    await Counted.enqueue();

    const error = await rejection(kit.drainUntilIdle({ maxJobs: 50 }));

    expect(error).toBeInstanceOf(RunawayError);
    expect(error.message).toContain("it ran 50 attempts");
    expect(error.message).toContain("ran most: CountedJob × 50");
    expect(error.message).toMatch(/the chain: … → CountedJob \S+ → CountedJob \S+ →/);
    expect(ran).toBe(50);
  });

  it("R41 is an error past a thousand jobs, unless told otherwise", async () => {
    const kit = await aKit([Again], { now: NOON });
    await Again.enqueue();

    await expect(kit.drain()).rejects.toThrow("it ran 1000 attempts");
    await expect(kit.advance("1s")).rejects.toThrow(RunawayError);
    await expect(kit.drain({ maxJobs: 5 })).rejects.toThrow("it ran 5 attempts");
  });

  it("R41 is none when exactly maxJobs were due", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job]);
    for (let n = 0; n < 5; n++) await job.enqueue({ name: `${n}` });

    await kit.drain({ maxJobs: 5 });

    expect(told).toHaveLength(5);
  });

  it("R41 stops before the job that would be one too many, also with only and except", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job]);
    for (let n = 0; n < 6; n++) await job.enqueue({ name: `${n}` });

    await expect(kit.drain({ maxJobs: 5, only: job })).rejects.toThrow(RunawayError);

    expect(told).toHaveLength(5);
  });

  it("R41 counts the jobs of an advance per instant", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    for (let second = 0; second < 30; second++)
      for (let n = 0; n < 5; n++) await job.enqueueIn(second, { name: `${second}` });

    await kit.advance("1m", { maxJobs: 5 });

    expect(told).toHaveLength(150);
  });

  it("R41 stops at maxVirtualTime", async () => {
    const Daily = defineJob("DailyJob", {}, async () => {
      await Daily.enqueueIn(86_400, {});
    });
    const kit = await aKit([Daily], { now: NOON });
    await Daily.enqueue();

    const error = await rejection(kit.drainUntilIdle({ maxVirtualTime: "7d" }));

    expect(error).toBeInstanceOf(RunawayError);
    expect(error.message).toContain("with 7d of virtual time advanced");
    expect(error.message).toContain("ran most: DailyJob × 8");
  });

  it("BM-230 runs what is enqueued for an hour later only when time is advanced", async () => {
    let ran = 0;
    const Hourly = defineJob("HourlyJob", {}, async () => {
      ran++;
      await Hourly.enqueueIn(3600, {});
    });
    const kit = await aKit([Hourly], { now: NOON });
    await Hourly.enqueue();

    await kit.drain();
    expect(ran).toBe(1);
    await kit.advance("59m 59s 999ms");
    expect(ran).toBe(1);
    await kit.advance("1ms");

    expect(ran).toBe(2);
  });

  it("R41 stops where a handler sleeps no time at all, again and again", async () => {
    const Poll = defineJob("PollJob", {}, async (_data, { sleep }) => {
      for (;;) await sleep("0s");
    });
    const kit = await aKit([Poll], { now: NOON });
    await Poll.enqueue();

    await expect(kit.drain({ maxJobs: 20 })).rejects.toThrow(RunawayError);
  });

  it("lets more sleepers wake at one instant than jobs may start", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    for (let n = 0; n < 30; n++) await job.enqueueIn(n, { name: `${n}`, sleeps: [`${100 - n}s`] });

    await kit.advance("2m", { maxJobs: 2 });

    expect(told).toHaveLength(60);
  });
});

describe("a job that fails during a drain", () => {
  it("R42 fails the drain with the handler's own error as cause", async () => {
    const thrown = new PaymentError("card declined");
    const Failing = aFailingJob(thrown);
    const kit = await aKit([Failing], { now: NOON });
    const { id } = await kit.jobs.enqueue(Failing);

    const error = await rejection(kit.drainUntilIdle());

    expect(error).toBeInstanceOf(JobFailedError);
    expect(error).toMatchObject({ code: "JOB_FAILED", errors: [thrown] });
    expect(error.cause).toBe(thrown);
    expect(error.message).toContain(`FailingJob ${id} failed in attempt 3 of 3, 12s in: card declined`);
    expect(error.message).toContain("kit.expectFailure(FailingJob)");
  });

  it("R42 tells of several at once", async () => {
    const Failing = aFailingJob(undefined, 1);
    const kit = await aKit([Failing]);
    for (let n = 0; n < 7; n++) await kit.jobs.enqueue(Failing);

    const error = await rejection(kit.drain());

    expect(error.message).toContain("7 jobs failed");
    expect(error.message).toContain("… and 2 more");
    expect((error as JobFailedError).errors).toHaveLength(7); // `as`: checked above
  });

  it('R42 is collected with failures: "collect"', async () => {
    const Failing = aFailingJob();
    const kit = await aKit([Failing], { now: NOON });
    await kit.jobs.enqueue(Failing);

    expect(await kit.drainUntilIdle({ failures: "collect" })).toMatchObject({ retried: 2, failed: 1 });
  });

  it('R42 fails the drain at the first attempt with retries: "throw"', async () => {
    const thrown = new PaymentError("card declined");
    const Failing = aFailingJob(thrown);
    const kit = await aKit([Failing], { now: NOON });
    await kit.jobs.enqueue(Failing);

    expect(await kit.drain()).toMatchObject({ retried: 1, failed: 0 });
    await kit.jump("4s");
    const error = await rejection(kit.drain({ retries: "throw" }));

    expect(error).toBeInstanceOf(JobFailedError);
    expect(error.cause).toBe(thrown);
    expect(error.message).toContain("threw in attempt 2 of 3");
  });

  it("R23 fails the drain too when the job was discarded, and not when it chose its retry", async () => {
    const Discarded = aFailingJob(new DiscardJob("no such order"));
    const kit = await aKit([Discarded], { now: NOON });
    await kit.jobs.enqueue(Discarded);
    await expect(kit.drain()).rejects.toThrow("no such order");

    const Retried = defineJob("RetriedJob", {}, (_data, { attempt }) => {
      if (attempt === 1) throw new RetryJob({ in: "1h" });
    });
    const other = await aKit([Retried], { now: NOON });
    await other.run(() => Retried.enqueue());
    await other.drainUntilIdle();
    expect(other.now()).toEqual(new Date(NOON.getTime() + 3_600_000));
  });

  it.each([
    ["nothing more than its class", undefined],
    ["a part of the message", "declined"],
    ["a pattern, also a global one", /card/g],
    ["an error class", PaymentError],
    ["a base class", Error],
    ["an arrow function", (error: unknown) => error instanceof PaymentError],
    [
      "a plain function",
      function isDeclined(error: unknown): boolean {
        return String(error).includes("declined");
      },
    ],
  ] as const)("R42 is expected by %s", async (_what, match) => {
    const Failing = aFailingJob(undefined, 1);
    const kit = await aKit([Failing]);
    kit.expectFailure(Failing, match);
    for (let n = 0; n < 3; n++) await kit.jobs.enqueue(Failing);

    expect(await kit.drain()).toMatchObject({ failed: 3 });
  });

  it.each([
    ["another message", "no route to host"],
    ["another pattern", /^declined/],
    ["another error class", RangeError],
    ["a predicate that says no", () => false],
  ] as const)("R42 is not expected by %s", async (_what, match) => {
    const Failing = aFailingJob(undefined, 1);
    const kit = await aKit([Failing]);
    kit.expectFailure(Failing, match);
    await kit.jobs.enqueue(Failing);

    await expect(kit.drain()).rejects.toThrow("card declined");
    await expect(kit.dispose()).rejects.toThrow("was never met");
  });

  it("R42 is expected under the old name of a row, too", async () => {
    class NewJob extends Job {
      static override aliases = ["OldJob"];
      override perform(): void {
        throw new PaymentError("card declined");
      }
    }
    const kit = await aKit([NewJob], { now: NOON });
    kit.expectFailure(NewJob, PaymentError);
    const row = { id: "old", idGiven: true, queue: "default", data: "{}", priority: 0, maxRetries: 1, timeout: 300 };
    const more = { runAt: NOON, uniqueKey: null, uniqueWhile: "live", carried: null, jobClass: "OldJob" } as const;
    await kit.store.insert([{ ...row, ...more }], { now: NOON });

    expect(await kit.drain()).toMatchObject({ failed: 1 });
  });

  it("R42 meets the expectation also where no drain ran it", async () => {
    const Failing = aFailingJob(undefined, 1);
    const kit = await aKit([Failing]);
    kit.expectFailure(Failing);
    await kit.jobs.enqueue(Failing);

    expect(await kit.jobs.processQueue()).toMatchObject({ failed: 1 });

    await kit.dispose();
  });

  it("R42 fails the test at dispose where an expected failure never came", async () => {
    const kit = await aKit([aFailingJob()]);
    const { job } = aTellingJob();
    const other = await aKit([job]);
    other.expectFailure(job, /card/);
    other.expectFailure(job, PaymentError);

    const error = await rejection(other.dispose());

    expect(error.message).toContain("kit.expectFailure(TellJob, /card/) was never met");
    expect(error.message).toContain("kit.expectFailure(TellJob, PaymentError) was never met");
    await kit.dispose();
  });

  it("names a class that is none of the kit's, with the one that may be meant", async () => {
    const kit = await aKit([aTellingJob().job]);

    expect(() => kit.expectFailure(defineJob("TelJob", {}, () => undefined))).toThrow('Did you mean "TellJob"?');
    expect(() => kit.expectFailure("TellJob" as never)).toThrow("the job class"); // `as`: what JavaScript may pass
  });
});

describe("a drain that ran nothing", () => {
  it("R48 rejects, and says when the next job is due", async () => {
    const { job } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    const { id } = await job.enqueueIn(299, { name: "later" });

    const error = await rejection(kit.drain());

    expect(error).toBeInstanceOf(NothingRanError);
    expect(error.message).toContain(`TellJob ${id}`);
    expect(error.message).toContain("due in 4m 59s");
  });

  it("R48 says that jobs wait in another queue", async () => {
    const { job } = aTellingJob();
    const kit = await aKit([job]);
    await job.enqueue({ name: "mail" }, { queue: "mail" });

    expect((await rejection(kit.drain({ queue: "default" }))).message).toContain('"mail"');
  });

  it("R48 says that other kits are open", async () => {
    const { job } = aTellingJob();
    const [kit, other] = [await aKit([job]), await aKit([job])];
    await other.run(() => job.enqueue({ name: "elsewhere" }));

    expect((await rejection(kit.drain())).message).toContain("other kit");
  });

  it("R48 rejects from drainUntilIdle too, and allowEmpty says that it is meant", async () => {
    const kit = await aKit([aTellingJob().job]);

    await expect(kit.drainUntilIdle()).rejects.toThrow(NothingRanError);
    expect(await kit.drain({ allowEmpty: true })).toMatchObject({ ran: 0 });
    expect(await kit.drainUntilIdle({ allowEmpty: true })).toMatchObject({ ran: 0 });
  });

  it("R48 is one that ran something where it woke a sleeper, timed one out or took a lease back", async () => {
    const { job } = aTellingJob({ timeout: 100, maxRetries: 2 });
    const kit = await aKit([job], { now: NOON });
    await job.enqueue({ name: "s", sleeps: ["10s", "200s"] });
    await kit.drain();

    await kit.jump("10s");
    expect(await kit.drain()).toMatchObject({ ran: 1 });
    await kit.advance("80s");
    await kit.jump("10s");
    expect(await kit.drain()).toMatchObject({ ran: 0, retried: 1 });
    await aTurn();
  });
});
