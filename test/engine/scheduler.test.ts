// Schedules in virtual time: each tick enqueues once, whoever is there, and missed ones are made up for as told.

import { describe, expect, it } from "vitest";
import {
  createJobs,
  defineJob,
  InvalidScheduleError,
  type JobStore,
  MemoryJobStore,
  type ScheduleDefinition,
  StoreUnavailableError,
  TestClock,
} from "wheelwright";
import { durationMs } from "../../src/job/duration.ts";
import type { NewSchedule } from "../../src/store/schedule-store.ts";
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
    expect(await app.store.schedules?.list()).toHaveLength(1);
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
    const error = expect.objectContaining({ message: expect.stringContaining("never good") });
    expect(app.lines.find(({ level }) => level === "error")?.fields).toMatchObject({ schedule: "a", error });
    await app.jobs.close();
  });

  it("BM-128 waits for a schema that is asynchronous, and fires the others when it refuses", async () => {
    const validate = async (value: unknown) =>
      (value as { day: string }).day === "good" ? { value } : { issues: [{ message: "never good" }] }; // `as`: as given below
    const schema = { "~standard": { version: 1, vendor: "test", validate } } as const;
    const slow = defineJob("Slow", { schema }, () => undefined);
    const schedules = ["bad", "good"].map((day) => scheduled({ name: day, job: "Slow", data: { day } }));
    const app = anApp({ jobs: [slow], schedules });
    await app.jobs.scheduler().start();

    await app.advance("1h");

    expect((await app.jobs.list()).map(({ data }) => data)).toEqual([{ day: "good" }]);
    expect(app.lines.filter(({ level }) => level === "error")).toMatchObject([
      { message: "schedule bad could not enqueue its job" },
    ]);
    await app.jobs.close();
  });

  it("BM-128 fires the others when one's row was spoilt, and leaves those of other programs alone", async () => {
    const store = new MemoryJobStore();
    const schedules = [scheduled(), scheduled({ name: "spoilt" }), scheduled({ name: "again", schedule: "0 0 1 7 *" })];
    const app = anApp({ jobs: [report], schedules, store });
    await app.jobs.scheduler({ interval: 60 }).start();
    await app.advance("1m");
    const row = (await store.schedules.list()).find(({ name }) => name === "report");
    const nextRun = new Date(START.getTime() + 3_600_000);
    const spoilt = { ...row, name: "spoilt", schedule: "every hour", nextRun };
    const theirs = { ...row, name: "theirs", jobClass: "Theirs", nextRun };
    const over = { ...spoilt, name: "again", nextRun: null };
    await store.schedules.put([spoilt, theirs, over] as never); // `as`: rows are schedules

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

  it("BM-103 tries again when it was a tick that the store did not hear", async () => {
    let away = false;
    const store = withSchedules(new MemoryJobStore(), (method) => away && method === "tick");
    const app = anApp({ jobs: [report], schedules: [scheduled(), scheduled({ name: "again" })], store });
    await app.jobs.scheduler().start();

    away = true;
    await app.advance("1h");
    expect(app.lines.filter(({ level }) => level === "error")).toHaveLength(1);
    away = false;
    await app.advance("10m");

    expect(await dueAt(app)).toEqual([3600, 3600]);
    await app.jobs.close();
  });

  it("R35 makes up for many ticks a hundred at a time", async () => {
    const store = new MemoryJobStore();
    const { tick } = store.schedules;
    const stored: number[] = [];
    store.schedules.tick = async (one, at) => {
      stored.push(one.jobs.length);
      return tick.call(store.schedules, one, at);
    };
    const app = anApp({ jobs: [report], schedules: [scheduled({ schedule: "* * * * *", catchUp: "all" })], store });
    const scheduler = app.jobs.scheduler();
    await scheduler.start();
    await turn();
    await scheduler.stop();
    await app.advance("4h 10m");

    await scheduler.start();
    await app.advance("1s");

    expect(stored).toEqual([100, 100, 50]);
    expect(await dueAt(app)).toEqual(Array.from({ length: 250 }, (_, n) => (n + 1) * 60));
    await app.jobs.close();
  });

  it.each([
    ["one", "5h", [5 * 3600], 5],
    ["none", "5h 1m", [5 * 3600], 5],
    ["none", { seconds: 5 * 3600 + 60.001 }, [], null],
  ] as const)(
    "R35 keeps which tick ran last: with %s, and a scheduler after %j, %j",
    async (catchUp, away, expected, lastRun) => {
      const app = anApp({ jobs: [report], schedules: [scheduled({ catchUp })] });
      const scheduler = app.jobs.scheduler();
      await scheduler.start();
      await turn();
      await scheduler.stop();
      await app.advance(away);

      await scheduler.start();
      await turn();
      await turn();

      expect(await dueAt(app)).toEqual(expected);
      expect((await app.jobs.schedules()).map((one) => one.lastRun?.getTime() ?? null)).toEqual([
        lastRun === null ? null : START.getTime() + lastRun * 3_600_000,
      ]);
      expect(app.lines.filter(({ level }) => level === "error")).toEqual([]);
      await app.jobs.close();
    },
  );

  it("R34 tells of a tick's job where it was enqueued, and nowhere else", async () => {
    const store = new MemoryJobStore();
    const apps = [1, 2].map(() => anApp({ jobs: [report], schedules: [scheduled()], store }));
    const told = apps.map((app) => app.record("enqueued"));
    for (const app of apps) await app.jobs.scheduler().start();

    for (const { clock } of apps) clock.moveTo(new Date(START.getTime() + 3_600_000));
    await turn();
    await turn();

    expect(told.flat()).toMatchObject([{ type: "enqueued", job: { jobClass: "Report" } }]);
    for (const app of apps) await app.jobs.close();
  });

  it("gives a tick's job another id where its first was taken", async () => {
    const random = (): number => 0.5; // Two processes with one bad source of randomness.
    const store = new MemoryJobStore();
    const [one, other] = [1, 2].map(() => anApp({ jobs: [report], schedules: [scheduled()], store, random })) as [
      App,
      App,
    ];
    await other.jobs.scheduler().start();
    await one.advance("1h");
    await one.jobs.enqueue(report, {});

    await other.advance("1h");

    const ids = (await one.jobs.list()).map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
    expect(ids).toEqual([expect.any(String), expect.any(String)]);
    await other.jobs.close();
  });

  it.each([
    [0, 80],
    [0.5, 90],
  ])("looks at the store again a little before its interval is over: with %d after %d s", async (random, seconds) => {
    const app = anApp({ jobs: [report], schedules: [scheduled()], random: () => random });
    await app.jobs.scheduler({ interval: 100 }).start();
    await turn();

    expect(app.clock.nextWakeAt()).toEqual(new Date(START.getTime() + seconds * 1000));
    await app.jobs.close();
  });

  it("takes an interval from 10 ms on", () => {
    const { jobs } = anApp({ jobs: [report], schedules: [scheduled()] });

    expect(() => jobs.scheduler({ interval: "9ms" })).toThrow(/scheduler's interval .+at least 10 ms/);
    expect(() => jobs.scheduler({ interval: "10ms" })).not.toThrow();
  });

  it("gives up when it was told to, and says so to whoever waits for its end", async () => {
    const store = withSchedules(new MemoryJobStore(), () => true);
    const app = anApp({ jobs: [report], schedules: [scheduled()], store });
    const scheduler = app.jobs.scheduler({ giveUpAfter: "5m" });
    await scheduler.start();
    let endedWith: unknown = null;
    void scheduler.ended().catch((error: unknown) => {
      endedWith = error;
    });

    await app.advance("4m 30s");
    expect(endedWith).toBeNull();
    await app.advance("1m");

    expect(endedWith).toBeInstanceOf(StoreUnavailableError);
    expect(app.clock.nextWakeAt()).toBeNull();
  });

  it("says which schedules it fires, and starts again while it still stops", async () => {
    const app = anApp({ jobs: [report], schedules: [scheduled(), scheduled({ name: "again" })] });
    const scheduler = app.jobs.scheduler();
    await scheduler.start();
    expect(app.lines.find(({ message }) => message.endsWith("fires schedules"))?.fields).toMatchObject({
      schedules: ["report", "again"],
    });

    void scheduler.stop();
    await scheduler.start();
    await app.advance("1h");

    expect(await dueAt(app)).toEqual([3600, 3600]);
    await app.jobs.close();
  });

  it.each([
    ["61 * * * *", /minute "61"/],
    ["0 0 30 2 *", /never fires/],
  ])("R36 refuses %s at once, by the schedule's name", (schedule, message) => {
    expect(() => anApp({ jobs: [report], schedules: [scheduled({ schedule })] })).toThrow(InvalidScheduleError);
    expect(() => anApp({ jobs: [report], schedules: [scheduled({ schedule })] })).toThrow(message);
    expect(() => anApp({ jobs: [report], schedules: [scheduled({ schedule })] })).toThrow(/Schedule "report"/);
    expect(() => anApp({ jobs: [report], schedules: [scheduled({ schedule })] })).toThrow(
      expect.objectContaining({ cause: expect.any(InvalidScheduleError) }),
    );
  });

  it.each([
    [scheduled({ timezone: "Europe/Atlantis" }), /no time zone "Europe\/Atlantis"/],
    [scheduled({ job: "Rapport" }), /No job class "Rapport"/],
    [scheduled({ job: undefined as never }), /job of schedule "report" is undefined; expected a job class/],
    [scheduled({ job: null as never }), /job of schedule "report" is null/],
    [scheduled({ queue: "a,b" }), /queue of schedule "report"/],
    [scheduled({ catchUp: "some" as never }), /catchUp of schedule "report"/],
    [scheduled({ enabled: "yes" as never }), /enabled of schedule "report"/],
    [scheduled({ description: 7 as never }), /description of schedule "report" is 7; expected a text/],
    [scheduled({ data: { at: new Date() } }), /\$\.at/],
    [{ ...scheduled(), cron: "* * * * *" }, /"cron"/],
    [scheduled({ name: "" }), /a schedule's name/],
  ])("R33 refuses a schedule that cannot be kept: %j", (definition, message) => {
    expect(() => anApp({ jobs: [report], schedules: [definition] })).toThrow(message);
  });

  it("looks each minute, unless told, for what another program has changed", async () => {
    const app = anApp({ jobs: [report], schedules: [scheduled()] });
    await app.jobs.scheduler().start();
    await turn();
    const [row] = (await app.store.schedules?.list()) ?? [];
    const changed = { ...row, schedule: "* * * * *", nextRun: new Date(START.getTime() + 90_000) };
    await app.store.schedules?.put([changed as NewSchedule], { now: START }); // `as`: a row, and more

    await app.advance("3m");

    expect(await dueAt(app)).toEqual([90, 120, 180]);
    await app.jobs.close();
    expect(app.clock.nextWakeAt()).toBeNull();
  });

  it("waits for a store call under way when it stops, and not for ever, and makes no other", async () => {
    const store = new MemoryJobStore();
    const { list, tick } = store.schedules;
    const ticked: string[] = [];
    let answer: (rows: Awaited<ReturnType<typeof list>>) => void = () => undefined;
    store.schedules.list = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    store.schedules.tick = (given, at) => {
      ticked.push(given.name);
      return tick.call(store.schedules, given, at);
    };
    const app = anApp({ jobs: [report], schedules: [scheduled()], store });
    const scheduler = app.jobs.scheduler();
    await scheduler.start();
    await turn();
    let hasStopped = false;
    void scheduler.stop().then(() => {
      hasStopped = true;
    });

    await app.advance("2s");
    expect(hasStopped).toBe(false);
    await app.advance("1s");
    expect(hasStopped).toBe(true);
    expect(app.clock.nextWakeAt()).toBeNull();

    const rows = await list.call(store.schedules);
    answer(rows.map((row) => ({ ...row, nextRun: START })));
    await turn();
    expect(rows).toHaveLength(1);
    expect(ticked).toEqual([]);
  });

  it("fires for the last time in the last year that there is", async () => {
    const clock = new TestClock(new Date("2999-12-31T22:30Z"));
    const app = anApp({ jobs: [report], schedules: [scheduled({ schedule: "0 23 31 12 *" })], clock });
    await app.jobs.scheduler().start();

    await app.advance("1h");

    expect(await app.jobs.schedules()).toMatchObject([{ runCount: 1, nextRun: null }]);
    expect(app.lines.filter(({ level }) => level === "error")).toEqual([]);
    await app.jobs.close();
  });

  it.each([{}, "report", null])("refuses schedules that are no list: %j", (schedules) => {
    expect(() => anApp({ jobs: [report], schedules: schedules as never })).toThrow(
      /^schedules is .+; expected a list of \{ name, schedule, job \}/,
    );
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
    expect(await app.schedules()).toMatchObject([{ name: "report", lastRun: null }]);
  });

  it("runs a schedule by hand, beside its ticks", async () => {
    const app = anApp({ jobs: [report], schedules: [scheduled({ data: { day: "today" } })] });

    expect(await app.jobs.runSchedule("report")).toMatchObject({ data: { day: "today" }, queue: "reports" });
    await expect(app.jobs.runSchedule("raport")).rejects.toThrow(/Did you mean "report"/);
    await expect(app.jobs.runSchedule("an invoice")).rejects.toThrow(
      /^There is no schedule "an invoice"\. Known: report\.$/,
    );
    await expect(anApp({ jobs: [report] }).jobs.runSchedule("report")).rejects.toThrow(
      /^There is no schedule "report"\. Known: none\.$/,
    );
    expect(await app.jobs.schedules()).toMatchObject([{ runCount: 0, lastRun: null }]);
  });

  it("runs a schedule by hand on the queue that the schedule names", async () => {
    const app = anApp({ jobs: [report], schedules: [scheduled({ queue: "night" })] });

    expect(await app.jobs.runSchedule("report")).toMatchObject({ queue: "night" });
  });
});

function hours(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => (from + n) * 3600);
}

/** A store whose schedules cannot be reached while `away` says so. */
function withSchedules(inner: MemoryJobStore, away: (method: "list" | "tick") => boolean): JobStore {
  const { tick, list } = inner.schedules;
  const reach = (method: "list" | "tick"): void => {
    if (away(method)) throw new Error("the connection was lost");
  };
  inner.schedules.list = async () => {
    reach("list");
    return list.call(inner.schedules);
  };
  inner.schedules.tick = async (...args) => {
    reach("tick");
    return tick.apply(inner.schedules, args);
  };
  return inner;
}
