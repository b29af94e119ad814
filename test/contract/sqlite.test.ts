// The contract on SQLite, with races between two connections to one file.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { afterAll, describe, it } from "vitest";
import { describeJobStore } from "../../src/contract/index.ts";
import type { JobStore } from "../../src/index.ts";
import { type SqliteDatabase, SqliteJobStore } from "../../src/store/sql/sqlite.ts";

const folder = mkdtempSync(join(tmpdir(), "wheelwright-contract-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

const connections = new WeakMap<JobStore, { readonly file: string; readonly database: SqliteDatabase }>();

function open(file: string, claims: "update-returning" | "optimistic"): JobStore {
  const database = new DatabaseSync(file);
  const store = new SqliteJobStore(database, { closeDatabase: true, claims });
  connections.set(store, { file, database });
  return store;
}

for (const claims of ["update-returning", "optimistic"] as const) {
  describeJobStore(
    claims === "optimistic" ? "sqlite, claiming as the origin does" : "sqlite",
    () => open(join(folder, `${++files}.db`), claims),
    {
      describe,
      it,
      openSecond: (first) => open(connections.get(first)?.file ?? "", claims),
      // A second writer would hold up the process, and with it the transaction that it waits for.
      transaction: { parallel: false, run: (store, work) => inTransaction(store, work) },
    },
  );
}

async function inTransaction(store: JobStore, work: (transaction: unknown) => Promise<void>): Promise<void> {
  const database = connections.get(store)?.database;
  database?.exec("BEGIN IMMEDIATE");
  try {
    await work(database);
    database?.exec("COMMIT");
  } catch (error) {
    database?.exec("ROLLBACK");
    throw error;
  }
}
