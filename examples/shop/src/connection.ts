// Where the shop's jobs are kept, and how an order and its jobs share a transaction there: the database client's own.

import { type JobStore, MemoryJobStore } from "wheelwright";

export interface Connection {
  readonly store: JobStore;
  /** Hands `work` what an enqueue takes as `{ transaction }`; commits when it resolves, rolls back when it rejects. */
  transaction<T>(work: (transaction: unknown) => Promise<T>): Promise<T>;
}

export function inMemory(): Connection {
  const store = new MemoryJobStore();
  return { store, transaction: (work) => store.transaction(work) };
}

/**
 * `url`: `memory:`, `sqlite:jobs.db`, `pglite:`, `postgres://…` or `mysql://…`. Its client is closed with the store. (An
 * app has one database, and of these functions the one for it. Each loads no driver but its own.)
 *
 * Rejects with: Error for another URL.
 */
export async function connect(url: string, options: { readonly table?: string } = {}): Promise<Connection> {
  const scheme = url.slice(0, url.indexOf(":"));
  if (scheme === "memory") return inMemory();
  if (scheme === "sqlite") return onSqlite(url.slice("sqlite:".length), options);
  if (scheme === "pglite") return onPglite(url.slice("pglite:".length), options);
  if (scheme === "postgres" || scheme === "postgresql") return onPostgres(url, options);
  if (scheme === "mysql" || scheme === "mariadb") return onMysql(url.replace(/^mariadb:/, "mysql:"), options);
  throw new Error(`The shop has no database "${scheme}:"; it has memory:, sqlite:, pglite:, postgres: and mysql:.`);
}

let tables = 0;

/**
 * The same with a table of its own, for a test or a demo; dispose it, and the table is dropped. Named as the kit names
 * its own, so that kits drop what a killed run has left behind.
 */
export async function connectForNow(url: string | undefined): Promise<Connection & AsyncDisposable> {
  const today = new Date().toISOString().slice(0, 10).replaceAll("-", "");
  const { pid } = process;
  const table = `wheels_kit_${today}_shop_${pid}_${++tables}_${Math.random().toString(36).slice(2, 8)}`;
  const connection = await connect(url || "memory:", { table });
  const { store } = connection;
  return {
    ...connection,
    async [Symbol.asyncDispose]() {
      try {
        if ("dropTable" in store && typeof store.dropTable === "function") await store.dropTable();
      } finally {
        await store.close();
      }
    },
  };
}

type Open = (at: string, options: { readonly table?: string }) => Promise<Connection>;

/** The whole shop has one connection, so what else it does waits for the end of a transaction. */
const onSqlite: Open = async (file, options) => {
  const { DatabaseSync } = await import("@photostructure/sqlite"); // Newer versions of Node.js have it as node:sqlite.
  const { SqliteJobStore } = await import("wheelwright/sqlite");
  const database = new DatabaseSync(file || ":memory:");
  const store = new SqliteJobStore(database, { ...options, closeDatabase: true });
  await store.setup(); // Makes the table now: in a transaction it would be a part of it.
  return {
    store,
    transaction: async (work) => {
      database.exec("BEGIN IMMEDIATE");
      try {
        const result = await work(database);
        database.exec("COMMIT");
        return result;
      } catch (error) {
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
    },
  };
};

/** PGlite takes seconds to start, and a folder bears only one: it serves all shops of the process, and ends with it. */
const pglites = new Map<string, Promise<import("@electric-sql/pglite").PGlite>>();

const onPglite: Open = async (folder, options) => {
  const { PGlite } = await import("@electric-sql/pglite");
  const { PostgresJobStore } = await import("wheelwright/postgres");
  const opened = pglites.get(folder) ?? PGlite.create(folder || "memory://");
  pglites.set(folder, opened);
  const database = await opened;
  const store = new PostgresJobStore(database, options);
  await store.setup();
  return { store, transaction: (work) => database.transaction(work) };
};

const onPostgres: Open = async (url, options) => {
  const { default: pg } = await import("pg");
  const { PostgresJobStore } = await import("wheelwright/postgres");
  const pool = new pg.Pool({ connectionString: url });
  const store = new PostgresJobStore(pool, { ...options, closeClient: true });
  await store.setup();
  return {
    store,
    transaction: async (work) => {
      const client = await pool.connect();
      try {
        await client.query("BEGIN");
        const result = await work(client);
        await client.query("COMMIT");
        return result;
      } catch (error) {
        await client.query("ROLLBACK").catch(() => undefined); // The first error is the one to tell.
        throw error;
      } finally {
        client.release();
      }
    },
  };
};

const onMysql: Open = async (uri, options) => {
  const { default: mysql } = await import("mysql2/promise");
  const { MysqlJobStore } = await import("wheelwright/mysql");
  const pool = mysql.createPool({ uri });
  const store = new MysqlJobStore(pool, { ...options, closeClient: true });
  await store.setup();
  return {
    store,
    transaction: async (work) => {
      const connection = await pool.getConnection();
      try {
        await connection.beginTransaction();
        const result = await work(connection);
        await connection.commit();
        return result;
      } catch (error) {
        await connection.rollback().catch(() => undefined); // The first error is the one to tell.
        throw error;
      } finally {
        connection.release();
      }
    },
  };
};
