// Machines whose clocks differ, on one database's time (R45).

import { DatabaseSync } from "@photostructure/sqlite";
import mysql from "mysql2/promise";
import pg from "pg";
import { afterAll, describe, expect, inject, it } from "vitest";
import { createJobs, defineJob, type JobStore, MemoryJobStore, TestClock } from "../../../src/index.ts";
import { MysqlJobStore } from "../../../src/store/sql/mysql.ts";
import { PostgresJobStore } from "../../../src/store/sql/postgres.ts";
import { databaseClock, SqliteJobStore } from "../../../src/store/sql/sqlite.ts";
import { anApp, START } from "../../engine/an-app.ts";

const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

/** A store whose database's clock goes with `clock`, `aheadMs` before it. */
function onTime(inner: JobStore, clock: TestClock, aheadMs: () => number): JobStore {
  return Object.assign(inner, { databaseNow: async () => new Date(clock.now().getTime() + aheadMs()) });
}

const later = (ms: number): Date => new Date(START.getTime() + ms);

describe("databaseClock", () => {
  it.each([
    ["SQLite", async () => new SqliteJobStore(new DatabaseSync(":memory:"))],
    [
      "PostgreSQL",
      async () => {
        const pool = new pg.Pool({ connectionString: inject("postgresUrl"), max: 1 });
        closing.push(() => pool.end());
        return new PostgresJobStore(pool, { table: "clock_jobs" });
      },
    ],
    ...(inject("mysqlUrl") === null
      ? []
      : [
          [
            "MySQL",
            async () => {
              const pool = mysql.createPool({ uri: inject("mysqlUrl") ?? "", connectionLimit: 1 });
              closing.push(() => pool.end());
              return new MysqlJobStore(pool, { table: "clock_jobs" });
            },
          ] as const,
        ]),
  ] as const)("R45 measures what %s has, which on one machine is the machine's own", async (_name, open) => {
    const clock = await databaseClock(await open());

    expect(Math.abs(clock.offsetMs)).toBeLessThan(2000);
    expect(Math.abs(clock.now().getTime() - Date.now() - clock.offsetMs)).toBeLessThan(2000);
    clock.close();
  });

  it("R45 runs no job early and takes back no live lease on a machine that is ten minutes fast", async () => {
    const inner = new MemoryJobStore();
    const job = defineJob("Job", {}, () => undefined);
    const right = anApp({ jobs: [job], store: inner });
    await right.jobs.enqueue(job);
    await inner.claim({ limit: 1, now: START, workerId: "other", leaseMs: 30_000 });
    await right.jobs.enqueue(job, undefined, { delay: 300 });
    const fast = new TestClock(later(600_000));
    const store = onTime(inner, fast, () => -600_000);

    const clock = await databaseClock(store, { clock: fast });
    const jobs = createJobs({ jobs: [job], store, clock });

    expect(jobs.now()).toEqual(right.jobs.now());
    expect(await jobs.rescue()).toBe(0);
    expect(await jobs.processQueue()).toMatchObject({ processed: 0, failed: 0 });
    expect(await createJobs({ jobs: [job], store, clock: fast }).processQueue()).toMatchObject({ processed: 1 });
    clock.close();
  });

  it("wakes at the database's instant, also when the offset has changed meanwhile", async () => {
    const own = new TestClock(START);
    let ahead = 0;
    const clock = await databaseClock(
      onTime(new MemoryJobStore(), own, () => ahead),
      { clock: own },
    );
    const woken: number[] = [];
    clock.wakeAt(later(100_000), () => woken.push(own.now().getTime() - START.getTime()));
    clock.wakeAt(later(90_000), () => woken.push(-1))();

    ahead = 20_000; // The machine's clock was put back.
    own.moveTo(later(60_000));
    await new Promise(setImmediate);
    expect(clock.offsetMs).toBe(20_000);
    own.moveTo(later(79_999));
    expect(woken).toEqual([]);
    own.moveTo(later(80_000));

    expect(woken).toEqual([80_000]);
    clock.close();
    expect(own.nextWakeAt()).toBeNull();
  });

  it("goes on with the offset it has while the database is away, and measures again when it is back", async () => {
    const own = new TestClock(START);
    let ahead: number | null = 5000;
    const store = onTime(new MemoryJobStore(), own, () => {
      if (ahead === null) throw new Error("away");
      return ahead;
    });
    const clock = await databaseClock(store, { clock: own, every: "10s" });

    ahead = null;
    own.moveTo(later(10_000));
    await new Promise(setImmediate);
    expect(clock.offsetMs).toBe(5000);
    ahead = 7000;
    own.moveTo(later(20_000));
    await new Promise(setImmediate);

    expect(clock.offsetMs).toBe(7000);
    clock.close();
  });

  it("takes the quickest of three measurements, at half of what it took", async () => {
    const own = new TestClock(START);
    const took = [800, 20, 400];
    const store = Object.assign(new MemoryJobStore(), {
      databaseNow: async () => {
        const ms = took.shift() ?? 0;
        const theirs = new Date(own.now().getTime() + 3000 + ms); // Read just before the answer came.
        own.set(new Date(own.now().getTime() + ms));
        return theirs;
      },
    });

    const clock = await databaseClock(store, { clock: own });

    expect(clock.offsetMs).toBe(3010);
    clock.close();
  });

  it("refuses a store on no database, and rejects when the database is not there to begin with", async () => {
    await expect(databaseClock(new MemoryJobStore())).rejects.toThrow(/a store on SQLite, PostgreSQL or MySQL/);
    const away = onTime(new MemoryJobStore(), new TestClock(START), () => {
      throw new Error("away");
    });
    const own = new TestClock(START);
    await expect(databaseClock(away, { clock: own })).rejects.toThrow("away");
  });
});
