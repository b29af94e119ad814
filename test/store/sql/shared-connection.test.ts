// A store on the very connection that the app has a transaction open on: it is neither joined unasked nor committed.

import { DatabaseSync } from "@photostructure/sqlite";
import mysql from "mysql2/promise";
import pg from "pg";
import { describe, expect, inject, it } from "vitest";
import { aJob } from "../../../src/contract/index.ts";
import type { JobStore } from "../../../src/index.ts";
import { MysqlJobStore } from "../../../src/store/sql/mysql.ts";
import { PostgresJobStore } from "../../../src/store/sql/postgres.ts";
import type { SqlJobStore } from "../../../src/store/sql/sql-job-store.ts";
import { SqliteJobStore } from "../../../src/store/sql/sqlite.ts";

const now = new Date("2030-01-01T00:00:00Z");
const table = `shared_${process.pid}`;

interface Shared {
  readonly store: SqlJobStore;
  run(sql: string): Promise<unknown> | unknown;
  orders(): Promise<number> | number;
  close(): Promise<unknown> | unknown;
}

async function onSqlite(): Promise<Shared> {
  const database = new DatabaseSync(":memory:");
  return {
    store: new SqliteJobStore(database),
    run: (sql) => database.exec(sql),
    orders: () => database.prepare(`SELECT id FROM ${table}_orders`).all().length,
    close: () => database.close(),
  };
}

async function onPostgres(): Promise<Shared> {
  const client = new pg.Client({ connectionString: inject("postgresUrl") });
  await client.connect();
  return {
    store: new PostgresJobStore(client, { table }),
    run: (sql) => client.query(sql),
    orders: async () => (await client.query(`SELECT id FROM ${table}_orders`)).rows.length,
    close: () => client.end(),
  };
}

async function onMysql(): Promise<Shared> {
  const connection = await mysql.createConnection(inject("mysqlUrl") ?? "");
  return {
    store: new MysqlJobStore(connection, { table }),
    run: (sql) => connection.query(sql),
    orders: async () => (await connection.query<mysql.RowDataPacket[]>(`SELECT id FROM ${table}_orders`))[0].length,
    close: () => connection.end(),
  };
}

/** One call of each kind: one statement, a transaction, a look. */
const calls: readonly ((store: JobStore) => Promise<unknown>)[] = [
  (store) => store.insert([aJob({ id: "a" })], { now }),
  (store) => store.insert([aJob({ uniqueKey: "k" }), aJob({ id: "b" })], { now }),
  (store) => store.claim({ limit: 1, now, workerId: "w", leaseMs: 1000 }),
  (store) => store.retryFailed({ now }),
  (store) => store.list({}),
];

const connections: readonly (readonly [name: string, open: () => Promise<Shared>])[] = [
  ["an SQLite database in memory", onSqlite],
  ["a pg Client", onPostgres],
  ...(inject("mysqlUrl") === null ? [] : [["a mysql2 connection", onMysql] as const]),
];

describe.each(connections)("%s that store and app share", (_, open) => {
  it("R9 refuses every call outside of the app's transaction, which it leaves open", async () => {
    const { store, run, orders, close } = await open();
    await store.setup();
    await run(`CREATE TABLE ${table}_orders (id INTEGER PRIMARY KEY)`);
    await run("BEGIN");
    await run(`INSERT INTO ${table}_orders (id) VALUES (1)`);

    for (const call of calls) {
      await expect(call(store)).rejects.toMatchObject({
        code: "STORE_UNAVAILABLE",
        message: expect.stringContaining("is inside a transaction of the app's"),
      });
    }
    await run("ROLLBACK");

    expect(await orders()).toBe(0);
    expect(await store.list({})).toEqual([]);
    await run(`DROP TABLE ${table}_orders`);
    await store.dropTable();
    await close();
  });

  it("R9 goes on after a call that was refused", async () => {
    const { store, run, close } = await open();
    await store.setup();
    await run("BEGIN");
    await store.list({}).catch(() => {});
    await run("COMMIT");

    await store.insert([aJob({ id: "a" })], { now });

    expect((await store.list({})).map(({ id }) => id)).toEqual(["a"]);
    await store.dropTable();
    await close();
  });
});
