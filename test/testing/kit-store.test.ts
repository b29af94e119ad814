// The tables of kits in a real database: each kit has its own, and none stays behind.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { defineJob } from "wheelwright";
import { createTestKit, KitDisposeError } from "wheelwright/testing";
import { aJob } from "../../src/contract/index.ts";
import { openStore } from "../../src/store/open-store.ts";
import type { SqlJobStore } from "../../src/store/sql/sql-job-store.ts";
import { aTurn, NOON } from "./a-kit.ts";
import { isSlow } from "./a-store.ts";
import { run } from "./program/run.ts";

const folder = mkdtempSync(join(tmpdir(), "wheelwright-kits-"));
/** The database of the run, where it is one that others see, too; else a file of this test's own. */
const url = isSlow ? String(process.env.WHEELWRIGHT_STORE) : `sqlite:${join(folder, "kits.db")}`;
/** A copy of the module has a PGlite of its own, which nobody else sees. */
const isPrivate = url.startsWith("pglite:");
const Mail = defineJob("MailJob", {}, () => undefined);
let database: SqlJobStore;

beforeEach(async () => {
  database = (await openStore(url)) as SqlJobStore; // `as`: none of these is in memory
});

afterEach(async () => {
  vi.useRealTimers();
  await database.close();
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Which of these tables there are. */
async function existing(...names: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  await database.dropTables("wheels_kit_", (table) => {
    if (names.includes(table)) found.push(table);
    return false;
  });
  return found.sort();
}

/** A process's first look at the databases: each has a copy of the module. */
async function anotherRun(): Promise<SqlJobStore> {
  vi.resetModules();
  const { kitStore } = await import("../../src/testing/kit-store.ts");
  return (await kitStore(url)).store as SqlJobStore; // `as`: none of these is in memory
}

describe("the table of a kit", () => {
  it("is gone with the kit, also when the test has failed, and so is that of its schedules", async () => {
    const kit = await createTestKit({
      jobs: [Mail],
      store: url,
      leftovers: "fail",
      schedules: [{ name: "mail", schedule: "* * * * *", job: Mail }],
    });
    await kit.run(() => Mail.enqueue());
    await kit.advance("1m", { includeSchedules: true });
    await kit.run(() => Mail.enqueue());
    const { table } = kit.store as SqlJobStore; // `as`: none of these is in memory
    const tables = [table, `${table}_schedules`];
    expect(await existing(...tables)).toEqual(tables);

    await expect(kit.dispose()).rejects.toThrow(KitDisposeError);

    expect(await existing(...tables)).toEqual([]);
  });

  it.skipIf(isPrivate)("is left by a run that was killed, to be dropped by one of the next days", async () => {
    const { code, stdout: table } = run("killed.ts", [], [], { WHEELWRIGHT_STORE: url });
    expect({ code, left: await existing(table) }).toEqual({ code: null, left: [table] });
    const old = "wheels_kit_20200229_shop_4194304_99_abcdef"; // As the shop names its own, which are the longest.

    await (await anotherRun()).close();
    expect(await existing(table)).toEqual([table]); // It might be at work.
    await database.query(`ALTER TABLE ${table} RENAME TO ${old}`);
    await database.query(`CREATE TABLE ${old}_schedules (name INT)`);
    await (await anotherRun()).close();

    expect(await existing(old, `${old}_schedules`)).toEqual([]);
  });

  it.skipIf(isPrivate)(
    "is nobody's to drop while its test runs, whatever Date the tests of others have faked",
    async () => {
      const own = await anotherRun();
      await own.setup();
      vi.useFakeTimers({ now: new Date("2099-01-01T00:00:00Z"), toFake: ["Date"] });

      const other = await anotherRun();
      await other.setup();

      expect(other.table.slice(0, 19)).toBe(own.table.slice(0, 19));
      expect(await existing(own.table, other.table)).toEqual([own.table, other.table].sort());
      await Promise.all([own.close(), other.close()]);
      expect(await existing(own.table, other.table)).toEqual([]);
    },
  );

  it("is not made anew by an enqueue that was under way when the kit ended", async () => {
    for (const turns of [0, 1, 2, 4]) {
      const store = await anotherRun();
      const begun = store.insert([aJob({ id: "late" })], { now: NOON }).catch((error: Error) => error.name);
      for (let turn = 0; turn < turns; turn++) await aTurn();

      await store.close();

      await begun;
      expect(await existing(store.table)).toEqual([]);
    }
  });

  it("is no other's, though the threads of a test runner are one process", async () => {
    const [one, two] = [await anotherRun(), await anotherRun()];

    expect(one.table.replace(/_\w{4}_1$/, "")).toBe(two.table.replace(/_\w{4}_1$/, ""));
    expect(one.table).not.toBe(two.table);
    await Promise.all([one.close(), two.close()]);
  });
});
