// Schedules in a kit: they fire when a drain is told so, at their own instants, and a year of them is a moment.

import { describe, expect, it } from "vitest";
import { createJobs, defineJob, type JobContext, MemoryJobStore } from "wheelwright";
import { aKit, NOON } from "./a-kit.ts";
import { isSlow } from "./a-store.ts";

const THOROUGH = process.env.TEST_THOROUGH === "1";

/** A job that notes the minutes since NOON at which it runs. */
function aReport(schedule: string) {
  const ran: number[] = [];
  const job = defineJob("Report", { schedule }, (_data: object, context: JobContext) => {
    ran.push((context.now().getTime() - NOON.getTime()) / 60_000);
  });
  return { ran, job };
}

describe("includeSchedules", () => {
  it("R34 fires each tick at its own instant, and only when asked to", async () => {
    const { ran, job } = aReport("*/20 * * * *");
    const kit = await aKit([job], { now: NOON });

    await kit.advance("1h");
    expect(ran).toEqual([]);
    const report = await kit.advance("1h", { includeSchedules: true });

    expect(ran).toEqual([80, 100, 120]);
    expect(report).toMatchObject({ ran: 3, completed: 3 });
    expect(kit.events({ type: "enqueued" })).toHaveLength(3);
  });

  it("R35 makes up for a time without a scheduler, once it has had one", async () => {
    const { ran, job } = aReport("0 * * * *");
    const kit = await aKit([job], { now: NOON });

    await kit.advance("2h", { includeSchedules: true });
    await kit.jump("3h 30m");
    await kit.drain({ includeSchedules: true });

    expect(ran).toEqual([60, 120, 330]);
  });

  it("fires what comes due while drainUntilIdle is on its way, and waits for no tick", async () => {
    const { ran, job } = aReport("*/10 * * * *");
    const other = defineJob("Other", {}, () => undefined);
    const kit = await aKit([job, other], { now: NOON });
    await kit.jobs.enqueue(other, undefined, { delay: 1500 });

    await kit.drainUntilIdle({ includeSchedules: true });

    expect(ran).toEqual([10, 20]);
    expect(kit.now()).toEqual(new Date(NOON.getTime() + 1_500_000));
  });

  it("counts the jobs of one instant only towards maxJobs, however long the advance", async () => {
    const { ran, job } = aReport("* * * * *");
    const kit = await aKit([job], { now: NOON });

    await kit.advance("1d", { includeSchedules: true, maxJobs: 1 });

    expect(ran).toHaveLength(1440);
  });

  it("takes the schedules of the app whose place the kit takes", async () => {
    const { ran, job } = aReport("@hourly");
    const app = createJobs({
      jobs: [job],
      store: new MemoryJobStore(),
      schedules: [{ name: "second", schedule: "30 * * * *", job }],
    });
    const { createTestKit } = await import("wheelwright/testing");
    const kit = await createTestKit({ app, now: NOON });

    await kit.advance("1h", { includeSchedules: true });

    expect(ran).toEqual([30, 60]);
    await kit.dispose();
  });

  it("is refused where there is no schedule, and when it is neither true nor false", async () => {
    const kit = await aKit([defineJob("Plain", {}, () => undefined)]);

    await expect(kit.advance("1h", { includeSchedules: true })).rejects.toThrow(/no schedule to fire/);
    await expect(kit.drain({ includeSchedules: 1 as never })).rejects.toThrow(/includeSchedules/);
  });

  it.each([
    ["an hourly one", isSlow ? "0 0 * * *" : "0 * * * *", isSlow ? 365 : 8760],
    ...(THOROUGH ? [["a minutely one", "* * * * *", 525_600] as const] : []),
  ] as const)("plays a year of %s", async (_what, schedule, ticks) => {
    const { ran, job } = aReport(schedule);
    const kit = await aKit([job], { now: NOON });

    await kit.advance("365d", { includeSchedules: true });

    expect(ran).toHaveLength(ticks);
  });
});
