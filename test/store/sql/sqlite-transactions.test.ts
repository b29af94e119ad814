// The transactions of SQLite's packages, and of Kysely, Knex and Drizzle on them.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import type BetterSqlite3 from "better-sqlite3";
import { type BetterSQLite3Database, drizzle } from "drizzle-orm/better-sqlite3";
import { integer, sqliteTable } from "drizzle-orm/sqlite-core";
import knex from "knex";
import { Kysely, SqliteDialect } from "kysely";
import { afterAll, describe, expect, it } from "vitest";
import { createJobs } from "wheelwright";
import { type SqliteDatabase, SqliteJobStore } from "../../../src/store/sql/sqlite.ts";
import { bundled } from "../../bundled.ts";
import { betterSqlite3, nodeSqlite } from "../../sqlites.ts";
import { describeOrderApp, type OrderApp, ShipOrderJob } from "./order-app.ts";

const folder = mkdtempSync(join(tmpdir(), "wheelwright-transactions-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

type Connect = (file: string) => SqliteDatabase;
const packages: readonly (readonly [name: string, connect: Connect | null])[] = [
  ["@photostructure/sqlite", (file) => new DatabaseSync(file)],
  ["node:sqlite", nodeSqlite()],
  ["better-sqlite3", await betterSqlite3()],
];

const orders = sqliteTable("orders", { id: integer("id").primaryKey() });

/** A file with orders, a store on a connection of its own, and one for the app that can be ended. */
function appOn(connect: Connect, placeOn: (database: () => SqliteDatabase) => OrderApp["place"]): OrderApp {
  const file = join(folder, `${++files}.db`);
  const own = connect(file);
  own.exec("CREATE TABLE orders (id INTEGER PRIMARY KEY)");
  let database = connect(file);
  return {
    place: placeOn(() => database),
    store: new SqliteJobStore(own, { closeDatabase: true }),
    orders: async () =>
      own
        .prepare("SELECT id FROM orders")
        .all()
        .map((row) => Number(Reflect.get(Object(row), "id"))),
    kill: () => {
      database.close();
      database = connect(file);
      throw new Error("killed");
    },
    close: () => {
      database.close();
    },
  };
}

for (const [name, connect] of packages) {
  if (connect === null) {
    process.stderr.write(`transactions of ${name} skipped: they need a newer Node.js\n`);
    continue;
  }

  describeOrderApp(name, async () =>
    appOn(connect, (database) => async (orderId, jobs, charge) => {
      const connection = database();
      connection.exec("BEGIN IMMEDIATE");
      try {
        connection.prepare("INSERT INTO orders (id) VALUES (?)").run(orderId);
        await jobs.enqueue(ShipOrderJob, { orderId }, { transaction: connection });
        await charge(orderId, connection);
        connection.exec("COMMIT");
      } catch (error) {
        if (database() === connection) connection.exec("ROLLBACK");
        throw error;
      }
    }),
  );
}

const better = packages.find(([name]) => name === "better-sqlite3")?.[1] ?? null;
if (better !== null) {
  // The packages' types are those of the real connection, which it is.
  const real = (database: () => SqliteDatabase) => database() as unknown as BetterSqlite3.Database;

  describeOrderApp("Kysely on better-sqlite3", async () => {
    const app = appOn(better, (database) => async (orderId, jobs, charge) => {
      const db = new Kysely<{ orders: { id: number } }>({ dialect: new SqliteDialect({ database: real(database) }) });
      await db.transaction().execute(async (transaction) => {
        await transaction.insertInto("orders").values({ id: orderId }).execute();
        await jobs.enqueue(ShipOrderJob, { orderId }, { transaction });
        await charge(orderId, transaction);
      });
    });
    return app;
  });

  describeOrderApp(
    "better-sqlite3, by a function that must not await",
    async () =>
      appOn(better, (database) => async (orderId, jobs, charge) => {
        const connection = real(database);
        const order = connection.transaction(() => {
          connection.prepare("INSERT INTO orders (id) VALUES (?)").run(orderId);
          jobs.enqueueSync(ShipOrderJob, { orderId }, { transaction: connection });
          charge(orderId, connection);
        });
        order();
      }),
    false,
  );

  describeOrderApp(
    "Drizzle on better-sqlite3",
    async () =>
      appOn(better, (database) => async (orderId, jobs, charge) => {
        const db: BetterSQLite3Database = drizzle(real(database));
        db.transaction((transaction) => {
          transaction.insert(orders).values({ id: orderId }).run();
          jobs.enqueueSync(ShipOrderJob, { orderId }, { transaction });
          charge(orderId, transaction);
        });
      }),
    false,
  );

  describe("Knex on better-sqlite3", () => {
    it("R9 stores order and job together, or neither", async () => {
      const file = join(folder, "knex.db");
      const db = knex({ client: "better-sqlite3", connection: { filename: file }, useNullAsDefault: true });
      const store = new SqliteJobStore(better(file), { closeDatabase: true });
      const jobs = createJobs({ store, jobs: [ShipOrderJob] });
      await jobs.setup();
      await db.raw("CREATE TABLE orders (id INTEGER PRIMARY KEY)");
      const place = (orderId: number) =>
        db.transaction(async (transaction) => {
          await transaction("orders").insert({ id: orderId });
          await jobs.enqueue(ShipOrderJob, { orderId }, { transaction });
          if (orderId === 13) throw new RangeError("declined");
        });

      await place(7);
      await expect(place(13)).rejects.toThrow("declined");

      expect(await db("orders")).toEqual([{ id: 7 }]);
      expect(await jobs.list()).toMatchObject([{ data: { orderId: 7 } }]);
      await jobs.close();
      await db.destroy();
    });
  });
}

describe("a transaction of a process that is killed", () => {
  it("R9 leaves neither order nor job", async () => {
    const file = join(folder, "killed.db");
    const store = new SqliteJobStore(new DatabaseSync(file), { closeDatabase: true });
    await store.setup();

    const child = spawnSync(process.execPath, [await bundled(join(import.meta.dirname, "killed-child.ts")), file]);

    expect([child.signal, child.stdout.toString()]).toEqual(["SIGKILL", "stored 1"]);
    expect(await store.list({})).toEqual([]);
    await store.close();
  });
});
