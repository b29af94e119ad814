// The stores that are compared. Those in memory are new for each run; a database's keeps its connection and its table,
// which is emptied.

import { PGlite, type Transaction } from "@electric-sql/pglite";
import { DatabaseSync } from "@photostructure/sqlite";
import mysql from "mysql2/promise";
import pg from "pg";
import { MemoryJobStore } from "../../../src/store/memory/memory-job-store.ts";
import { MysqlJobStore } from "../../../src/store/sql/mysql.ts";
import { PostgresJobStore } from "../../../src/store/sql/postgres.ts";
import { SqliteJobStore } from "../../../src/store/sql/sqlite.ts";
import type { Open } from "./lockstep.ts";
import { ModelJobStore } from "./model.ts";
import type { Subject } from "./side.ts";

/** A store that stays open. */
export interface Opened {
  readonly open: Open;
  readonly close: () => Promise<unknown>;
}

type Query = (statement: string) => Promise<unknown>;

const table = `lockstep_${process.pid}`;

export function model(): Subject {
  const store = new ModelJobStore();
  return { name: "model", store, transaction: (work) => store.transaction(work) };
}

export function memory(): Subject {
  const store = new MemoryJobStore();
  return { name: "memory", store, transaction: (work) => store.transaction(work) };
}

export async function sqlite(): Promise<Opened> {
  const database = new DatabaseSync(":memory:");
  const store = new SqliteJobStore(database, { table });
  await store.setup();
  const query: Query = async (statement) => database.exec(statement);
  return {
    open: () => ({
      name: "sqlite",
      store,
      empty: () => query(`DELETE FROM ${table}`),
      transaction: (work) => between(query, () => work(database)),
    }),
    close: () => store.close().then(() => database.close()),
  };
}

export async function pglite(): Promise<Opened> {
  const database = await PGlite.create();
  const store = new PostgresJobStore(database, { table });
  await store.setup();
  return {
    open: () => ({
      name: "pglite",
      store,
      empty: () => database.query(`DELETE FROM ${table}`),
      // PGlite rolls back when what it is given rejects.
      transaction: (work) => database.transaction((transaction: Transaction) => work(transaction)),
    }),
    close: () => store.close().then(() => database.close()),
  };
}

export async function postgres(url: string): Promise<Opened> {
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  const store = new PostgresJobStore(pool, { table });
  await store.setup();
  return {
    open: () => ({
      name: "postgres",
      store,
      empty: () => pool.query(`DELETE FROM ${table}`),
      transaction: async (work) => {
        const client = await pool.connect();
        await between(
          (statement) => client.query(statement),
          () => work(client),
        ).finally(() => client.release());
      },
    }),
    close: () =>
      store
        .dropTable()
        .finally(() => store.close())
        .finally(() => pool.end()),
  };
}

export async function mariadb(url: string): Promise<Opened> {
  const pool = mysql.createPool({ uri: url, connectionLimit: 2 });
  const store = new MysqlJobStore(pool, { table });
  await store.setup();
  return {
    open: () => ({
      name: "mariadb",
      store,
      empty: () => pool.query(`DELETE FROM ${table}`),
      transaction: async (work) => {
        const connection = await pool.getConnection();
        await between(
          (statement) => connection.query(statement),
          () => work(connection),
        ).finally(() => connection.release());
      },
    }),
    close: () =>
      store
        .dropTable()
        .finally(() => store.close())
        .finally(() => pool.end()),
  };
}

async function between(query: Query, work: () => Promise<void>): Promise<void> {
  await query("BEGIN");
  try {
    await work();
    await query("COMMIT");
  } catch (error) {
    await query("ROLLBACK");
    throw error;
  }
}
