// The transactions of mysql2, Kysely, Knex and Drizzle on it, where MYSQL_URL gives a server.

import { int, mysqlTable } from "drizzle-orm/mysql-core";
import { drizzle } from "drizzle-orm/mysql2";
import knex from "knex";
import { Kysely, MysqlDialect } from "kysely";
import { createPool as createCallbackPool } from "mysql2";
import mysql from "mysql2/promise";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Jobs } from "wheelwright";
import { jobs as newJobs, T0 } from "../../../src/contract/a-job.ts";
import { MysqlJobStore } from "../../../src/store/sql/mysql.ts";
import { type Charge, describeOrderApp, type OrderApp, ShipOrderJob } from "./order-app.ts";

const server = inject("mysqlUrl");
if (server === null) process.stderr.write("transactions of mysql2 skipped: give a server of your own in MYSQL_URL\n");

describe.runIf(server !== null)("on MySQL", () => {
  const name = `wheelwright_transactions_${process.pid}`;
  const uri = new URL(server ?? "mysql://none");
  const admin = mysql.createPool({ uri: uri.href, connectionLimit: 2 });
  uri.pathname = name;
  const orders = mysqlTable("orders", { id: int("id").primaryKey() });

  beforeAll(async () => {
    await admin.query(`CREATE DATABASE ${name}`);
    await admin.query(`CREATE TABLE ${name}.orders (id INTEGER PRIMARY KEY)`);
  });
  afterAll(async () => {
    await admin.query(`DROP DATABASE ${name}`);
    await admin.end();
  });

  /** What each library's app shares: a store on a pool of its own, and a look from another connection. */
  function appOn(place: OrderApp["place"], end: () => Promise<unknown>): OrderApp {
    const rows = async (sql: string): Promise<readonly number[]> => {
      const [found] = await admin.query<mysql.RowDataPacket[]>(sql);
      return found.map((row) => Number(row.id));
    };
    return {
      place,
      store: new MysqlJobStore(admin, { table: `${name}.wheels_jobs` }),
      orders: () => rows(`SELECT id FROM ${name}.orders`),
      kill: async () => {
        const connections = `SELECT id FROM information_schema.processlist WHERE db = '${name}'`;
        for (const id of await rows(connections)) await admin.query(`KILL ${id}`);
      },
      close: async () => {
        await end();
      },
    };
  }

  it("R32 makes a table in a database that is not the connection's, whatever is of its name in that", async () => {
    const own = new MysqlJobStore(admin, { table: `same_name_${process.pid}` });
    const other = new MysqlJobStore(admin, { table: `${name}.same_name_${process.pid}` });
    await own.setup();

    await other.setup();

    expect(await other.list({})).toEqual([]);
    await own.dropTable();
  });

  it("R10 stores a list that is larger than what the server takes at once", async () => {
    const store = new MysqlJobStore(admin, { table: `large_${process.pid}` });
    const data = JSON.stringify({ text: "x".repeat(1_000_000) });

    const stored = await store.insert(
      newJobs(20, () => ({ data })),
      { now: T0 },
    );

    expect(stored.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    await store.dropTable();
  });

  describeOrderApp("mysql2", async () => {
    const pool = mysql.createPool(uri.href);

    async function place(orderId: number, jobs: Jobs, charge: Charge): Promise<void> {
      const connection = await pool.getConnection();
      try {
        await connection.beginTransaction();
        await connection.query("INSERT INTO orders (id) VALUES (?)", [orderId]);
        await jobs.enqueue(ShipOrderJob, { orderId }, { transaction: connection });
        await charge(orderId, connection);
        await connection.commit();
      } catch (error) {
        await connection.rollback().catch(() => {});
        throw error;
      } finally {
        connection.release();
      }
    }

    return appOn(place, () => pool.end());
  });

  describeOrderApp("Kysely on mysql2", async () => {
    const db = new Kysely<{ orders: { id: number } }>({
      dialect: new MysqlDialect({ pool: createCallbackPool(uri.href) }),
    });

    async function place(orderId: number, jobs: Jobs, charge: Charge): Promise<void> {
      await db.transaction().execute(async (transaction) => {
        await transaction.insertInto("orders").values({ id: orderId }).execute();
        await jobs.enqueue(ShipOrderJob, { orderId }, { transaction });
        await charge(orderId, transaction);
      });
    }

    return appOn(place, () => db.destroy());
  });

  describeOrderApp("Knex on mysql2", async () => {
    const db = knex({ client: "mysql2", connection: uri.href });

    async function place(orderId: number, jobs: Jobs, charge: Charge): Promise<void> {
      await db.transaction(async (transaction) => {
        await transaction("orders").insert({ id: orderId });
        await jobs.enqueue(ShipOrderJob, { orderId }, { transaction });
        await charge(orderId, transaction);
      });
    }

    return appOn(place, () => db.destroy());
  });

  describeOrderApp("Drizzle on mysql2", async () => {
    const pool = mysql.createPool(uri.href);
    const db = drizzle(pool);

    async function place(orderId: number, jobs: Jobs, charge: Charge): Promise<void> {
      await db.transaction(async (transaction) => {
        await transaction.insert(orders).values({ id: orderId });
        await jobs.enqueue(ShipOrderJob, { orderId }, { transaction });
        await charge(orderId, transaction);
      });
    }

    return appOn(place, () => pool.end());
  });
});
