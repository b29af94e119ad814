// LISTEN and NOTIFY: workers of other processes wake at once, and polling finds what was not heard.

import pg from "pg";
import { afterAll, describe, expect, inject, it } from "vitest";
import {
  createJobs,
  defineJob,
  InvalidOptionError,
  type JobStore,
  MemoryJobStore,
  TestClock,
} from "../../../src/index.ts";
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

/** A job that tells when it runs. */
function aBell(): { job: ReturnType<typeof defineJob>; rings: (times: number) => Promise<void> } {
  let rung = 0;
  let look: () => void = () => undefined;
  const job = defineJob("Bell", {}, () => {
    rung++;
    look();
  });
  return {
    job,
    rings: (times) =>
      new Promise((resolve) => {
        look = () => {
          if (rung >= times) resolve();
        };
        look();
      }),
  };
}

describe("notify", () => {
  it("wakes a worker of another process, whose clock stands still, by an enqueue and by a commit", async () => {
    const { job, rings } = aBell();
    const { store } = aStore();
    const { worker, clock } = await aWorker({ jobs: [job], store });
    const elsewhere = aStore();
    const other = createJobs({ jobs: [job], store: elsewhere.store, clock: new TestClock(START) });

    await other.enqueue(job);
    await rings(1);
    const client = await elsewhere.pool.connect();
    await client.query("BEGIN");
    await other.enqueue(job, undefined, { transaction: client });
    await client.query("COMMIT");
    client.release();
    await rings(2);

    await worker.stop();
    expect(clock.nextWakeAt()).toBeNull();
  });

  it("BM-102 listens again after its connection was killed (BM-101)", PATIENT, async () => {
    const { job, rings } = aBell();
    const { store } = aStore();
    const { worker, advance } = await aWorker({ jobs: [job], store });
    const elsewhere = aStore();
    const other = createJobs({ jobs: [job], store: elsewhere.store, clock: new TestClock(START) });
    await other.enqueue(job);
    await rings(1);

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
    await rings(2);

    await worker.stop();
  });

  it("BM-102 is an extra: a store that cannot listen is polled, and told of once", async () => {
    const { job, rings } = aBell();
    const inner = new MemoryJobStore();
    const store: JobStore = Object.assign(inner, { listen: () => Promise.reject(new Error("no connection to spare")) });
    const { worker, advance, lines } = await aWorker({ jobs: [job], store });

    await anApp({ jobs: [job], store: inner }).jobs.enqueue(job);
    await advance("10m");
    await rings(1);

    expect(lines.filter(({ message }) => message.includes("no connection to spare"))).toHaveLength(1);
    await worker.stop();
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
