// Defects that other queues had on these databases (docs/museum.md).

import mysql from "mysql2/promise";
import pg from "pg";
import { afterAll, beforeEach, describe, expect, inject, it } from "vitest";
import { aJob, jobs } from "../../../src/contract/a-job.ts";
import type { JobStore } from "../../../src/index.ts";
import { MysqlJobStore } from "../../../src/store/sql/mysql.ts";
import { PostgresJobStore } from "../../../src/store/sql/postgres.ts";

const now = new Date("2030-01-01T00:00:00Z");
const table = `museum_${process.pid}`;
const work = { now, workerId: "w", leaseMs: 30_000 };

/** Claims by ones and settles until nothing is left; returns what was settled. */
async function workAll(store: JobStore, workerId: string): Promise<readonly string[]> {
  const done: string[] = [];
  for (;;) {
    const [held] = await store.claim({ ...work, workerId, limit: 1 });
    if (held === undefined) return done;
    expect(await store.extend(held, { now, leaseMs: 60_000 })).toBe("held");
    expect(await store.settle(held, { type: "completed" }, { now })).toBe("settled");
    done.push(held.id);
  }
}

/** Throws a database's error once, in the place of the first statement that matches. */
function failingOnce(error: object): (text: string) => void {
  let failed = false;
  return (text) => {
    if (failed || !/INSERT|UPDATE/.test(text)) return;
    failed = true;
    throw Object.assign(new Error("undone"), error);
  };
}

describe("on PostgreSQL", () => {
  const options = "-c default_transaction_isolation=serializable";
  const pool = new pg.Pool({ connectionString: inject("postgresUrl"), max: 4, options });
  afterAll(async () => {
    await pool.query(`DROP TABLE IF EXISTS ${table}`);
    await pool.end();
  });
  beforeEach(async () => {
    await new PostgresJobStore(pool, { table }).setup();
    await pool.query(`DELETE FROM ${table}`);
  });

  it("BM-010 does all work once under serializable isolation (BM-011)", async () => {
    const store = new PostgresJobStore(pool, { table });
    const list = jobs(40);
    await store.insert(list, { now });

    const done = await Promise.all(["w1", "w2", "w3", "w4"].map((workerId) => workAll(store, workerId)));

    expect(done.flat().toSorted()).toEqual(list.map(({ id }) => id).toSorted());
  });

  it.each(["40001", "40P01", "55P03"])(
    "BM-009 tries again what error %s has undone, and applies it once",
    async (code) => {
      const check = failingOnce({ code, severity: "ERROR" });
      const failing = {
        totalCount: 0,
        connect: async () => {
          const client = await pool.connect();
          const query = async (config: pg.QueryConfig) => {
            check(config.text);
            return client.query(config);
          };
          return { query: query as (config: unknown) => Promise<unknown>, release: () => client.release() }; // `as`: it is handed configs
        },
        end: async () => {},
      };
      const store = new PostgresJobStore(failing, { table, setup: false, random: () => 0 });

      await store.insert([aJob({ id: "a", uniqueKey: "k" }), aJob({ id: "b" })], { now });

      expect((await store.list({})).map(({ id }) => id)).toEqual(["b", "a"]);
    },
  );

  it("BM-014 locks no row that a claim does not take", async () => {
    const store = new PostgresJobStore(pool, { table });
    await store.insert(jobs(3), { now });
    await store.claim({ ...work, limit: 1 });
    await store.claim({ ...work, limit: 1, queues: ["empty"] });

    const { rows } = await pool.query(`SELECT id FROM ${table} WHERE status = 'pending' FOR UPDATE NOWAIT`);

    expect(rows).toHaveLength(2);
  });

  it("BM-173 sends JSON as text, prepared or not", async () => {
    for (const prepare of [true, false]) {
      const store = new PostgresJobStore(pool, { table, prepare });
      await store.insert([{ ...aJob({ queue: String(prepare) }), data: '{"a":"ä"}' }], { now });

      const { rows } = await pool.query(
        `SELECT CAST(data AS json)->>'a' AS a FROM ${table} WHERE queue = '${prepare}'`,
      );

      expect(rows).toEqual([{ a: "ä" }]);
    }
  });
});

const mysqlUrl = inject("mysqlUrl");
describe.runIf(mysqlUrl !== null)("on MySQL", () => {
  const pool = mysql.createPool({ uri: mysqlUrl ?? "mysql://none", connectionLimit: 4 });
  afterAll(async () => {
    await pool.query(`DROP TABLE IF EXISTS ${table}`);
    await pool.end();
  });
  beforeEach(async () => {
    await new MysqlJobStore(pool, { table }).setup();
    await pool.query(`DELETE FROM ${table}`);
  });

  it.each([1213, 1205])("BM-009 tries again what error %i has undone, and applies it once", async (errno) => {
    const check = failingOnce({ errno, sqlState: "40001" });
    const failing = {
      getConnection: async () => {
        const connection = await pool.getConnection();
        return {
          query: (sql: string | { sql: string }) => connection.query(sql as string), // `as`: it takes both
          execute: async (config: { sql: string }) => {
            check(config.sql);
            return connection.execute(config);
          },
          release: () => connection.release(),
        };
      },
      end: async () => {},
    };
    const store = new MysqlJobStore(failing, { table, setup: false, random: () => 0 });

    await store.insert([aJob({ id: "a", uniqueKey: "k" }), aJob({ id: "b" })], { now });

    expect((await store.list({})).map(({ id }) => id)).toEqual(["b", "a"]);
  });
});
