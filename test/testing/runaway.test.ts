// A drain that comes to no end is an error that names what kept it going (R41).

import { describe, expect, it } from "vitest";
import { defineJob } from "wheelwright";
import { RunawayError } from "wheelwright/testing";
import { aKit, aTellingJob, NOON, rejection } from "./a-kit.ts";

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
    expect(error.message).toMatchInlineSnapshot(`
      "The drain does not come to an end: it ran 50 attempts.

        limits    maxJobs 50, maxVirtualTime 30d
        advanced  0s of virtual time
        ran most  CountedJob × 50
        chain     … → #46 CountedJob → #47 CountedJob → #48 CountedJob →
                    #49 CountedJob → #50 CountedJob

        hint      Stop the chain in the job, drain with { until } or a higher limit,
                    or use kit.advance(…), which ends at an instant."
    `);
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
    expect(error.message).toMatchInlineSnapshot(`
      "The drain does not come to an end: it ran 8 attempts.

        limits    maxJobs 1000, maxVirtualTime 7d
        advanced  7d of virtual time
        ran most  DailyJob × 8
        chain     … → #4 DailyJob → #5 DailyJob → #6 DailyJob → #7 DailyJob →
                    #8 DailyJob

        hint      Stop the chain in the job, drain with { until } or a higher limit,
                    or use kit.advance(…), which ends at an instant."
    `);
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
