// The kit's clock: following the real time, or frozen (R39).

import * as fc from "fast-check";
import sinon from "sinon";
import { describe, expect, it, vi } from "vitest";
import { defineJob } from "wheelwright";
import { createTestKit, type TestKit } from "wheelwright/testing";
import { aKit, aTellingJob, NOON } from "./a-kit.ts";
import { fewer } from "./a-store.ts";
import { aStep, passRealTime, playRealTime } from "./played-time.ts";

playRealTime();

/** Milliseconds since the test began, by the kit. */
function elapsed(kit: TestKit): number {
  return kit.now().getTime() - NOON.getTime();
}

describe("a following clock", () => {
  it("R39 starts at the real instant", async () => {
    const kit = await aKit([]);

    expect(kit.now()).toEqual(NOON);
    expect(kit.clock.now()).toEqual(NOON);
    expect(kit.jobs.now()).toEqual(NOON);
  });

  it("R39 agrees with a controller's new Date()", async () => {
    const { job } = aTellingJob();
    const kit = await aKit([job]);

    passRealTime(1500);
    const enqueued = await job.enqueueAt(new Date(), { name: "now, says the controller" });

    expect(enqueued.createdAt).toEqual(enqueued.runAt);
    expect(elapsed(kit)).toBe(1500);
    await kit.drain();
  });

  it("R39 is start, plus real time elapsed, plus time advanced", async () => {
    const kit = await aKit([]);
    passRealTime(20);
    await kit.advance("1h");
    passRealTime(7);
    await kit.jump("1m");
    passRealTime(3);

    expect(elapsed(kit)).toBe(20 + 3_600_000 + 7 + 60_000 + 3);
  });

  it("R39 moves at every drain, so that real time makes jobs due", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job]);
    await job.enqueueIn(10, { name: "in ten seconds" });

    passRealTime(9999);
    await kit.drain({ allowEmpty: true });
    expect(told).toEqual([]);
    passRealTime(1);
    await kit.drain();

    expect(told).toEqual(["in ten seconds"]);
  });

  it("R39 moves at processQueue too", async () => {
    const { job } = aTellingJob();
    const kit = await aKit([job]);
    await job.enqueueIn(10, { name: "in ten seconds" });
    passRealTime(10_000);

    expect(await kit.jobs.processQueue()).toMatchObject({ processed: 1 });
  });

  it("R39 stands still while a handler runs, and while a drain plays", async () => {
    const seen: number[] = [];
    const Slow = defineJob("SlowJob", {}, async (_data, { now }) => {
      seen.push(now().getTime() - NOON.getTime());
      passRealTime(50);
      seen.push(elapsed(kit));
      const child = await Late.enqueue();
      seen.push(child.createdAt.getTime() - NOON.getTime());
    });
    const Late = defineJob("LateJob", {}, () => {
      seen.push(elapsed(kit));
    });
    const kit = await aKit([Slow, Late]);
    await Slow.enqueue();

    const report = await kit.drain();

    expect(seen).toEqual([0, 0, 0, 0]);
    expect(report.endedAt).toEqual(report.startedAt);
    expect(elapsed(kit)).toBe(50);
  });

  it("stands still while a handler is asleep, so that its sleep is as long as it says", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job]);
    await job.enqueue({ name: "s", sleeps: ["10s"] });
    await kit.drain();

    passRealTime(60_000);
    await kit.advance("9s 999ms");
    expect(told).toEqual(["s"]);
    await kit.advance("1ms");

    expect(told).toEqual(["s", "s +10s"]);
  });

  it("R39 never goes back, whatever the real clock does", async () => {
    const kit = await aKit([]);
    passRealTime(1000);
    expect(elapsed(kit)).toBe(1000);

    passRealTime(-86_400_000);
    expect(elapsed(kit)).toBe(1000);
    passRealTime(86_400_000 + 500);

    expect(elapsed(kit)).toBe(1500);
  });

  it("follows a Date that vitest has faked, timers and all", async () => {
    vi.useFakeTimers({ now: NOON });
    const kit = await aKit([]);

    vi.advanceTimersByTime(5000);

    expect(elapsed(kit)).toBe(5000);
  });

  it("follows a Date that sinon has faked", async () => {
    vi.useRealTimers();
    const clock = sinon.useFakeTimers({ now: NOON });
    const kit = await aKit([]);

    clock.tick(5000);

    expect(elapsed(kit)).toBe(5000);
    clock.restore();
  });

  it("BM-245 goes on when timers are faked half way, and when they no longer are", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job]);
    await job.enqueue({ name: "a", sleeps: ["1m"] });

    vi.useFakeTimers({ now: NOON });
    await kit.advance("30s");
    vi.useRealTimers();
    vi.setSystemTime(NOON);
    await kit.advance("30s");

    expect(told).toEqual(["a", "a +60s"]);
  });
});

describe("a frozen clock", () => {
  it.each([
    ["now", { now: NOON }],
    ["seed", { seed: 7 }],
    ["fakeDate", { fakeDate: true }],
  ])("R39 moves only by the kit's methods, given %s", async (_option, options) => {
    const { job } = aTellingJob();
    const kit = await aKit([job], options);
    const start = kit.now();

    passRealTime(5000);
    await job.enqueue({ name: "a" });
    await kit.drain();
    expect(kit.now()).toEqual(start);
    await kit.advance("1m");

    expect(kit.now()).toEqual(new Date(start.getTime() + 60_000));
  });

  it("starts at a text's instant, too, and refuses what is none", async () => {
    expect((await aKit([], { now: "2030-01-01T09:00:00+01:00" })).now()).toEqual(new Date("2030-01-01T08:00:00Z"));
    for (const bad of ["noon", new Date(Number.NaN), 5, null])
      await expect(createTestKit({ jobs: [], now: bad as string })).rejects.toThrow("now"); // `as`: what JavaScript may pass
  });

  it("keeps its start when the Date it was given is changed", async () => {
    const now = new Date(NOON);
    const kit = await aKit([], { now });

    now.setFullYear(1999);

    expect(kit.now()).toEqual(NOON);
  });
});

describe("time in a kit", () => {
  it("never moves back, whatever is done", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aStep(), { maxLength: 15 }), fc.boolean(), async (steps, frozen) => {
        const { job } = aTellingJob();
        const kit = await createTestKit({ jobs: [job], leftovers: "ignore", ...(frozen && { now: NOON }) });
        let last = kit.now().getTime();
        for (const { verb, seconds, driftMs } of steps) {
          passRealTime(driftMs % 2 === 0 ? driftMs : -driftMs * 1000);
          if (verb === "enqueue") await kit.run(() => job.enqueueIn(seconds, { name: "a", sleeps: [`${driftMs}s`] }));
          else if (verb === "drain") await kit.drain({ allowEmpty: true });
          else await kit[verb](`${seconds}s`);
          expect(kit.now().getTime()).toBeGreaterThanOrEqual(last);
          last = kit.now().getTime();
        }
        await kit.dispose();
      }),
      { numRuns: fewer(100, 6) },
    );
  });

  it("never runs a job before its runAt", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aStep(), { maxLength: 15 }), fc.boolean(), async (steps, frozen) => {
        const { job } = aTellingJob();
        const kit = await createTestKit({ jobs: [job], leftovers: "ignore", ...(frozen && { now: NOON }) });
        for (const { verb, seconds, driftMs } of steps) {
          passRealTime(driftMs);
          if (verb === "enqueue") await kit.run(() => job.enqueueIn(seconds / 7, { name: "a" }));
          else if (verb === "drain") await kit.drain({ allowEmpty: true });
          else await kit[verb](`${seconds}s`);
        }
        for (const { startedAt, runAt } of await kit.enqueued(job))
          if (startedAt !== null) expect(startedAt.getTime()).toBeGreaterThanOrEqual(runAt.getTime());
        await kit.dispose();
      }),
      { numRuns: fewer(100, 6) },
    );
  });
});
