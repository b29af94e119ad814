// How the databases go about what is asked often: by an index that is in order, with no sort, and no look at every row.

import Database from "@photostructure/sqlite";
import mysql from "mysql2/promise";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { JobStore } from "../../../src/index.ts";
import { MysqlJobStore, type MysqlPool } from "../../../src/store/sql/mysql.ts";
import { PostgresJobStore } from "../../../src/store/sql/postgres.ts";
import { SqliteJobStore, type SqlJobStore } from "../../../src/store/sql/sqlite.ts";

interface Asked {
  readonly sql: string;
  readonly params: readonly unknown[];
}

const NOW = new Date("2030-01-01T00:00:00.000Z");
const CLAIM = { now: NOW, workerId: "w", leaseMs: 30_000 };

/** What is asked at every job, or at every turn of a worker. */
const QUESTIONS: Readonly<Record<string, (store: JobStore) => Promise<unknown>>> = {
  "a claim from one queue": (store) => store.claim({ ...CLAIM, limit: 1, queues: ["mail"] }),
  "a claim from all queues": (store) => store.claim({ ...CLAIM, limit: 1 }),
  "a claim past a higher priority": (store) => store.claim({ ...CLAIM, limit: 1, queues: ["later"] }),
  "a claim of many": (store) => store.claim({ ...CLAIM, limit: 100, queues: ["mail"] }),
  due: (store) => store.due({ now: NOW, limit: 10, queues: ["mail"] }),
  nextRunAt: (store) => store.nextRunAt({ queues: ["mail"] }),
  "nextRunAt of all queues": (store) => store.nextRunAt({}),
  expired: (store) => store.expired({ now: NOW, limit: 100 }),
  nextLeaseEndAt: (store) => store.nextLeaseEndAt(),
};

/** Rows of every kind, so that the planner has a choice: 20,000 completed, 3,000 pending, 300 processing. */
async function fill(store: SqlJobStore, numbers: string, instant: (iso: string) => string): Promise<void> {
  await store.setup();
  const [past, later] = [instant("2029-12-31 00:00:00"), instant("2030-01-02 00:00:00")];
  const rows = (status: string, count: number, more: string): Promise<unknown> =>
    store.query(
      `INSERT INTO ${store.table} (id, jobClass, queue, priority, status, runAt, createdAt, updatedAt, completedAt, lockedBy, lockedUntil)
      SELECT CONCAT('${status}-', i), 'NoOpJob', CASE WHEN MOD(i, 2) = 0 THEN 'mail' ELSE 'print' END, MOD(i, 3), '${status}', ${past}, ${past}, ${past}, ${more}
      FROM ${numbers} numbers WHERE i <= ${count}`,
    );
  await rows("completed", 20_000, `${past}, NULL, NULL`);
  await rows("pending", 3000, "NULL, NULL, NULL");
  await store.query(
    `INSERT INTO ${store.table} (id, jobClass, queue, priority, status, runAt, createdAt, updatedAt)
    SELECT CONCAT('later-', i), 'NoOpJob', 'later', MOD(i, 2), 'pending', CASE WHEN MOD(i, 2) = 1 THEN ${later} ELSE ${past} END, ${past}, ${past}
    FROM ${numbers} numbers WHERE i <= 1000`,
  );
  await rows("processing", 300, `NULL, 'w', ${later}`);
}

/** Plays a question on its store, and gives back what it asked of the database. */
async function askedFor(asked: Asked[], question: () => Promise<unknown>): Promise<readonly Asked[]> {
  asked.length = 0;
  await question();
  return asked.filter(({ sql }) => /wheels_plans/.test(sql));
}

describe("query plans on SQLite", () => {
  const asked: Asked[] = [];
  const database = new Database.DatabaseSync(":memory:");
  const explainer = database.prepare.bind(database);
  const recorded = {
    exec: database.exec.bind(database),
    close: database.close.bind(database),
    get isTransaction() {
      return database.isTransaction;
    },
    prepare: (sql: string) => {
      const statement = explainer(sql);
      const record =
        <T>(run: (...params: never[]) => T) =>
        (...params: unknown[]): T => {
          asked.push({ sql, params });
          return run.apply(statement, params as never[]); // `as`: whatever the store gave
        };
      return { all: record(statement.all), run: record(statement.run) };
    },
  };
  const store = new SqliteJobStore(recorded, { table: "wheels_plans" });

  beforeAll(async () => {
    const numbers = "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT i FROM n)";
    await fill(store, numbers, (iso) => String(Date.parse(`${iso}Z`)));
    database.exec("ANALYZE");
  });
  afterAll(() => database.close());

  for (const [name, question] of Object.entries(QUESTIONS)) {
    it(`answers ${name} by an index, without a scan or a sort`, async () => {
      const statements = await askedFor(asked, () => question(store));

      expect(statements.length).toBeGreaterThan(0);
      for (const { sql } of statements) {
        if (/lockedUntil IS NULL/.test(sql)) continue; // The origin's own claims: a few rows, found by the index, then sorted.
        const plan = explainer(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[]; // `as`: SQLite's columns
        const steps = plan.map(({ detail }) => detail).join("\n");
        expect(steps, sql).toMatch(/INDEX wheels_plans_/);
        expect(steps, sql).not.toMatch(/TEMP B-TREE/);
        // A scan of an index that is in order, ended by LIMIT 1, is a look at its first entry.
        if (!/ LIMIT 1\b/.test(sql)) expect(steps, sql).not.toMatch(/SCAN wheels_plans/);
      }
    });
  }

  it("settles many by the rows' numbers", async () => {
    const claims = await store.claim({ ...CLAIM, limit: 2 });
    const settlements = claims.map((claim) => ({ claim, outcome: { type: "completed" } as const }));
    const statements = await askedFor(asked, () => store.settleMany(settlements, { now: NOW }));

    expect(statements).toHaveLength(2);
    const plan = explainer(`EXPLAIN QUERY PLAN ${statements[0]?.sql}`).all() as { detail: string }[]; // `as`: SQLite's columns
    expect(plan[0]?.detail).toContain("SEARCH wheels_plans USING INTEGER PRIMARY KEY (rowid=?)");
  });
});

describe("query plans on PostgreSQL", () => {
  const asked: Asked[] = [];
  const pool = new pg.Pool({ connectionString: inject("postgresUrl"), max: 2 });
  pool.on("connect", (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown; // `as`: one of its many forms
    Object.assign(client, {
      query: (config: { text?: string; values?: readonly unknown[] }, ...rest: unknown[]) => {
        if (typeof config.text === "string") asked.push({ sql: config.text, params: config.values ?? [] });
        return query(config, ...rest);
      },
    });
  });
  const store = new PostgresJobStore(pool, { table: `wheels_plans_${process.pid}` });

  beforeAll(async () => {
    await fill(store, "(SELECT generate_series(1, 20000) AS i)", (iso) => `TIMESTAMPTZ '${iso}Z'`);
    await pool.query(`VACUUM ANALYZE ${store.table}`);
  });
  afterAll(async () => {
    await store.dropTable();
    await pool.end();
  });

  async function planOf({ sql, params }: Asked): Promise<string> {
    const text = sql.replace(/\$(\d+)/g, (_, n) => {
      const value = params[Number(n) - 1];
      return typeof value === "number" ? String(value) : `'${String(value).replaceAll("'", "''")}'`;
    });
    const { rows } = await pool.query<{ "QUERY PLAN": string }>(`EXPLAIN ${text}`);
    return rows.map((row) => row["QUERY PLAN"]).join("\n");
  }

  for (const [name, question] of Object.entries(QUESTIONS)) {
    it(`answers ${name} by an index, without a scan or a sort`, async () => {
      const statements = await askedFor(asked, () => question(store));

      expect(statements.length).toBeGreaterThan(0);
      for (const one of statements) {
        const plan = await planOf(one);
        expect(plan).not.toMatch(/Seq Scan on wheels_plans/);
        if (!/lockedUntil IS NULL/.test(one.sql)) expect(plan).not.toMatch(/^\W*Sort /m);
      }
    });
  }

  it("settles one, and many, by the rows' numbers", async () => {
    const claims = await store.claim({ ...CLAIM, limit: 100 });
    const [first, ...others] = claims.map((claim) => ({ claim, outcome: { type: "completed" } as const }));
    const one = await askedFor(asked, () => store.settleMany([first ?? never()], { now: NOW }));
    const many = await askedFor(asked, () => store.settleMany(others, { now: NOW }));

    for (const statement of [...one, ...many]) {
      const plan = await planOf(statement);
      expect(plan).toMatch(/Index Scan (using|on) wheels_plans_\d+_seq_key/);
      expect(plan).not.toMatch(/Seq Scan/);
    }
  });
});

const mysqlUrl = inject("mysqlUrl");
if (mysqlUrl === null) process.stderr.write("query plans on mysql skipped: give a server in MYSQL_URL\n");
describe.skipIf(mysqlUrl === null)("query plans on MariaDB or MySQL", () => {
  const asked: Asked[] = [];
  const pool = mysql.createPool({ uri: mysqlUrl ?? "", connectionLimit: 1 });
  const table = `wheels_plans_${process.pid}`;
  const store = new MysqlJobStore(recording(pool, asked), { table });

  beforeAll(async () => {
    const digits =
      "(SELECT 0 d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)";
    const numbers = `(SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d AS i FROM ${digits} a, ${digits} b, ${digits} c, ${digits} e, (SELECT 0 d UNION SELECT 1) f)`;
    await fill(store, numbers, (iso) => `'${iso}'`);
    await pool.query(`ANALYZE TABLE ${table}`);
  });
  afterAll(async () => {
    await store.dropTable();
    await pool.end();
  });

  for (const [name, question] of Object.entries(QUESTIONS)) {
    it(`answers ${name} by an index, without a scan or a sort`, async () => {
      const statements = (await askedFor(asked, () => question(store))).filter(({ sql }) => sql.startsWith("SELECT"));

      expect(statements.length).toBeGreaterThan(0);
      for (const { sql, params } of statements) {
        const [steps] = await pool.query<mysql.RowDataPacket[]>(`EXPLAIN ${sql}`, [...params]);
        for (const { type, Extra: extra } of steps) {
          expect(type, sql).not.toBe("ALL");
          if (!/lockedUntil IS NULL/.test(sql)) expect(String(extra), sql).not.toContain("filesort");
        }
      }
    });
  }
});

function recording(pool: mysql.Pool, asked: Asked[]): MysqlPool {
  return {
    end: () => pool.end(),
    getConnection: async () => {
      const connection = await pool.getConnection();
      const record = (asking: string | { readonly sql: string; readonly values?: readonly unknown[] }): void => {
        asked.push(
          typeof asking === "string" ? { sql: asking, params: [] } : { sql: asking.sql, params: asking.values ?? [] },
        );
      };
      return {
        query: (asking) => {
          record(asking);
          return connection.query(asking as mysql.QueryOptions); // `as`: one of its forms
        },
        execute: (asking) => {
          record(asking);
          return connection.execute(asking as mysql.QueryOptions); // `as`: likewise
        },
        release: () => connection.release(),
      };
    },
  };
}

function never(): never {
  throw new Error("there was nothing to claim");
}
