// The way out that is named when a job has not run yet, on a clock that follows the real time (R39, R48).

import { describe, expect, it } from "vitest";
import { expectRan } from "wheelwright/testing";
import { aKit, aTellingJob, rejection } from "./a-kit.ts";
import { passRealTime, playRealTime } from "./played-time.ts";

playRealTime();

describe("a drain that ran nothing", () => {
  // Real time had been taken off the wait that was named, and advancing by the rest ran nothing.
  it("R48 names an advance that runs the next job, whatever real time has passed since its enqueue", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job]);
    await job.enqueueIn(300, { name: "later" });
    passRealTime(9);

    const error = await rejection(kit.drain());

    expect(error.message).toContain('kit.advance("5m") or kit.drainUntilIdle() runs it');
    await kit.advance("4m 59s 999ms");
    expect(told).toEqual([]);
    await kit.advance("1ms");
    expect(told).toEqual(["later"]);
  });

  it("R48 names what is left of the way after an advance that fell short", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job]);
    await job.enqueueIn(300, { name: "later" });
    passRealTime(9);
    await kit.advance("4m");

    const error = await rejection(kit.drain());

    expect(error.message).toContain('kit.advance("1m") or kit.drainUntilIdle() runs it');
    await kit.advance("1m");
    expect(told).toEqual(["later"]);
  });
});

describe("the advance that is named", () => {
  it.each([
    ["rounds up to a whole second on a following clock", {}, 'kit.advance("7d")'],
    ["is exact on a frozen one", { seed: 1 }, 'kit.advance("6d 23h 59m 59s 993ms")'],
  ])("R39 %s, and runs the job", async (_what, options, hint) => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], options);
    await job.enqueueIn("7d", { name: "weekly" });
    await kit.advance("7ms");

    const ran = await rejection(expectRan(kit, job));
    const drained = await rejection(kit.drain());

    expect(ran.message).toContain(hint);
    expect(drained.message).toContain(hint);
    await kit.advance("7d");
    expect(told).toEqual(["weekly"]);
  });
});

describe("expectRan", () => {
  it("names an advance that runs the job, whatever real time has passed since its enqueue", async () => {
    const { job } = aTellingJob();
    const kit = await aKit([job]);
    await job.enqueueIn(300, { name: "later" });
    passRealTime(9);

    const error = await rejection(expectRan(kit, job));

    expect(error.message).toContain('is not due yet: kit.advance("5m")');
    await kit.advance("5m");
    await expectRan(kit, job);
  });
});
