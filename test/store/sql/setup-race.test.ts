// Several processes that make the same tables at once (R32).

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, inject, it } from "vitest";
import { openStore } from "../../../src/store/open-store.ts";
import type { SqlJobStore } from "../../../src/store/sql/sql-job-store.ts";
import { bundled } from "../../bundled.ts";

const PROCESSES = process.env.TEST_THOROUGH === "1" ? 8 : 2;
const TABLES = process.env.TEST_THOROUGH === "1" ? 20 : 5;

const folder = mkdtempSync(join(tmpdir(), "wheelwright-setup-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const mysqlUrl = inject("mysqlUrl");
const urls: readonly (readonly [name: string, url: string])[] = [
  ["an SQLite file", `sqlite:${join(folder, "jobs.db")}`],
  ["PostgreSQL", inject("postgresUrl")],
  ...(mysqlUrl === null ? [] : [["MySQL", mysqlUrl] as const]),
];

interface Child {
  readonly process: ChildProcess;
  readonly ready: Promise<unknown>;
  /** What it has printed, once it has ended. */
  readonly ended: Promise<string>;
}

function start(program: string, url: string, tables: readonly string[]): Child {
  const child = spawn(process.execPath, [program, url, ...tables], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let printed = "";
  const ended = new Promise<string>((resolve) => child.on("close", () => resolve(printed)));
  const ready = new Promise((resolve) => {
    child.stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      resolve(undefined);
    });
  });
  return { process: child, ready: Promise.race([ready, ended]), ended };
}

describe("setup", () => {
  it.each(urls)("R32 is safe from several processes at once on %s", async (_, url) => {
    const tables = Array.from({ length: TABLES }, (_, n) => `setup_${process.pid}_${n}`);
    const program = await bundled(join(import.meta.dirname, "setup-child.ts"));
    const children = Array.from({ length: PROCESSES }, () => start(program, url, tables));
    for (const { ready } of children) await ready;

    for (const child of children) child.process.stdin?.write("go\n");
    const printed = await Promise.all(children.map(({ ended }) => ended));

    const claimed = printed.flatMap((text) => text.split("\n").filter((line) => line.startsWith("claimed ")));
    expect(printed.filter((text) => text.includes("failed"))).toEqual([]);
    expect(claimed).toHaveLength(PROCESSES * TABLES);
    expect(new Set(claimed).size).toBe(PROCESSES * TABLES);
    for (const table of tables) {
      const store = (await openStore(url, { table })) as SqlJobStore; // `as`: its URL says so
      expect((await store.list({})).length).toBe(PROCESSES + 1);
      await store.dropTable();
      await store.close();
    }
  });
});
