// A pool of one connection, which the app's own transaction has.

import mysql from "mysql2/promise";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { aJob } from "../../../src/contract/index.ts";
import { MysqlJobStore } from "../../../src/store/sql/mysql.ts";
import { PostgresJobStore } from "../../../src/store/sql/postgres.ts";

const now = new Date("2030-01-01T00:00:00Z");
const table = `single_use_${process.pid}`;
const hint =
  "Cannot enqueue: no database connection was free within 0.02 s. If this code runs inside a transaction that has the only connection, pass that transaction as { transaction }; else give the pool more connections.";

describe("a pg pool of one", () => {
  const pool = new pg.Pool({ connectionString: inject("postgresUrl"), max: 1 });
  const patient = new PostgresJobStore(pool, { table });
  const store = new PostgresJobStore(pool, { table, acquireTimeoutMs: 20 });
  beforeAll(async () => {
    await patient.setup(); // so that the one connection is there
    await store.setup();
  });
  afterAll(async () => {
    await pool.query(`DROP TABLE ${table}`);
    await pool.end();
  });

  it("rejects an enqueue that would wait for its own transaction, and says what to pass", async () => {
    const client = await pool.connect();
    await client.query("BEGIN");

    const refused = store.insert([aJob({ id: "outside" })], { now });

    await expect(refused).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", message: hint });
    await client.query("ROLLBACK");
    client.release();
  });

  it("gives back the connection that it gets too late, and stores nothing then", async () => {
    const client = await pool.connect();

    await expect(store.insert([aJob({ id: "late" })], { now })).rejects.toThrow(hint);
    client.release();

    expect(await patient.list({})).toEqual([]);
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
  });

  it("serves an enqueue that has been handed the transaction", async () => {
    const client = await pool.connect();
    await client.query("BEGIN");

    await patient.insert([aJob({ id: "a" })], { now, transaction: client });

    await client.query("COMMIT");
    client.release();
    expect((await patient.list({})).map(({ id }) => id)).toEqual(["a"]);
  });
});

const mysqlUrl = inject("mysqlUrl");
describe.runIf(mysqlUrl !== null)("a mysql2 pool of one", () => {
  const pool = mysql.createPool({ uri: mysqlUrl ?? "mysql://none", connectionLimit: 1 });
  const patient = new MysqlJobStore(pool, { table });
  const store = new MysqlJobStore(pool, { table, acquireTimeoutMs: 20 });
  beforeAll(async () => {
    await patient.setup(); // so that the one connection is there
    await store.setup();
  });
  afterAll(async () => {
    await pool.query(`DROP TABLE IF EXISTS ${table}`);
    await pool.end();
  });

  it("rejects an enqueue that would wait for its own transaction, and serves one that has been handed it", async () => {
    const connection = await pool.getConnection();
    await connection.beginTransaction();

    await expect(store.insert([aJob({ id: "outside" })], { now })).rejects.toThrow(hint);
    await patient.insert([aJob({ id: "a" })], { now, transaction: connection });

    await connection.commit();
    connection.release();
    expect((await patient.list({})).map(({ id }) => id)).toEqual(["a"]);
  });
});
