// Stores by URL, and kits on them.

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { afterAll, describe, expect, it, vi } from "vitest";
import { Job } from "wheelwright";
import { createTestKit } from "wheelwright/testing";
import { aJob } from "../../src/contract/index.ts";
import { openStore } from "../../src/store/open-store.ts";
import { nodeSqlite } from "../sqlites.ts";

/** Each takes seconds to open. */
const PGLITES = process.env.TEST_THOROUGH === "1" ? ["pglite:", "pglite:FOLDER"] : ["pglite:FOLDER"];

const folder = mkdtempSync(join(tmpdir(), "wheelwright-open-store-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

class ShipOrderJob extends Job<{ orderId: number }> {
  override perform(_data: { orderId: number }, context: { attempt: number }): void {
    if (context.attempt < 3) throw new Error("the carrier is closed");
  }
}

/** Retries, a delay and a key, played to the end: what a timeline has to say of it. */
async function timelineOn(store: string): Promise<string> {
  const kit = await createTestKit({ jobs: [ShipOrderJob], store, now: "2030-01-01T00:00:00Z", seed: 7 });
  try {
    await kit.run(async () => {
      await ShipOrderJob.enqueue({ orderId: 1 }, { uniqueKey: "order-1" });
      await ShipOrderJob.enqueue({ orderId: 1 }, { uniqueKey: "order-1" });
      await ShipOrderJob.enqueueIn(300, { orderId: 2 }, { priority: "high" });
    });
    await kit.drainUntilIdle();
    return kit.timeline();
  } finally {
    await kit.dispose();
  }
}

describe("openStore", () => {
  it("opens each store by its URL", async () => {
    for (const [url, name] of [
      ["memory:", "memory"],
      ["sqlite::memory:", "sqlite"],
    ] as const) {
      const store = await openStore(url);
      expect(store.name).toBe(name);
      await store.close();
    }
  });

  it.each(PGLITES)("opens one PGlite for all stores of the URL %s", async (name) => {
    const url = name.replace("FOLDER", join(folder, "pglite"));
    const [one, other] = await Promise.all([openStore(url), openStore(url, { table: "others" })]);

    await one.insert([aJob({ id: "a" })], { now: new Date("2030-01-01T00:00:00Z") });

    expect([one.name, await other.get("a")]).toEqual(["postgres", null]);
    await one.close();
    expect(await (await openStore(url)).get("a")).toMatchObject({ id: "a" });
    expect(existsSync(join(folder, "pglite", "PG_VERSION"))).toBe(name.includes("FOLDER"));
  });

  it("prefers the SQLite of Node.js, and takes another package where there is none", async () => {
    const store = await openStore(`sqlite:${join(folder, "choice.db")}`);

    await store.insert([aJob({ id: "a" })], { now: new Date("2030-01-01T00:00:00Z") });

    const connect = nodeSqlite() ?? ((file: string) => new DatabaseSync(file));
    const database = connect(join(folder, "choice.db"));
    expect(database.prepare("SELECT id FROM wheels_jobs").all()).toMatchObject([{ id: "a" }]);
    database.close();
    await store.close();
  });

  it.each([
    ["postgres://user:secret@db/app", "pg", "postgres://user:…@db/app"],
    ["postgres://user:sec@ret/@db/app", "pg", "postgres://user:…@db/app"],
    ["mysql://user:secret@db/app", "mysql2/promise", "mysql://user:…@db/app"],
    ["mssql://user:secret@db/app", "mssql", "mssql://user:…@db/app"],
    ["oracle://user:secret@db/app", "oracledb", "oracle://user:…@db/app"],
    ["pglite:none", "@electric-sql/pglite", "pglite:none"],
  ])("names the package to install where the driver of %s is missing, and no password", async (url, name, shown) => {
    vi.resetModules();
    vi.doMock(name, () => {
      throw new Error("Cannot find package");
    });
    const { openStore: openWithout } = await import("../../src/store/open-store.ts");
    const pkg = name.replace("/promise", "");

    await expect(openWithout(url)).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: `Cannot open ${shown}: the package ${pkg} cannot be loaded. Install it: npm install ${pkg}`,
    });
    vi.doUnmock(name);
  });

  it.each([
    ["postgress://user:secret@db/app", "postgress://user:…@db/app"],
    ["mssql://user:sec ret/@db:99999/app", "mssql://user:…@db:99999/app"],
    ["oracle://user:secret@db:port/app", "oracle://user:…@db:port/app"],
    ["mysql://user:secret%zz@db/app", "mysql://user:…@db/app"],
  ])("refuses %s by its name, and tells no password", async (url, shown) => {
    await expect(openStore(url)).rejects.toMatchObject({
      code: "INVALID_OPTION",
      message: expect.stringContaining(`the store's URL is "${shown}"; expected `),
    });
    await expect(openStore(url)).rejects.not.toThrow(/sec/);
  });

  it("refuses notify where nothing can tell, and what is neither true nor false", async () => {
    await expect(openStore("sqlite::memory:", { notify: true })).rejects.toThrow(/notify.*only a store at postgres/);
    await expect(openStore("mysql://localhost/shop", { notify: true })).rejects.toThrow(/notify.*only a store/);
    await expect(openStore("postgres://localhost/shop?notify=yes")).rejects.toThrow(/notify in the store's URL/);
  });

  it("hands what a URL says of SQL Server and of Oracle to the makers of their pools", async () => {
    vi.resetModules();
    const made: object[] = [];
    class ConnectionPool {
      constructor(config: object) {
        made.push(config);
      }
      request() {}
      transaction() {}
      connect() {}
      close() {}
    }
    const createPool = async (config: object) => {
      made.push(config);
      return { getConnection() {}, close() {} };
    };
    vi.doMock("mssql", () => ({ default: { ConnectionPool } }));
    vi.doMock("oracledb", () => ({ default: { createPool } }));
    const { openStore: open } = await import("../../src/store/open-store.ts");

    const names = [
      (await open("mssql://us%40er:se%3Acret@db.example:1444/shop?encrypt=true&trustServerCertificate=false")).name,
      (await open("oracle://us%40er:se%3Acret@db.example:1522/XEPDB1")).name,
    ];

    expect(names).toEqual(["mssql", "oracle"]);
    expect(made).toEqual([
      {
        server: "db.example",
        port: 1444,
        user: "us@er",
        password: "se:cret",
        database: "shop",
        options: { encrypt: true, trustServerCertificate: false },
      },
      { user: "us@er", password: "se:cret", connectString: "db.example:1522/XEPDB1" },
    ]);
    await expect(open("mssql://db/shop?domain=here")).rejects.toThrow(/domain in the store's URL.*new MssqlJobStore/);
    await expect(open("oracle://me:secret@db/shop?wallet=x")).rejects.toThrow(/oracle:\/\/me:…@db.*new OracleJobStore/);
    vi.doUnmock("mssql");
    vi.doUnmock("oracledb");
  });

  it("refuses a URL it does not know and says which there are", async () => {
    await expect(openStore("redis://localhost")).rejects.toThrow(/redis:.*expected "memory:", "sqlite:PATH"/);
  });
});

describe("a kit on a URL", () => {
  it("tells the same timeline as on memory, byte for byte", async () => {
    const onSqlite = await timelineOn(`sqlite:${join(folder, "timeline.db")}`);

    expect(onSqlite).toBe(await timelineOn("memory:"));
  });

  it("drops its table at the end, and those that killed runs left behind", async () => {
    const file = join(folder, "tables.db");
    const database = new DatabaseSync(file);
    database.exec("CREATE TABLE wheels_kit_20200101_1_1 (id TEXT)");
    database.exec("CREATE TABLE wheels_jobs (id TEXT)");

    await timelineOn(`sqlite:${file}`);

    expect(database.prepare("SELECT name FROM sqlite_master WHERE name LIKE 'wheels%'").all()).toEqual([
      { name: "wheels_jobs" },
    ]);
    database.close();
  });

  it("drops its table when its test has failed, too", async () => {
    const file = join(folder, "failed.db");
    const kit = await createTestKit({ jobs: [ShipOrderJob], store: `sqlite:${file}`, leftovers: "fail" });
    await kit.run(() => ShipOrderJob.enqueue({ orderId: 1 }));
    const database = new DatabaseSync(file);
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'wheels%'");
    expect(tables.all()).toHaveLength(1);

    await expect(kit.dispose()).rejects.toMatchObject({ name: "KitDisposeError" });

    expect(tables.all()).toEqual([]);
    database.close();
  });
});
