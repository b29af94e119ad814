// The transactions of pg, and of Kysely, Knex and Drizzle on it.

import { drizzle } from "drizzle-orm/node-postgres";
import { integer, pgTable } from "drizzle-orm/pg-core";
import knex from "knex";
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { afterAll, beforeAll, inject } from "vitest";
import type { Jobs } from "wheelwright";
import { PostgresJobStore } from "../../../src/store/sql/postgres.ts";
import { type Charge, describeOrderApp, type OrderApp, ShipOrderJob } from "./order-app.ts";

const url = inject("postgresUrl");
const schema = `transactions_${process.pid}`;
const admin = new pg.Pool({ connectionString: url, max: 2 });
const orders = pgTable("orders", { id: integer("id").primaryKey() });

beforeAll(async () => {
  await admin.query(`CREATE SCHEMA ${schema}`);
  await admin.query(`CREATE TABLE ${schema}.orders (id INTEGER PRIMARY KEY)`);
});
afterAll(async () => {
  await admin.query(`DROP SCHEMA ${schema} CASCADE`);
  await admin.end();
});

/** What each library's app shares: a store on a pool of its own, and a look from another connection. */
function appOn(place: OrderApp["place"], end: () => Promise<unknown>): OrderApp {
  return {
    place,
    store: new PostgresJobStore(admin, { table: `${schema}.wheels_jobs` }),
    orders: async () => (await admin.query<{ id: number }>(`SELECT id FROM ${schema}.orders`)).rows.map(({ id }) => id),
    kill: async () => {
      await admin.query("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = $1", [
        schema,
      ]);
    },
    close: async () => {
      await end();
    },
  };
}

const config = { connectionString: url, application_name: schema, options: `-c search_path=${schema}` };

function openPool(): pg.Pool {
  const pool = new pg.Pool(config);
  // A client whose connection is ended tells so by an event, too, which must not end the process.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

describeOrderApp("pg", async () => {
  const pool = openPool();

  async function place(orderId: number, jobs: Jobs, charge: Charge): Promise<void> {
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      await client.query("INSERT INTO orders (id) VALUES ($1)", [orderId]);
      await jobs.enqueue(ShipOrderJob, { orderId }, { transaction: client });
      await charge(orderId, client);
      await client.query("COMMIT");
    } catch (error) {
      await client.query("ROLLBACK").catch(() => {});
      throw error;
    } finally {
      client.release();
    }
  }

  return appOn(place, () => pool.end());
});

describeOrderApp("Kysely on pg", async () => {
  const db = new Kysely<{ orders: { id: number } }>({ dialect: new PostgresDialect({ pool: openPool() }) });

  async function place(orderId: number, jobs: Jobs, charge: Charge): Promise<void> {
    await db.transaction().execute(async (transaction) => {
      await transaction.insertInto("orders").values({ id: orderId }).execute();
      await jobs.enqueue(ShipOrderJob, { orderId }, { transaction });
      await charge(orderId, transaction);
    });
  }

  return appOn(place, () => db.destroy());
});

describeOrderApp("Knex on pg", async () => {
  const db = knex({ client: "pg", connection: config });

  async function place(orderId: number, jobs: Jobs, charge: Charge): Promise<void> {
    await db.transaction(async (transaction) => {
      await transaction("orders").insert({ id: orderId });
      await jobs.enqueue(ShipOrderJob, { orderId }, { transaction });
      await charge(orderId, transaction);
    });
  }

  return appOn(place, () => db.destroy());
});

describeOrderApp("Drizzle on pg", async () => {
  const pool = openPool();
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
