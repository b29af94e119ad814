// LISTEN and NOTIFY: workers of other processes wake at once, and polling finds what was not heard.

import pg from "pg";
import { afterAll, describe, expect, inject, it } from "vitest";
import { aJob } from "../../../src/contract/index.ts";
import {
  createJobs,
  type Duration,
  defineJob,
  InvalidOptionError,
  type JobStore,
  MemoryJobStore,
  TestClock,
} from "../../../src/index.ts";
import { openStore } from "../../../src/store/open-store.ts";
import { PostgresJobStore } from "../../../src/store/sql/postgres.ts";
import { aWorker } from "../../engine/a-worker.ts";
import { anApp, START } from "../../engine/an-app.ts";

const PATIENT = { timeout: 30_000 };
const pools: pg.Pool[] = [];
const stores: PostgresJobStore[] = [];
afterAll(async () => {
  await stores[0]?.dropTable();
  for (const pool of pools) await pool.end();
});

function aStore(): { store: PostgresJobStore; pool: pg.Pool } {
  const pool = new pg.Pool({ connectionString: inject("postgresUrl"), max: 3 });
  pool.on("error", () => undefined);
  pools.push(pool);
  const store = new PostgresJobStore(pool, { table: "notify_jobs", notify: true });
  stores.push(store);
  return { store, pool };
}

/** A job that counts its runs. `rings`: until there are so many; milliseconds at a time, so that nobody polls meanwhile. */
function aBell(): {
  job: ReturnType<typeof defineJob>;
  rings: (times: number, advance: (duration: Duration) => Promise<void>) => Promise<void>;
} {
  let rung = 0;
  const job = defineJob("Bell", {}, () => {
    rung++;
  });
  const after = async (advance: (duration: Duration) => Promise<void>): Promise<number> => {
    await advance("2ms");
    return rung;
  };
  return {
    job,
    rings: (times, advance) =>
      expect.poll(() => after(advance), { ...PATIENT, interval: 10 }).toBeGreaterThanOrEqual(times),
  };
}

describe("notify", () => {
  it(
    "wakes a worker of another process long before it would look, by an enqueue and by a commit",
    PATIENT,
    async () => {
      const { job, rings } = aBell();
      const { store } = aStore();
      const { worker, clock, advance, elapsed } = await aWorker({ jobs: [job], store });
      const elsewhere = aStore();
      const other = createJobs({ jobs: [job], store: elsewhere.store, clock: new TestClock(START) });

      await other.enqueue(job);
      await rings(1, advance);
      const client = await elsewhere.pool.connect();
      await client.query("BEGIN");
      await other.enqueue(job, undefined, { transaction: client });
      await client.query("COMMIT");
      client.release();
      await rings(2, advance);

      expect(elapsed()).toBeLessThan(4000); // A poll comes after four seconds at the soonest.
      await worker.stop();
      expect(clock.nextWakeAt()).toBeNull();
    },
  );

  it("BM-102 listens again after its connection was killed (BM-101)", PATIENT, async () => {
    const { job, rings } = aBell();
    const { store } = aStore();
    const { worker, advance } = await aWorker({ jobs: [job], store });
    const elsewhere = aStore();
    const other = createJobs({ jobs: [job], store: elsewhere.store, clock: new TestClock(START) });
    await other.enqueue(job);
    await rings(1, advance);

    await elsewhere.pool.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN wheelwright_notify_jobs%' AND pid <> pg_backend_pid()",
    );
    await expect
      .poll(async () => {
        await advance("1s"); // What it waits before it asks again is virtual.
        const listening = await elsewhere.pool.query(
          "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN wheelwright_notify_jobs%'",
        );
        return listening.rows.length;
      }, PATIENT)
      .toBe(1);
    await other.enqueue(job);
    await rings(2, advance);

    await worker.stop();
  });

  it("BM-102 is an extra: a store that cannot listen is polled, and told of once", async () => {
    const { job, rings } = aBell();
    const inner = new MemoryJobStore();
    const store: JobStore = Object.assign(inner, { listen: () => Promise.reject(new Error("no connection to spare")) });
    const { worker, advance, lines } = await aWorker({ jobs: [job], store });

    await anApp({ jobs: [job], store: inner }).jobs.enqueue(job);
    await advance("10m");
    await rings(1, advance);

    expect(lines.filter(({ message }) => message.includes("no connection to spare"))).toHaveLength(1);
    await worker.stop();
  });

  it("is had by a URL alone, for a worker of the command line", async () => {
    const url = inject("postgresUrl");
    const told = await openStore(`${url}?application_name=shop&notify=true`, { table: "notify_url_jobs" });
    const optional = await openStore(url, { table: "notify_url_jobs", notify: true });
    const silenced = await openStore(`${url}?notify=true`, { table: "notify_url_jobs", notify: false });
    const silent = await openStore(url, { table: "notify_url_jobs" });

    expect([told, optional, silenced, silent].map(({ listen }) => listen !== undefined)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    let tell: () => void = () => undefined;
    const heard = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const unlisten = await told.listen?.(tell, () => undefined);
    await optional.insert([aJob({ id: "a" })], { now: START });
    await heard;
    await unlisten?.();
    if (silent instanceof PostgresJobStore) await silent.dropTable();
    for (const store of [told, optional, silenced, silent]) await store.close();
  });

  it("gives its connection back when the worker stops", async () => {
    const { store, pool } = aStore();
    const { worker } = await aWorker({ jobs: [], store });
    await worker.idle();

    await worker.stop();

    expect(pool.idleCount).toBe(pool.totalCount);
    expect((await pool.query("SELECT pg_listening_channels() AS name")).rows).toEqual([]);
  });

  it("needs a pool to listen on", () => {
    const client = new pg.Client({ connectionString: inject("postgresUrl") });

    expect(() => new PostgresJobStore(client, { notify: true })).toThrow(InvalidOptionError);
    expect(() => new PostgresJobStore(client, { notify: "yes" as never })).toThrow(/true or false/);
  });
});
