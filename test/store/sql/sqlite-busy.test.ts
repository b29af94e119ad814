// A SQLite store while another connection is writing.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { aJob } from "../../../src/contract/index.ts";
import { type SqliteDatabase, SqliteJobStore } from "../../../src/store/sql/sqlite.ts";

const now = new Date("2030-01-01T00:00:00Z");
let folder: string;
let file: string;
let app: SqliteDatabase;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wheelwright-busy-"));
  file = join(folder, "jobs.db");
  app = new DatabaseSync(file);
});

afterEach(() => {
  app.close();
  rmSync(folder, { recursive: true, force: true });
});

function opened(busyTimeoutMs?: number): SqliteJobStore {
  return new SqliteJobStore(new DatabaseSync(file), { closeDatabase: true, busyTimeoutMs });
}

describe("a SQLite store with a connection of its own", () => {
  it("BM-012 waits for a transaction of the same process, which goes on meanwhile", async () => {
    const store = opened();
    await store.setup();
    app.exec("BEGIN IMMEDIATE");
    const enqueued = store.insert([aJob({ id: "a" })], { now });
    const claimed = store.claim({ limit: 1, now, workerId: "w", leaseMs: 1000 });

    await new Promise((resolve) => setImmediate(resolve));
    app.exec("COMMIT");

    expect((await enqueued)[0]?.id).toBe("a");
    expect((await claimed).length).toBeLessThan(2);
    await store.close();
  });

  it("waits so to make its table, too", async () => {
    const store = opened();
    app.exec("BEGIN IMMEDIATE");
    const made = store.setup();

    await new Promise((resolve) => setImmediate(resolve));
    app.exec("COMMIT");

    await made;
    expect(await store.list({})).toEqual([]);
    await store.close();
  });

  it("gives up after busyTimeoutMs, and says what it was about", async () => {
    const store = opened(4);
    await store.setup();
    app.exec("BEGIN IMMEDIATE");

    await expect(store.insert([aJob()], { now })).rejects.toThrow(/Cannot enqueue: the database failed \(.*locked/);
    expect(() => store.insertSync?.([aJob()], { now })).toThrow(/locked/);

    app.exec("COMMIT");
    expect(await store.list({})).toEqual([]);
    await store.close();
  });
});

describe("a SQLite store on the app's connection", () => {
  it("leaves the wait to SQLite, since the setting is the app's too", async () => {
    const store = new SqliteJobStore(app, { busyTimeoutMs: 250 });

    expect(app.prepare("PRAGMA busy_timeout").all()).toEqual([{ timeout: 250 }]);
    await store.close();
  });
});
