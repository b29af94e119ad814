// The contract on H2, a database of its own with a locking of its own, claiming in the optimistic way. It is spoken to as a
// PostgreSQL server; the dialect is the test's, for no app in Node.js keeps its jobs there.

import { afterAll, describe, it } from "vitest";
import { describeJobStore } from "../../src/contract/index.ts";
import type { JobStore } from "../../src/index.ts";
import { PostgresDriver } from "../../src/store/sql/postgres-driver.ts";
import { SqlJobStore } from "../../src/store/sql/sql-job-store.ts";
import { H2Pool, h2Dialect, missingForH2, startH2 } from "./h2-server.ts";
import { tables } from "./tables.ts";

const missing = process.env.TEST_THOROUGH === "1" ? missingForH2() : "TEST_THOROUGH=1";
if (missing !== null) {
  process.stderr.write(
    `h2 contract skipped: it needs ${missing}; on Debian apt-get install libh2-java default-jre-headless\n`,
  );
  describe("the job store contract: h2", () => {
    it(`needs ${missing}`, () => undefined);
  });
} else {
  const { port, stop } = await startH2();
  const pool = new H2Pool(port);
  const second = new H2Pool(port);
  afterAll(async () => {
    await pool.end();
    await second.end();
    stop();
  });
  const tableFor = tables("contract", async (table) => {
    const client = await pool.connect();
    await client.query(`DELETE FROM ${table}`);
    client.release();
  });
  const tableOf = new WeakMap<JobStore, string>();
  const open = (on: H2Pool, table: string): JobStore => {
    const options = { ownsClient: false, prepare: false, acquireTimeoutMs: 10_000, random: Math.random };
    const store = new SqlJobStore("h2", new PostgresDriver(on, h2Dialect, options), { table });
    tableOf.set(store, table);
    return store;
  };
  describeJobStore("h2", async (request) => open(pool, await tableFor(request)), {
    describe,
    it,
    openSecond: (first) => open(second, tableOf.get(first) ?? ""),
    transaction: { run: (_store, work) => inTransaction(pool, work) },
  });
}

async function inTransaction<T>(pool: H2Pool, work: (transaction: unknown) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}
