// A wheels_jobs table that the Wheels framework made, shared with it (R37), and older tables of our own.

import { DatabaseSync } from "@photostructure/sqlite";
import mysql from "mysql2/promise";
import pg from "pg";
import { describe, expect, inject, it } from "vitest";
import { aJob } from "../../../src/contract/index.ts";
import { MysqlJobStore } from "../../../src/store/sql/mysql.ts";
import { PostgresJobStore } from "../../../src/store/sql/postgres.ts";
import type { SqlJobStore, SqlStoreOptions } from "../../../src/store/sql/sql-job-store.ts";
import { SqliteJobStore } from "../../../src/store/sql/sqlite.ts";

const now = new Date("2030-01-01T00:10:00Z");
const claims = { limit: 9, now, workerId: "w", leaseMs: 30_000 };
const id = "6F9619FF-8B86-D011-B42D00C04FC964FF";

interface Database {
  open(options?: SqlStoreOptions): SqlJobStore;
  run(sql: string): Promise<unknown>;
  /** An instant as Wheels writes it there. */
  instant(text: string): string;
  readonly instantType: string;
  close(): Promise<unknown>;
}

async function onSqlite(table: string): Promise<Database> {
  const database = new DatabaseSync(":memory:");
  return {
    open: (options) => new SqliteJobStore(database, { table, ...options }),
    run: async (sql) => database.exec(sql),
    instant: (text) => String(Date.parse(`${text.replace(" ", "T")}Z`)), // as its JDBC driver does
    instantType: "DATETIME",
    close: async () => database.close(),
  };
}

async function onPostgres(table: string): Promise<Database> {
  const pool = new pg.Pool({ connectionString: inject("postgresUrl"), max: 2, options: "-c timezone=UTC" });
  return {
    open: (options) => new PostgresJobStore(pool, { table, ...options }),
    run: (sql) => pool.query(sql),
    instant: (text) => `'${text}'`,
    instantType: "TIMESTAMP",
    close: () => pool.end(),
  };
}

async function onMysql(table: string): Promise<Database> {
  const pool = mysql.createPool({ uri: inject("mysqlUrl") ?? "", connectionLimit: 2 });
  return {
    open: (options) => new MysqlJobStore(pool, { table, ...options }),
    run: (sql) => pool.query(sql),
    instant: (text) => `'${text}'`,
    instantType: "DATETIME",
    close: () => pool.end(),
  };
}

const databases: readonly (readonly [name: string, connect: (table: string) => Promise<Database>])[] = [
  ["SQLite", onSqlite],
  ["PostgreSQL", onPostgres],
  ...(inject("mysqlUrl") === null ? [] : [["MySQL", onMysql] as const]),
];

let tables = 0;

describe.each(databases)("on %s", (_, connect) => {
  async function withTable(body: (database: Database, table: string) => Promise<void>): Promise<void> {
    const table = `origin_${process.pid}_${++tables}`;
    const database = await connect(table);
    await body(database, table);
    await database.run(`DROP TABLE IF EXISTS ${table}`);
    await database.close();
  }

  /** The origin's own migration, and one row as its `enqueue` writes it. */
  async function asOfWheels({ run, instant, instantType }: Database, table: string): Promise<void> {
    await run(`CREATE TABLE ${table} (
      id VARCHAR(36) NOT NULL PRIMARY KEY, jobClass VARCHAR(255) NOT NULL, queue VARCHAR(100) DEFAULT 'default' NOT NULL,
      data TEXT, priority INTEGER DEFAULT 0 NOT NULL, status VARCHAR(20) DEFAULT 'pending' NOT NULL,
      attempts INTEGER DEFAULT 0 NOT NULL, maxRetries INTEGER DEFAULT 3 NOT NULL, lastError TEXT,
      runAt ${instantType} NULL, completedAt ${instantType} NULL, failedAt ${instantType} NULL,
      createdAt ${instantType} NULL, updatedAt ${instantType} NULL)`);
    await insertAsWheels({ run, instant }, table, id);
  }

  function insertAsWheels({ run, instant }: Pick<Database, "run" | "instant">, table: string, of: string) {
    const at = instant("2030-01-01 00:00:00");
    return run(`INSERT INTO ${table}
      (id, jobClass, queue, data, priority, status, attempts, maxRetries, runAt, createdAt, updatedAt) VALUES
      ('${of}', 'app.jobs.SendEmailJob', 'mailers', '{"to":"a@b.c"}', 5, 'pending', 0, 3, ${at}, ${at}, ${at})`);
  }

  it("R37 takes over the table of Wheels: rows kept, columns added, old rows worked", async () => {
    await withTable(async (database, table) => {
      await asOfWheels(database, table);
      const store = database.open();

      await store.setup();
      await store.setup();

      const at = new Date("2030-01-01T00:00:00Z");
      const row = { id, jobClass: "app.jobs.SendEmailJob", queue: "mailers", data: { to: "a@b.c" }, priority: 5 };
      const nulls = {
        lastError: null,
        startedAt: null,
        lockedBy: null,
        lockedUntil: null,
        uniqueKey: null,
        progress: null,
      };
      const times = {
        runAt: at,
        createdAt: at,
        updatedAt: at,
        timeout: 300,
        carried: null,
        attempts: 0,
        maxRetries: 3,
      };
      expect(await store.get(id)).toMatchObject({ ...row, ...nulls, ...times, status: "pending" });
      const [held] = await store.claim(claims);
      expect(held).toMatchObject({ id, attempts: 1, lockedBy: "w" });
      if (held !== undefined) expect(await store.settle(held, { type: "completed" }, { now })).toBe("settled");
      expect(await store.get(id)).toMatchObject({ status: "completed", completedAt: now });
      expect((await store.insert([aJob({ uniqueKey: "k" })], { now }))[0]?.deduplicated).toBe(false);
    });
  });

  it("R37 works a row that has the origin's columns alone", async () => {
    await withTable(async (database, table) => {
      const store = database.open();
      await store.setup();

      await insertAsWheels(database, table, id);

      expect(await store.claim(claims)).toMatchObject([{ id, data: { to: "a@b.c" }, timeout: 300, attempts: 1 }]);
    });
  });

  it("R12 R25 respects the origin's own claim until updatedAt plus its timeout", async () => {
    await withTable(async (database, table) => {
      const store = database.open();
      await store.setup();
      await insertAsWheels(database, table, id);
      const { run, instant } = database;
      const by = `UPDATE ${table} SET status = 'processing', attempts = attempts + 1, updatedAt = ${instant("2030-01-01 00:10:00")}`;
      await run(`${by} WHERE id = '${id}' AND status = 'pending'`);
      const end = now.getTime() + 300_000;

      expect(await store.claim({ ...claims, now: new Date(end) })).toEqual([]);
      expect(await store.claim({ ...claims, id })).toEqual([]);
      expect(await store.expired({ now: new Date(end - 1), limit: 9 })).toEqual([]);
      expect(await store.nextLeaseEndAt()).toEqual(new Date(end));
      const [expired] = await store.expired({ now: new Date(end), limit: 9 });
      expect(expired).toMatchObject({ id, attempts: 1, lockedUntil: null });

      const retry = { type: "retry", runAt: new Date(end), error: "worker lost" } as const;
      if (expired !== undefined)
        expect(await store.settle(expired, retry, { now: new Date(end), expired: true })).toBe("settled");
      expect(await store.get(id)).toMatchObject({ status: "pending", attempts: 1, lastError: "worker lost" });
    });
  });

  it("R24 leaves a row alone that the origin's worker has completed", async () => {
    await withTable(async ({ open, run }, table) => {
      const store = open();
      await store.insert([aJob({ id: "a" })], { now });
      const [held] = await store.claim(claims);
      await run(`UPDATE ${table} SET status = 'completed' WHERE id = 'a'`);

      if (held !== undefined) expect(await store.settle(held, { type: "failed", error: "x" }, { now })).toBe("lost");

      expect(await store.get("a")).toMatchObject({ status: "completed", lastError: null });
    });
  });

  it("R32 adds what a table of an older version lacks, and keeps its rows", async () => {
    await withTable(async ({ open, run }, table) => {
      const first = open();
      await first.insert([aJob({ id: "a" }), aJob({ id: "b" })], { now });
      for (const name of ["due", "leases", "live_key"])
        await run(`DROP INDEX ${table}_${name}${first.name === "mysql" ? ` ON ${table}` : ""}`);
      for (const column of ["startedAt", "uniqueWhile", "liveKey", "progress", "carried"])
        await run(`ALTER TABLE ${table} DROP COLUMN ${column}`);
      const store = open();

      await store.setup();

      expect((await store.claim(claims)).map((held) => [held.id, held.startedAt])).toEqual([
        ["a", now],
        ["b", now],
      ]);
      const keyed = await store.insert([aJob({ uniqueKey: "k" }), aJob({ uniqueKey: "k" })], { now });
      expect(keyed.map(({ deduplicated }) => deduplicated)).toEqual([false, true]);
    });
  });

  it("R32 refuses with the statements to run where it was told not to make the table", async () => {
    await withTable(async ({ open, run }, table) => {
      const strict = open({ setup: false });
      const refused: unknown = await strict.insert([aJob()], { now }).catch((error: unknown) => error);
      const statements = await strict.schema();

      expect(refused).toMatchObject({ code: "SETUP_REQUIRED" });
      expect(String(refused)).toContain(`The table ${table} lacks seq, id, jobClass`);
      expect(String(refused)).toContain(`\nCREATE TABLE IF NOT EXISTS ${table} (\n  seq`);
      expect(String(refused)).toContain("INDEX ");
      expect(statements.length).toBeGreaterThan(4);
      for (const statement of statements) await run(statement);

      expect(await strict.insert([aJob({ id: "a" })], { now })).toMatchObject([{ id: "a" }]);
      expect((await strict.claim(claims)).length).toBe(1);
    });
  });

  it("BM-077 goes on past two thousand million rows, by their numbers too", async () => {
    await withTable(async ({ open, run }, table) => {
      const store = open();
      await store.insert([aJob({ id: "first" })], { now });
      await run(`UPDATE ${table} SET seq = 4294967296 WHERE id = 'first'`);
      if (store.name === "postgres") await run(`ALTER TABLE ${table} ALTER COLUMN seq RESTART WITH 4294967297`);

      const [stored] = await store.insert([aJob({ id: "second" })], { now });
      const held = await store.claim(claims);

      expect([held.map(({ seq }) => seq), stored?.seq]).toEqual([[4294967296, 4294967297], 4294967297]);
      for (const claim of held) {
        const at = { now };
        expect(await store.extend(claim, { now, leaseMs: 60_000 })).toBe("held");
        expect(await store.settle(claim, { type: "failed", error: "x" }, at)).toBe("settled");
      }
      expect(await store.retryFailed({ now })).toBe(2);
      expect((await store.list({ beforeSeq: 4294967297 })).map(({ id }) => id)).toEqual(["first"]);
    });
  });
});
