// Real processes on one database: each job is performed once, by one of them (R12).

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { aJob } from "../../../src/contract/index.ts";
import { openStore } from "../../../src/store/open-store.ts";
import { bundled } from "../../bundled.ts";

const IS_THOROUGH = process.env.TEST_THOROUGH === "1";
const JOBS = IS_THOROUGH ? 10_000 : 300;
const PROCESSES = IS_THOROUGH ? 4 : 2;
const mysqlUrl = inject("mysqlUrl");

describe("processes on one database", () => {
  const title = `R12 perform each of ${JOBS} jobs once, ${PROCESSES} processes together`;

  it(`${title}: sqlite`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "wheelwright-processes-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    await holdOnceEach(`sqlite:${join(folder, "jobs.db")}`);
  }, 600_000);

  it(`${title}: postgres`, () => holdOnceEach(inject("postgresUrl")), 600_000);

  it.runIf(IS_THOROUGH && mysqlUrl !== null)(`${title}: mariadb`, () => holdOnceEach(mysqlUrl ?? ""), 600_000);
});

async function holdOnceEach(url: string): Promise<void> {
  const table = `processes_${process.pid}`;
  const store = await openStore(url, { table });
  try {
    const now = new Date();
    await store.insert(
      Array.from({ length: JOBS }, (_, number) => aJob({ jobClass: "TakeJob", data: { number }, runAt: now })),
      { now },
    );

    const numbers = await takenBy(PROCESSES, url, table);

    expect(numbers.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: JOBS }, (_, number) => number));
    expect((await store.stats({})).get("default")).toEqual({ pending: 0, processing: 0, completed: JOBS, failed: 0 });
  } finally {
    if ("dropTable" in store) await (store as { dropTable(): Promise<void> }).dropTable(); // `as`: just asked
    await store.close();
  }
}

/** They are let go together, when the last one is ready. Returns what each performed. */
async function takenBy(count: number, url: string, table: string): Promise<readonly (readonly number[])[]> {
  const program = await bundled(join(import.meta.dirname, "taking-program.ts"));
  const children = Array.from({ length: count }, () =>
    spawn(process.execPath, [program, url, table], { stdio: ["pipe", "pipe", "inherit"] }),
  );
  onTestFinished(() => {
    for (const child of children) child.kill();
  });
  await Promise.all(children.map(({ stdout }) => once(stdout, "readable").then(() => stdout.read())));
  for (const { stdin } of children) stdin.write("go\n");
  return Promise.all(children.map(listOf));
}

async function listOf({ stdout }: ChildProcess): Promise<readonly number[]> {
  return JSON.parse(stdout === null ? "" : await text(stdout)) as number[]; // `as`: printed by the program beside
}
