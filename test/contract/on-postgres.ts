// The contract on a real PostgreSQL, with races between two pools.

import pg from "pg";
import { afterAll, describe, inject, it } from "vitest";
import { describeJobStore } from "../../src/contract/index.ts";
import type { JobStore } from "../../src/index.ts";
import { PostgresJobStore, type PostgresStoreOptions } from "../../src/store/sql/postgres.ts";
import { tables } from "./tables.ts";

export function describeOnPostgres(name: string, options: PostgresStoreOptions): void {
  const pool = new pg.Pool({ connectionString: inject("postgresUrl"), max: 4 });
  const second = new pg.Pool({ connectionString: inject("postgresUrl"), max: 4 });
  afterAll(async () => {
    await pool.end();
    await second.end();
  });
  const tableFor = tables(`contract_${options.prepare === false ? "unprepared_" : ""}${process.pid}`, (table) =>
    pool.query(`DELETE FROM ${table}`),
  );
  const tableOf = new WeakMap<JobStore, string>();
  describeJobStore(
    name,
    async (request) => {
      const table = await tableFor(request);
      const store = new PostgresJobStore(pool, { ...options, table });
      tableOf.set(store, table);
      return store;
    },
    {
      describe,
      it,
      openSecond: (first) => new PostgresJobStore(second, { ...options, table: tableOf.get(first) ?? "" }),
      transaction: { run: (_store, work) => inTransaction(pool, work) },
    },
  );
}

async function inTransaction<T>(pool: pg.Pool, work: (transaction: unknown) => Promise<T>): Promise<T> {
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
