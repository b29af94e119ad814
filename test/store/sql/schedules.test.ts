// The table of schedules: made with the first of them, or refused with the statement that makes it (R32).

import { DatabaseSync } from "@photostructure/sqlite";
import { expect, it } from "vitest";
import { SetupRequiredError, type SqliteDatabase, SqliteJobStore } from "../../../src/store/sql/sqlite.ts";

const now = new Date("2030-01-01T00:00:00Z");

function tablesOf(database: SqliteDatabase): unknown[] {
  const sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'my_%' ORDER BY name";
  return database
    .prepare(sql)
    .all()
    .map((row) => Object(row).name);
}

it("is made with the first schedule, and goes with the store's own", async () => {
  const database = new DatabaseSync(":memory:");
  const store = new SqliteJobStore(database, { table: "my_jobs" });
  await store.setup();
  expect(tablesOf(database)).toEqual(["my_jobs"]);

  await store.schedules.put([], { now });
  expect(tablesOf(database)).toEqual(["my_jobs", "my_jobs_schedules"]);
  await store.dropTable();

  expect(tablesOf(database)).toEqual([]);
  expect(await store.schedules.list()).toEqual([]);
});

it("R32 is refused where setup is false, with the statement to run; schema has all of them", async () => {
  const database = new DatabaseSync(":memory:");
  await new SqliteJobStore(database, { table: "my_jobs" }).setup();
  const store = new SqliteJobStore(database, { table: "my_jobs", setup: false });

  const error: unknown = await store.schedules.list().catch((refused: unknown) => refused);
  expect(error).toBeInstanceOf(SetupRequiredError);
  expect(String(error)).toContain("CREATE TABLE IF NOT EXISTS my_jobs_schedules (");

  for (const statement of await store.schema()) database.exec(statement);
  expect(await store.schedules.list()).toEqual([]);
});
