// Schedules in virtual time: each tick enqueues once, whoever is there, and missed ones are made up for as told.

import { describe, expect, it } from "vitest";
import {
  createJobs,
  defineJob,
  InvalidScheduleError,
  type JobStore,
  MemoryJobStore,
  type ScheduleDefinition,
  TestClock,
} from "wheelwright";
import { durationMs } from "../../src/job/duration.ts";
import { type App, anApp, START, turn } from "./an-app.ts";
import { faultStore } from "./fault-store.ts";

const report = defineJob("Report", { queue: "reports" }, (_data: { day?: string }) => undefined);
const DAY_S = 86_400;

function scheduled(definition: Partial<ScheduleDefinition> = {}): ScheduleDefinition {
  return { name: "report", schedule: "0 * * * *", job: report, ...definition };
}

/** When the jobs were due, in seconds since START. */
async function dueAt(app: Pick<App, "jobs">): Promise<number[]> {
  const jobs = await app.jobs.list({ limit: 10_000 });
  return jobs.map(({ runAt }) => (runAt.getTime() - START.getTime()) / 1000).reverse();
}

function shifted(by: string): TestClock {
  return new TestClock(new Date(START.getTime() + durationMs(by, "by")));
}

describe("scheduler", () => {
  it("R33 enqueues a schedule's job at each of its ticks, with its data, on its queue, as any enqueue would (BM-144)", async () => {
    const app = anApp({
      jobs: [report],
      schedules: [scheduled({ data: { day: "all" }, queue: "night", schedule: "30 */6 * * *" })],
    });
    const scheduler = app.jobs.scheduler();
    await scheduler.start();

    await app.advance("1d");

    expect(await dueAt(app)).toEqual([1800, 23_400, 45_000, 66_600]);
    expect(await app.jobs.list()).toMatchObject([
      { data: { day: "all" }, queue: "night", jobClass: "Report" },
      {},
      {},
      {},
    ]);
    expect(await app.jobs.schedules()).toMatchObject([
      {
        name: "report",
        runCount: 4,
        lastRun: new Date(START.getTime() + 66_600_000),
        nextRun: new Date("2030-01-02T00:30Z"),
      },
    ]);
    await scheduler.stop();
    expect(app.clock.nextWakeAt()).toBeNull();
  });

  it("R33 takes the schedules of classes, too, named as their class, each in its own zone", async () => {
    const byClass = defineJob("ByClass", { schedule: "@daily" }, () => undefined);
    const inZone = defineJob(
      "InZone",
      { schedule: { schedule: "0 9 * * *", timezone: "Asia/Tokyo" } },
      () => undefined,
    );
    const app = anApp({ jobs: [report, byClass, inZone], schedules: [scheduled()] });

    expect((await app.jobs.schedules()).map(({ name, nextRun }) => [name, nextRun?.toISOString()])).toEqual([
      ["ByClass", "2030-01-02T00:00:00.000Z"],
      ["InZone", "2030-01-02T00:00:00.000Z"],
      ["report", "2030-01-01T01:00:00.000Z"],
    ]);
  });

  it("R33 fires inside of a worker as well, and the worker runs what it enqueues at once", async () => {
    const ran: number[] = [];
    const job = defineJob("Ticks", { schedule: "*/20 * * * *" }, () => {
      ran.push(app.elapsed() / 60_000);
    });
    const app = anApp({ jobs: [job] });
    const worker = app.jobs.worker();
    await worker.start();

    await app.advance("1h");
    await worker.stop();
    await app.advance("1h");

    expect(ran).toEqual([20, 40, 60]);
  });

  it("R34 enqueues each of a thousand ticks once, with five schedulers whose clocks differ by up to 2 s (BM-138, BM-140)", async () => {
    const store = new MemoryJobStore();
    const apps = ["0s", "500ms", "1s", "1500ms", "2s"].map((skew) =>
      anApp({ jobs: [report], schedules: [scheduled({ schedule: "* * * * *" })], store, clock: shifted(skew) }),
    );
    for (const app of apps) await app.jobs.scheduler().start();

    for (let minute = 0; minute < 1000; minute++) for (const app of [...apps].reverse()) await app.advance("1m");

    const due = await dueAt(apps[0] as App); // `as`: there are five
    expect(due).toEqual(Array.from({ length: 1000 }, (_, n) => (n + 1) * 60));
    for (const app of apps) await app.jobs.close();
  });

  it("BM-143 keeps the schedules of two stores apart, and BM-147 two schedules of one expression", async () => {
    const schedules = [scheduled(), scheduled({ name: "again" })];
    const [one, other] = [anApp({ jobs: [report], schedules }), anApp({ jobs: [report], schedules })];

    for (const app of [one, other]) {
      await app.jobs.scheduler().start();
      await app.advance("1h");
      expect(await dueAt(app)).toEqual([3600, 3600]);
      await app.jobs.close();
    }
  });

  it.each([
    ["one", [...hours(1, 5), DAY_S * 2, DAY_S * 2 + 3600]],
    ["all", hours(1, 49)],
    ["none", [...hours(1, 5), DAY_S * 2 + 3600]],
  ] as const)(
    "R35 makes up for a night without a scheduler with %s run (BM-107, BM-135)",
    async (catchUp, expected) => {
      const app = anApp({ jobs: [report], schedules: [scheduled({ catchUp })] });
      const scheduler = app.jobs.scheduler();
      await scheduler.start();
      await app.advance("5h");
      await scheduler.stop();
      await app.advance("1d 19h 10m");

      await scheduler.start();
      await app.advance("50m");

      expect(await dueAt(app)).toEqual(expected);
      await app.jobs.close();
    },
  );

  it("BM-136 never misses nor doubles a tick that a restart falls on", async () => {
    for (let down = 1; down <= 120; down += 7) {
      const app = anApp({ jobs: [report], schedules: [scheduled({ schedule: "*/10 * * * *" })] });
      const scheduler = app.jobs.scheduler();
      await scheduler.start();
      await app.advance({ seconds: 600 - down / 2 });
      await scheduler.stop();
      await app.advance({ seconds: down });
      await scheduler.start();
      await app.advance("10m");

      expect(await dueAt(app)).toEqual([600, 1200]);
      await app.jobs.close();
    }
  });

  it("BM-141 fires once when it is restarted within the instant of a tick", async () => {
    const app = anApp({ jobs: [report], schedules: [scheduled()] });
    for (let n = 0; n < 3; n++) {
      const scheduler = app.jobs.scheduler();
      await scheduler.start();
      await app.advance("20m");
      await scheduler.stop();
      await scheduler.start();
      await turn();
      await scheduler.stop();
    }

    expect(await dueAt(app)).toEqual([3600]);
  });

  it("BM-137 counts from the tick, not from now: a clock that is set back repeats no tick (BM-150)", async () => {
    const app = anApp({ jobs: [report], schedules: [scheduled()] });
    await app.jobs.scheduler().start();
    await app.advance("3h");

    app.clock.set(new Date(app.clock.now().getTime() - 5_400_000));
    await app.advance("3h");

    expect(await dueAt(app)).toEqual(hours(1, 5).slice(0, 4));
    await app.jobs.close();
  });

  it("BM-128 fires the others when one cannot enqueue its job, and says so once per tick", async () => {
    const schema = {
      "~standard": { version: 1, vendor: "test", validate: () => ({ issues: [{ message: "never good" }] }) },
    } as const;
    const picky = defineJob("Picky", { schema }, () => undefined);
    const app = anApp({
      jobs: [report, picky],
      schedules: [scheduled({ name: "a", job: "Picky" }), scheduled({ name: "b" })],
    });
    await app.jobs.scheduler({ interval: 5 }).start();

    await app.advance("2h");

    expect(await dueAt(app)).toEqual([3600, 7200]);
    expect(app.lines.filter(({ level }) => level === "error").map(({ message }) => message)).toEqual([
      "schedule a could not enqueue its job",
      "schedule a could not enqueue its job",
    ]);
    await app.jobs.close();
  });

  it("BM-128 fires the others when one's row was spoilt, and leaves those of other programs alone", async () => {
    const store = new MemoryJobStore();
    const app = anApp({ jobs: [report], schedules: [scheduled(), scheduled({ name: "spoilt" })], store });
    await app.jobs.scheduler({ interval: 60 }).start();
    await app.advance("1m");
    const [row] = await store.schedules.list();
    const nextRun = new Date(START.getTime() + 3_600_000);
    const spoilt = { ...row, name: "spoilt", schedule: "every hour", nextRun };
    const theirs = { ...row, name: "theirs", jobClass: "Theirs", nextRun };
    await store.schedules.put([spoilt, theirs] as never); // `as`: rows are schedules

    await app.advance("3h");

    expect(await dueAt(app)).toEqual(hours(1, 3));
    expect(app.lines.filter(({ level }) => level === "error").map(({ message }) => message)).toEqual([
      "schedule spoilt cannot be kept",
    ]);
    await app.jobs.close();
  });

  it("BM-103 lives through an hour without its store, and makes up for it", async () => {
    let away = false;
    const store = faultStore(
      withSchedules(new MemoryJobStore(), () => away),
      () => null,
    );
    const app = anApp({ jobs: [report], schedules: [scheduled({ schedule: "*/30 * * * *" })], store });
    await app.jobs.scheduler().start();
    await app.advance("45m");

    away = true;
    await app.advance("1h");
    away = false;
    await app.advance("30m");

    expect(await dueAt(app)).toEqual([1800, 5400, 7200]);
    expect(app.lines.filter(({ message }) => message.includes("store")).map(({ level }) => level)).toEqual([
      "error",
      "warn",
    ]);
    await app.jobs.close();
  });

  it.each([
    ["61 * * * *", /minute "61"/],
    ["0 0 30 2 *", /never fires/],
  ])("R36 refuses %s at once, by the schedule's name", (schedule, message) => {
    expect(() => anApp({ jobs: [report], schedules: [scheduled({ schedule })] })).toThrow(InvalidScheduleError);
    expect(() => anApp({ jobs: [report], schedules: [scheduled({ schedule })] })).toThrow(message);
    expect(() => anApp({ jobs: [report], schedules: [scheduled({ schedule })] })).toThrow(/Schedule "report"/);
  });

  it.each([
    [scheduled({ timezone: "Europe/Atlantis" }), /no time zone "Europe\/Atlantis"/],
    [scheduled({ job: "Rapport" }), /No job class "Rapport"/],
    [scheduled({ job: undefined as never }), /job of schedule "report" is undefined; expected a job class/],
    [scheduled({ job: null as never }), /job of schedule "report" is null/],
    [scheduled({ queue: "a,b" }), /queue of schedule "report"/],
    [scheduled({ catchUp: "some" as never }), /catchUp of schedule "report"/],
    [scheduled({ enabled: "yes" as never }), /enabled of schedule "report"/],
    [scheduled({ data: { at: new Date() } }), /\$\.at/],
    [{ ...scheduled(), cron: "* * * * *" }, /"cron"/],
    [scheduled({ name: "" }), /a schedule's name/],
  ])("R33 refuses a schedule that cannot be kept: %j", (definition, message) => {
    expect(() => anApp({ jobs: [report], schedules: [definition] })).toThrow(message);
  });

  it("R33 refuses two schedules of one name", () => {
    expect(() => anApp({ jobs: [report], schedules: [scheduled(), scheduled()] })).toThrow(/Two schedules .+"report"/);
  });

  it("refuses to start without a schedule, or without a place to keep them", async () => {
    await expect(
      anApp({ jobs: [report] })
        .jobs.scheduler()
        .start(),
    ).rejects.toThrow(/no schedule to fire/);
    const { schedules: _, ...none } = Object.assign(Object.create(MemoryJobStore.prototype), { name: "plain" });
    const store = { ...none, claim: () => undefined, settle: () => undefined } as unknown as JobStore; // `as`: as far as asked
    const app = createJobs({ jobs: [report], schedules: [scheduled()], store });
    await expect(app.scheduler().start()).rejects.toThrow(/keeps no schedules/);
  });

  it("runs a schedule by hand, beside its ticks", async () => {
    const app = anApp({ jobs: [report], schedules: [scheduled({ data: { day: "today" } })] });

    expect(await app.jobs.runSchedule("report")).toMatchObject({ data: { day: "today" }, queue: "reports" });
    await expect(app.jobs.runSchedule("raport")).rejects.toThrow(/Did you mean "report"/);
    expect(await app.jobs.schedules()).toMatchObject([{ runCount: 0, lastRun: null }]);
  });
});

function hours(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => (from + n) * 3600);
}

/** A store whose schedules cannot be reached while `away` says so. */
function withSchedules(inner: MemoryJobStore, away: () => boolean): JobStore {
  const { tick, list } = inner.schedules;
  const reach = (): void => {
    if (away()) throw new Error("the connection was lost");
  };
  inner.schedules.list = async () => {
    reach();
    return list.call(inner.schedules);
  };
  inner.schedules.tick = async (...args) => {
    reach();
    return tick.apply(inner.schedules, args);
  };
  return inner;
}
