// The contract on SQLite, with races between two connections to one file.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, it } from "vitest";
import { describeJobStore } from "../../src/contract/index.ts";
import type { JobStore } from "../../src/index.ts";
import { type SqliteDatabase, SqliteJobStore } from "../../src/store/sql/sqlite.ts";
import { tables } from "./tables.ts";

/** `connect`: opens a file with one of the packages that have SQLite. */
export function describeOnSqlite(
  name: string,
  claims: "update-returning" | "optimistic",
  connect: (file: string) => SqliteDatabase,
): void {
  const folder = mkdtempSync(join(tmpdir(), "wheelwright-contract-"));
  const file = join(folder, "jobs.db");
  const cleaner = connect(file);
  afterAll(() => {
    cleaner.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const tableFor = tables("jobs", async (table) => cleaner.exec(`DELETE FROM ${table}`));
  const opened = new WeakMap<JobStore, { readonly table: string; readonly database: SqliteDatabase }>();

  function open(table: string): JobStore {
    const database = connect(file);
    const store = new SqliteJobStore(database, { closeDatabase: true, claims, table });
    opened.set(store, { table, database });
    return store;
  }

  describeJobStore(name, async (request) => open(await tableFor(request)), {
    describe,
    it,
    openSecond: (first) => open(opened.get(first)?.table ?? ""),
    transaction: { run: (store, work) => inTransaction(opened.get(store)?.database, work) },
  });
}

async function inTransaction(
  database: SqliteDatabase | undefined,
  work: (transaction: unknown) => Promise<void>,
): Promise<void> {
  database?.exec("BEGIN IMMEDIATE");
  try {
    await work(database);
    database?.exec("COMMIT");
  } catch (error) {
    database?.exec("ROLLBACK");
    throw error;
  }
}
