// Prisma's interactive transactions, where `npm ci --prefix ci/prisma` has installed it.

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import mysql from "mysql2/promise";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Jobs } from "wheelwright";
import { aJob } from "../../../src/contract/index.ts";
import { MysqlJobStore } from "../../../src/store/sql/mysql.ts";
import { PostgresJobStore } from "../../../src/store/sql/postgres.ts";
import { SqliteJobStore } from "../../../src/store/sql/sqlite.ts";
import { type Charge, describeOrderApp, type OrderApp, ShipOrderJob } from "./order-app.ts";

/** The part of a PrismaClient that is used. */
interface Client {
  $executeRaw(query: TemplateStringsArray, ...values: unknown[]): Promise<number>;
  $queryRaw(query: TemplateStringsArray, ...values: unknown[]): Promise<readonly Record<string, unknown>[]>;
  $transaction<T>(work: (transaction: Client) => Promise<T>): Promise<T>;
  $disconnect(): Promise<void>;
}

const install = new URL("../../../ci/prisma/", import.meta.url);
const now = new Date("2030-01-01T00:00:00Z");

if (!existsSync(new URL("node_modules/@prisma/client", install))) {
  process.stderr.write("transactions of Prisma skipped: npm ci --prefix ci/prisma\n");
  describe("transactions of Prisma", () => {
    it("need npm ci --prefix ci/prisma", () => undefined);
  });
} else {
  const { onMysql, onPostgres, onSqlite } = (await import(new URL("client.ts", install).href)) as {
    onMysql(url: string): Client;
    onPostgres(url: string, schema: string): Client;
    onSqlite(file: string): Client;
  }; // `as`: it is not type-checked where it is not installed

  const url = inject("postgresUrl");
  const schema = `prisma_${process.pid}`;
  const admin = new pg.Pool({ connectionString: url, max: 2 });
  const folder = mkdtempSync(join(tmpdir(), "wheelwright-prisma-"));
  beforeAll(async () => {
    await admin.query(`CREATE SCHEMA ${schema}`);
    await admin.query(`CREATE TABLE ${schema}.orders (id INTEGER PRIMARY KEY)`);
  });
  afterAll(async () => {
    await admin.query(`DROP SCHEMA ${schema} CASCADE`);
    await admin.end();
    rmSync(folder, { recursive: true, force: true });
  });

  const placeOn =
    (prisma: Client): OrderApp["place"] =>
    async (orderId: number, jobs: Jobs, charge: Charge): Promise<void> => {
      await prisma.$transaction(async (transaction) => {
        await transaction.$executeRaw`INSERT INTO orders (id) VALUES (${orderId})`;
        await jobs.enqueue(ShipOrderJob, { orderId }, { transaction });
        await charge(orderId, transaction);
      });
    };
  const ordersOn = async (prisma: Client): Promise<readonly number[]> =>
    (await prisma.$queryRaw`SELECT id FROM orders`).map(({ id }) => Number(id));

  describeOrderApp("Prisma on PostgreSQL", async () => {
    const prisma = onPostgres(url, schema);
    return {
      place: placeOn(prisma),
      store: new PostgresJobStore(admin, { table: `${schema}.wheels_jobs` }),
      orders: () => ordersOn(prisma),
      kill: async () => {
        await admin.query("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = $1", [
          schema,
        ]);
      },
      close: () => prisma.$disconnect(),
    };
  });

  describeOrderApp("Prisma on SQLite", async () => {
    const file = join(folder, "orders.db");
    const own = new DatabaseSync(file);
    own.exec("CREATE TABLE orders (id INTEGER PRIMARY KEY)");
    const prisma = onSqlite(file);
    return {
      place: placeOn(prisma),
      store: new SqliteJobStore(own, { closeDatabase: true }),
      orders: () => ordersOn(prisma),
      kill: () => {
        throw new Error("killed");
      },
      close: () => prisma.$disconnect(),
    };
  });

  const server = inject("mysqlUrl");
  if (server === null) process.stderr.write("transactions of Prisma on MySQL skipped: give a server in MYSQL_URL\n");

  describe.runIf(server !== null)("on MySQL", () => {
    const name = `wheelwright_prisma_${process.pid}`;
    const uri = new URL(server ?? "mysql://none");
    const database = mysql.createPool({ uri: uri.href, connectionLimit: 2 });
    uri.pathname = name;
    beforeAll(async () => {
      await database.query(`CREATE DATABASE ${name}`);
      await database.query(`CREATE TABLE ${name}.orders (id INTEGER PRIMARY KEY)`);
    });
    afterAll(async () => {
      await database.query(`DROP DATABASE ${name}`);
      await database.end();
    });

    describeOrderApp("Prisma on MySQL", async () => {
      const prisma = onMysql(uri.href);
      return {
        place: placeOn(prisma),
        store: new MysqlJobStore(database, { table: `${name}.wheels_jobs` }),
        orders: () => ordersOn(prisma),
        kill: async () => {
          const held = `SELECT id FROM information_schema.processlist WHERE db = '${name}'`;
          const [connections] = await database.query<mysql.RowDataPacket[]>(held);
          for (const { id } of connections) await database.query(`KILL ${Number(id)}`);
        },
        close: () => prisma.$disconnect(),
      };
    });
  });

  describe("a transaction of Prisma", () => {
    it.each(["PostgreSQL", "SQLite"])(
      "R8 gives back the row that is in the way as it was stored, on %s",
      async (on) => {
        const file = join(folder, "others.db");
        const store =
          on === "SQLite"
            ? new SqliteJobStore(new DatabaseSync(file), { closeDatabase: true })
            : new PostgresJobStore(admin, { table: `${schema}.others` });
        const prisma = on === "SQLite" ? onSqlite(file) : onPostgres(url, schema);
        const job = aJob({ id: "one", data: { text: "é\u0000" }, timeout: 0.5, runAt: new Date(now.getTime() + 123) });
        const [stored] = await store.insert([job], { now });

        const twin = await prisma.$transaction(async (transaction) => store.insert([job], { now, transaction }));

        expect(twin).toEqual([{ ...stored, deduplicated: true }]);
        await prisma.$disconnect();
        await store.close();
      },
    );
  });
}
