// The stores that a simulation is played on: opened once, and emptied for each seed.

import { PGlite } from "@electric-sql/pglite";
import { DatabaseSync } from "@photostructure/sqlite";
import { type JobStore, MemoryJobStore } from "wheelwright";
import { PostgresJobStore } from "wheelwright/postgres";
import { SqliteJobStore } from "wheelwright/sqlite";

export const STORE_NAMES = ["memory", "sqlite", "pglite"] as const;
export type StoreName = (typeof STORE_NAMES)[number];

export interface Opened {
  /** An empty store. */
  fresh(): Promise<JobStore>;
  close(): Promise<void>;
}

export async function openStoreFor(name: StoreName): Promise<Opened> {
  if (name === "memory") return { fresh: async () => new MemoryJobStore(), close: async () => undefined };
  return name === "sqlite" ? openSqlite() : openPglite();
}

async function openSqlite(): Promise<Opened> {
  const database = new DatabaseSync(":memory:");
  const store = new SqliteJobStore(database);
  await store.setup();
  const fresh = async (): Promise<JobStore> => {
    database.exec("DELETE FROM wheels_jobs; DELETE FROM sqlite_sequence");
    return store;
  };
  return { fresh, close: async () => database.close() };
}

async function openPglite(): Promise<Opened> {
  const database = await PGlite.create();
  const store = new PostgresJobStore(database);
  await store.setup();
  const fresh = async (): Promise<JobStore> => {
    await database.exec("TRUNCATE wheels_jobs RESTART IDENTITY");
    return store;
  };
  return { fresh, close: () => database.close() };
}
