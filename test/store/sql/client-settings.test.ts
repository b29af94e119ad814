// What an app has told its client about values has no say in what a row means.

import { DatabaseSync } from "@photostructure/sqlite";
import type BetterSqlite3 from "better-sqlite3";
import { createPool as createCallbackPool } from "mysql2";
import mysql from "mysql2/promise";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { aJob } from "../../../src/contract/index.ts";
import type { JobStore, MemoryJobStore } from "../../../src/index.ts";
import { MysqlJobStore } from "../../../src/store/sql/mysql.ts";
import { PostgresJobStore } from "../../../src/store/sql/postgres.ts";
import { type SqliteDatabase, SqliteJobStore } from "../../../src/store/sql/sqlite.ts";
import { betterSqlite3, nodeSqlite } from "../../sqlites.ts";

const now = new Date("2030-01-01T00:00:00.123Z");
const later = new Date("2030-01-01T00:01:00.456Z");

/** Every kind of column written and read: what is told is compared with the memory store's word. */
async function life(store: JobStore, transaction?: unknown): Promise<unknown> {
  const data = JSON.stringify({ big: 2 ** 53, text: "ä\u0000", at: "2030-01-01 00:00:00" });
  const told: unknown[] = [];
  const job = { id: "a", uniqueKey: "k", priority: -7, timeout: 1.5, runAt: now, carried: '{"tenant":"1"}' };
  told.push(await store.insert([{ ...aJob(job), data }], { now, ...(transaction !== undefined && { transaction }) }));
  if (transaction !== undefined) return told;
  told.push(await store.insert([aJob({ uniqueKey: "k" })], { now }));
  told.push(await store.due({ limit: 9, now }), await store.nextRunAt({}));
  const [held] = await store.claim({ limit: 1, now, workerId: "w", leaseMs: 60_333 });
  if (held === undefined) throw new Error("nothing was claimed");
  told.push({ ...held, token: null });
  const progress = { processed: 1, total: 3, percentage: 33, status: "processing", message: "1 of 3" } as const;
  told.push(await store.extend(held, { now: later, leaseMs: 1, progress }), await store.get("a"));
  told.push(
    await store.nextLeaseEndAt(),
    (await store.expired({ now: new Date("2031-01-01"), limit: 9 })).map(({ id }) => id),
  );
  told.push(await store.settle(held, { type: "completed" }, { now: later }), await store.get("a"));
  told.push([...(await store.stats({}))], await store.activity({ since: now, recent: 9 }));
  told.push(await store.purge({ statuses: ["completed"], before: new Date("2031-01-01") }));
  return told;
}

const better = await betterSqlite3();
let expected: unknown;
let enqueued: unknown;
beforeAll(async () => {
  const { MemoryJobStore: Memory } = await import("../../../src/index.ts");
  expected = await life(new Memory());
  const memory: MemoryJobStore = new Memory();
  await memory.transaction(async (transaction) => {
    enqueued = await life(memory, transaction);
  });
});

describe("on SQLite", () => {
  it("reads whatever node:sqlite makes of integers", async () => {
    expect(await life(new SqliteJobStore(new DatabaseSync(":memory:", { readBigInts: true })))).toEqual(expected);
    const connect = nodeSqlite();
    if (connect !== null) {
      expect(await life(new SqliteJobStore(connect(":memory:", { readBigInts: true })))).toEqual(expected);
      expect(await life(new SqliteJobStore(connect(":memory:", { returnArrays: true })))).toEqual(expected);
    }
  });

  it.runIf(better !== null)("reads rows under better-sqlite3's safeIntegers", async () => {
    const database = better?.(":memory:") as SqliteDatabase & BetterSqlite3.Database; // `as`: it is one, and is there
    database.defaultSafeIntegers(true);

    expect(await life(new SqliteJobStore(database))).toEqual(expected);
  });
});

describe("on PostgreSQL", () => {
  const builtins = [
    pg.types.builtins.INT8,
    pg.types.builtins.INT4,
    pg.types.builtins.TIMESTAMPTZ,
    pg.types.builtins.FLOAT8,
  ];
  const parsers = builtins.map((type) => [type, pg.types.getTypeParser(type)] as const);
  const table = `settings_${process.pid}`;
  const pool = new pg.Pool({ connectionString: inject("postgresUrl"), max: 2, options: "-c timezone=Asia/Kolkata" });
  afterAll(async () => {
    for (const [type, parser] of parsers) pg.types.setTypeParser(type, parser);
    await pool.query(`DROP TABLE IF EXISTS ${table}`);
    await pool.end();
  });

  it.each([
    ["BigInt", (value: string) => BigInt(Math.trunc(Number(value) || 0))],
    ["an object", (value: string) => ({ value })],
  ])("reads rows though the app parses numbers and instants to %s", async (_, parse) => {
    for (const type of builtins) pg.types.setTypeParser(type, parse);
    const store = new PostgresJobStore(pool, { table });
    await store.setup();

    expect(await life(store)).toEqual(expected);
    await store.dropTable();
  });

  it("answers in the app's own transaction though it parses int8 to BigInt", async () => {
    for (const [type, parser] of parsers) pg.types.setTypeParser(type, parser);
    pg.types.setTypeParser(pg.types.builtins.INT8, BigInt);
    const store = new PostgresJobStore(pool, { table });
    await store.setup();
    const client = await pool.connect();
    await client.query("BEGIN");

    const told = await life(store, client);

    await client.query("COMMIT");
    client.release();
    expect(told).toEqual(enqueued);
    await store.dropTable();
  });
});

const mysqlUrl = inject("mysqlUrl");
describe.runIf(mysqlUrl !== null)("on MySQL", () => {
  const table = `settings_${process.pid}`;
  const settings: readonly mysql.PoolOptions[] = [
    { dateStrings: true },
    { timezone: "+05:30" },
    { supportBigNumbers: true, bigNumberStrings: true },
    { namedPlaceholders: true },
    { rowsAsArray: true },
    { decimalNumbers: true },
    { typeCast: false },
    { typeCast: (field, next) => (field.type === "LONGLONG" ? { own: field.string() } : next()) },
    { nestTables: true },
    { multipleStatements: true },
  ];

  it.each(settings)("BM-176 reads rows under %o, in the app's transaction, too", async (setting) => {
    const pool = mysql.createPool({ uri: mysqlUrl ?? "", connectionLimit: 2, ...setting });
    const store = new MysqlJobStore(pool, { table });
    await store.dropTable();
    await store.setup();

    expect(await life(store)).toEqual(expected);
    await store.dropTable();
    await store.setup();
    const connection = await pool.getConnection();
    await connection.beginTransaction();
    expect(await life(store, connection)).toEqual(enqueued);
    await connection.rollback();
    connection.release();
    await store.dropTable();
    await pool.end();
  });

  it("takes a pool of mysql2 without promises, too", async () => {
    const pool = createCallbackPool(mysqlUrl ?? "");
    const store = new MysqlJobStore(pool, { table });
    await store.setup();

    expect(await life(store)).toEqual(expected);
    await store.dropTable();
    await pool.promise().end();
  });
});
