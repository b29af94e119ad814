// PGlite: one connection, which the store shares with the app.

import { PGlite } from "@electric-sql/pglite";
import { integer, pgTable } from "drizzle-orm/pg-core";
import { drizzle } from "drizzle-orm/pglite";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { aJob } from "../../../src/contract/index.ts";

import { PostgresJobStore } from "../../../src/store/sql/postgres.ts";
import { describeOrderApp, type OrderApp, ShipOrderJob } from "./order-app.ts";

const now = new Date("2030-01-01T00:00:00Z");
const orders = pgTable("orders", { id: integer("id").primaryKey() });
// It takes seconds to open, so one serves all; and the first to use it does so before it is open.
const database = new PGlite();
const early = new PostgresJobStore(database, { table: "early_jobs", acquireTimeoutMs: 5 });
const setUpEarly = await early.setup().then(
  () => "set up",
  (error: unknown) => error,
);
await database.exec("CREATE TABLE orders (id INTEGER PRIMARY KEY)");
afterAll(() => database.close());

/** Within this process and gone with it: nothing can end its connection but its own error. */
async function appOn(place: OrderApp["place"]): Promise<OrderApp> {
  return {
    place,
    store: new PostgresJobStore(database),
    orders: async () => (await database.query<{ id: number }>("SELECT id FROM orders")).rows.map(({ id }) => id),
    kill: () => {
      throw new Error("killed");
    },
    close: () => {},
  };
}

describeOrderApp("PGlite", () =>
  appOn(async (orderId, jobs, charge) => {
    await database.transaction(async (transaction) => {
      await transaction.query("INSERT INTO orders (id) VALUES ($1)", [orderId]);
      await jobs.enqueue(ShipOrderJob, { orderId }, { transaction });
      await charge(orderId, transaction);
    });
  }),
);

describeOrderApp("Drizzle on PGlite", () =>
  appOn(async (orderId, jobs, charge) => {
    await drizzle(database).transaction(async (transaction) => {
      await transaction.insert(orders).values({ id: orderId });
      await jobs.enqueue(ShipOrderJob, { orderId }, { transaction });
      await charge(orderId, transaction);
    });
  }),
);

describe("a PGlite that has not opened yet", () => {
  it("is waited for, however long its start takes", async () => {
    expect(setUpEarly).toBe("set up");
    expect(await early.list({})).toEqual([]);
  });

  it("that never opens is an error of the store's, with its cause", async () => {
    const cause = new Error("no such folder");
    const broken = Object.assign(Object.create(database) as PGlite, { waitReady: Promise.reject(cause) }); // `as`: made of one

    const setUp = new PostgresJobStore(broken).setup();

    await expect(setUp).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", cause });
    await expect(setUp).rejects.toThrow("Cannot set up: the database failed (no such folder)");
  });
});

describe("a PGlite that the app has a transaction open on", () => {
  const store = new PostgresJobStore(database, { table: "shared_jobs", acquireTimeoutMs: 5 });
  beforeEach(() => store.setup());

  it("rejects an enqueue outside of it in time, with what to do, and never stores it", async () => {
    const refused = database.transaction(async (transaction) => {
      await transaction.query("INSERT INTO orders (id) VALUES (101)");
      await store.insert([aJob({ id: "mine" })], { now, transaction });
      await store.insert([aJob({ id: "outside" })], { now });
    });

    await expect(refused).rejects.toThrow(
      "Cannot enqueue: no database connection was free within 0.005 s. If this code runs inside a transaction that has the only connection, pass that transaction as { transaction }",
    );
    expect(await store.list({})).toEqual([]);
    expect((await database.query("SELECT id FROM orders WHERE id = 101")).rows).toEqual([]);
  });

  it("keeps what is enqueued outside of it out of it", async () => {
    const patient = new PostgresJobStore(database, { table: "shared_jobs" });
    let outside: Promise<unknown> | undefined;

    const rolledBack = database.transaction(async (transaction) => {
      await transaction.query("INSERT INTO orders (id) VALUES (102)");
      outside = patient.insert([aJob({ id: "outside" })], { now });
      await transaction.query("SELECT 1");
      throw new RangeError("declined");
    });

    await expect(rolledBack).rejects.toThrow("declined");
    await outside;
    expect((await store.list({})).map(({ id }) => id)).toEqual(["outside"]);
    expect((await database.query("SELECT id FROM orders WHERE id = 102")).rows).toEqual([]);
  });

  it("is neither joined nor committed by an enqueue where the app began it by a statement", async () => {
    await database.exec("BEGIN");
    await database.query("INSERT INTO orders (id) VALUES (103)");

    const enqueued = store.insert([aJob({ id: "pulled-in" })], { now });
    await enqueued.catch(() => {});
    await database.exec("ROLLBACK");

    await expect(enqueued).rejects.toThrow(/inside a transaction of the app's/);
    expect((await database.query("SELECT id FROM orders WHERE id = 103")).rows).toEqual([]);
  });
});
