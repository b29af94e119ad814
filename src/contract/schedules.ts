// Contract: schedules, which fire once per tick however many schedulers there are (R33, R34).

import assert from "node:assert/strict";
import type { JobStore, NewSchedule, ScheduleRecord, ScheduleStore, ScheduleTick } from "../store/job-store.ts";
import { aJob, T0 } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import { at } from "./steps.ts";

/** A store without the `schedules` part keeps none: there is nothing to hold it to. */
export function describeSchedules({ describe, it: test }: Contract): void {
  const it = (name: string, body: (store: WithSchedules, second: WithSchedules) => Promise<void>): void => {
    test(name, async (store, second) => {
      if (!keepsSchedules(store) || !keepsSchedules(second)) return;
      for (const row of await store.schedules.list()) await store.schedules.remove(row.name);
      await body(store, second);
    });
  };

  describe("schedules", () => {
    it("R33 keeps what it is given, with no run yet", async (store) => {
      const full = aSchedule({
        queue: "reports",
        description: "Täglich 📈",
        data: '{"a":[1,"\\u0000"]}',
        catchUp: "all",
      });

      await store.schedules.put([full, aSchedule({ name: "bare", enabled: false, nextRun: null })], { now: T0 });

      assert.deepEqual(await store.schedules.list(), [
        { ...aSchedule({ name: "bare", enabled: false, nextRun: null }), lastRun: null, runCount: 0 },
        { ...full, lastRun: null, runCount: 0 },
      ]);
    });

    it("R33 lists by name, byte by byte", async (store) => {
      const names = ["b", "B", "a", "ä", "a b", "a "];

      await store.schedules.put(
        names.map((name) => aSchedule({ name })),
        { now: T0 },
      );

      const listed = (await store.schedules.list()).map(({ name }) => name);
      assert.deepEqual(listed, ["B", "a", "a ", "a b", "b", "ä"]);
    });

    it("R34 moves on and stores the jobs of a tick in one step", async (store) => {
      await store.schedules.put([aSchedule()], { now: T0 });

      const jobs = await store.schedules.tick(aTick({ jobs: [aJob({ id: "one" }), aJob({ id: "two" })] }), AT);

      assert.deepEqual(
        jobs?.map(({ id, status, deduplicated }) => [id, status, deduplicated]),
        [
          ["one", "pending", false],
          ["two", "pending", false],
        ],
      );
      assert.equal((await store.get("two"))?.status, "pending");
      const { nextRun, lastRun, runCount } = await only(store);
      assert.deepEqual({ nextRun, lastRun, runCount }, { nextRun: at(120_000), lastRun: at(60_000), runCount: 2 });
    });

    it("R34 changes nothing, and stores no job, where another scheduler was first", async (store, second) => {
      await store.schedules.put([aSchedule()], { now: T0 });
      await store.schedules.tick(aTick({ jobs: [aJob({ id: "first" })] }), AT);
      const before = await only(store);

      assert.equal(await second.schedules.tick(aTick({ jobs: [aJob({ id: "late" })], nextRun: at(1) }), AT), null);

      assert.deepEqual(await only(store), before);
      assert.equal(await store.get("late"), null);
    });

    it("R34 gives one tick to one of many schedulers at once (BM-138)", async (store, second) => {
      await store.schedules.put([aSchedule()], { now: T0 });

      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, n) =>
          (n % 2 === 0 ? store : second).schedules.tick(aTick({ jobs: [aJob({ id: `tick-${n}` })] }), AT),
        ),
      );

      assert.equal(answers.filter((answer) => answer !== null).length, 1);
      assert.equal((await store.due({ limit: 9, now: at(60_000) })).length, 1);
      assert.equal((await only(store)).runCount, 1);
    });

    it("R35 passes a tick over without a job", async (store) => {
      await store.schedules.put([aSchedule()], { now: T0 });

      assert.deepEqual(await store.schedules.tick(aTick({ jobs: [] }), AT), []);

      const { nextRun, lastRun, runCount } = await only(store);
      assert.deepEqual({ nextRun, lastRun, runCount }, { nextRun: at(120_000), lastRun: null, runCount: 0 });
    });

    it("R34 fires no schedule that is disabled, gone or over", async (store) => {
      await store.schedules.put([aSchedule({ enabled: false })], { now: T0 });

      assert.equal(await store.schedules.tick(aTick(), AT), null);
      assert.equal(await store.schedules.tick(aTick({ name: "nobody's" }), AT), null);
      await store.schedules.put([aSchedule({ name: "last" })], { now: T0 });
      assert.notEqual(await store.schedules.tick(aTick({ name: "last", nextRun: null }), AT), null);
      assert.equal(await store.schedules.tick(aTick({ name: "last", nextRun: null }), AT), null);
    });

    it("BM-141 goes on where it is when the same schedule is put again", async (store, second) => {
      await store.schedules.put([aSchedule()], { now: T0 });
      await store.schedules.tick(aTick(), AT);

      await second.schedules.put([aSchedule({ description: "new", queue: "other" })], { now: at(60_001) });

      assert.deepEqual(await only(store), {
        ...aSchedule({ description: "new", queue: "other" }),
        nextRun: at(120_000),
        lastRun: at(60_000),
        runCount: 1,
      });
    });

    for (const [what, change] of [
      ["a new expression", { schedule: "0 0 * * *" }],
      ["a new time zone", { timezone: "Asia/Tokyo" }],
    ] as const) {
      it(`R33 takes a new nextRun with ${what}, and keeps what it has run`, async (store) => {
        await store.schedules.put([aSchedule()], { now: T0 });
        await store.schedules.tick(aTick(), AT);

        await store.schedules.put([aSchedule({ ...change, nextRun: at(5000) })], { now: at(60_001) });

        const { nextRun, lastRun, runCount } = await only(store);
        assert.deepEqual({ nextRun, lastRun, runCount }, { nextRun: at(5000), lastRun: at(60_000), runCount: 1 });
      });
    }

    it("R33 takes a new nextRun when it is enabled again: what it missed is not made up for", async (store) => {
      await store.schedules.put([aSchedule()], { now: T0 });
      await store.schedules.put([aSchedule({ enabled: false })], { now: T0 });
      assert.deepEqual((await only(store)).nextRun, at(60_000));

      await store.schedules.put([aSchedule({ nextRun: at(900_000) })], { now: at(890_000) });

      assert.deepEqual((await only(store)).nextRun, at(900_000));
    });

    it("BM-142 keeps one schedule of one name, whoever puts it at once", async (store, second) => {
      await Promise.all(
        Array.from({ length: 6 }, (_, n) =>
          (n % 2 === 0 ? store : second).schedules.put([aSchedule({ schedule: `${n} * * * *`, nextRun: at(n) })], {
            now: T0,
          }),
        ),
      );

      const { schedule, nextRun } = await only(store);
      assert.equal(schedule, `${nextRun?.getTime() === undefined ? "?" : nextRun.getTime() - T0.getTime()} * * * *`);
    });

    it("removes one schedule and says whether there was one", async (store) => {
      await store.schedules.put([aSchedule(), aSchedule({ name: "other" })], { now: T0 });

      assert.deepEqual([await store.schedules.remove("daily"), await store.schedules.remove("daily")], [true, false]);

      assert.equal((await only(store)).name, "other");
    });
  });
}

type WithSchedules = JobStore & { readonly schedules: ScheduleStore };

function keepsSchedules(store: JobStore): store is WithSchedules {
  return store.schedules !== undefined;
}

const AT = { now: at(60_000) };

function aSchedule(fields: Partial<NewSchedule> = {}): NewSchedule {
  return {
    name: "daily",
    schedule: "* * * * *",
    timezone: "UTC",
    jobClass: "ReportJob",
    queue: null,
    data: "{}",
    enabled: true,
    description: null,
    catchUp: "one",
    nextRun: at(60_000),
    ...fields,
  };
}

function aTick(fields: Partial<ScheduleTick> = {}): ScheduleTick {
  const jobs = [aJob({})];
  return { name: "daily", due: at(60_000), nextRun: at(120_000), lastRun: at(60_000), jobs, ...fields };
}

async function only(store: WithSchedules): Promise<ScheduleRecord> {
  const [row, ...more] = await store.schedules.list();
  assert.ok(row !== undefined && more.length === 0, `${more.length + 1} schedules, not one`);
  return row;
}
