// Real milliseconds pass between two calls of a test; what a kit plays does not depend on how many (R39).

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineJob } from "wheelwright";
import { createTestKit } from "wheelwright/testing";
import { aKit, aTellingJob, NOON } from "./a-kit.ts";
import { fewer } from "./a-store.ts";
import { aStep, passRealTime, playRealTime, type Step } from "./played-time.ts";

playRealTime();

describe("milliseconds of real time", () => {
  it("never make up for time that was not advanced", async () => {
    const FailsOnce = defineJob("FailsOnceJob", {}, (_data, { attempt }) => {
      if (attempt === 1) throw new Error("try again");
    });
    const kit = await aKit([FailsOnce]);
    const { id } = await FailsOnce.enqueue();
    await kit.drain();

    passRealTime(3);
    await kit.pending();
    passRealTime(3);
    await kit.advance("3s 999ms");
    passRealTime(3);
    await kit.drain({ allowEmpty: true });

    expect(await kit.jobs.find(id)).toMatchObject({ status: "pending", attempts: 1 });
    await kit.advance("1ms");
    expect(await kit.jobs.find(id)).toMatchObject({ status: "completed", attempts: 2 });
  });

  it("do not show in timelines", async () => {
    const { job } = aTellingJob();
    const kit = await aKit([job]);
    await job.enqueueIn(10, { name: "a", sleeps: ["5s"] });
    passRealTime(4);
    await kit.advance("9s");
    passRealTime(4);
    await kit.advance("20s");

    expect(kit.events().map(({ type, advancedMs }) => [type, advancedMs])).toEqual([
      ["enqueued", 0],
      ["claimed", 10_000],
      ["completed", 15_000],
    ]);
  });

  it("do not end a lease, nor a timeout, a millisecond too soon", async () => {
    const { job } = aTellingJob({ timeout: 60 });
    const kit = await aKit([job]);
    await job.enqueue({ name: "a", sleeps: ["10m"] });
    passRealTime(4);
    await kit.drain();
    passRealTime(4);
    await kit.advance("59s 999ms");
    expect(kit.events({ type: "retried" })).toEqual([]);
    await kit.jump("1ms");
    await kit.drain();

    expect(kit.events({ type: "retried" })).toHaveLength(1);
  });

  it("do not end a dead worker's lease too soon", async () => {
    const { job } = aTellingJob();
    const kit = await aKit([job]);
    await job.enqueue({ name: "a", sleeps: ["10m"] });
    await kit.drain();
    passRealTime(4);

    await kit.jump("29s 999ms");
    await kit.drain({ allowEmpty: true });
    expect(kit.events({ type: "rescued" })).toEqual([]);
    await kit.jump("1ms");
    await kit.drain();

    expect(kit.events({ type: "rescued" })).toHaveLength(1);
  });

  it("make no two instants of what the test would call one", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job]);
    await job.enqueueIn(60, { name: "low" }, { priority: "low" });
    passRealTime(2);
    await job.enqueueIn(60, { name: "high" }, { priority: "high" });
    passRealTime(2);

    await kit.advance("1m");

    expect(told).toEqual(["high", "low"]);
  });

  it("let an advance that reaches a job run it at its own instant", async () => {
    const { job } = aTellingJob();
    const kit = await aKit([job]);
    const { id, runAt } = await job.enqueueIn(10, { name: "a" });
    passRealTime(4);

    await kit.advance("10s");

    expect((await kit.jobs.find(id))?.startedAt).toEqual(runAt);
    expect(kit.now()).toEqual(new Date(NOON.getTime() + 10_004));
  });

  it("R39 let a kit play as a frozen one does: same ids, order and timeline", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aStep(), { maxLength: 12 }), async (steps) => {
        const followed = await play(steps, {});
        const frozen = await play(
          steps.map((step) => ({ ...step, driftMs: 0 })),
          { now: NOON },
        );
        expect(followed).toEqual(frozen);
      }),
      { numRuns: fewer(100, 6) },
    );
  });
});

/**
 * Jobs that fail, are tried again, and sleep. Where two things fall on one instant, a millisecond of real time decides
 * which comes first, and rightly so: no two have one priority, and no sleep ends when another does, or a job is due.
 */
async function play(steps: readonly Step[], options: { now?: Date }): Promise<unknown> {
  const Flaky = defineJob<{ n: number }>("FlakyJob", {}, async ({ n }, { attempt, sleep, job }) => {
    if (attempt === 1 && n % 2 === 0) throw new Error("try again");
    await sleep(`${n}s ${70 * (job.priority + 1)}ms`);
  });
  const kit = await createTestKit({ jobs: [Flaky], leftovers: "ignore", ...options });
  let priority = 0;
  for (const { verb, seconds, driftMs } of steps) {
    passRealTime(driftMs);
    if (verb === "enqueue") await kit.run(() => Flaky.enqueueIn(seconds, { n: seconds }, { priority: priority++ }));
    else if (verb === "drain") await kit.drain({ allowEmpty: true });
    else await kit[verb](`${seconds}s`);
  }
  const story = kit.events().map(({ type, jobId, advancedMs, attempt }) => [type, jobId, advancedMs, attempt]);
  await kit.dispose();
  return story;
}
