// `npm run demo` keeps telling what it says it tells, on every store the same.

import { expect, inject, it } from "vitest";
import { playDemo } from "../demo/play.ts";
import { WIDTH } from "../demo/storyteller.ts";

const NOT_STARTED = "postgres://not-started";
const IS_THOROUGH = process.env.TEST_THOROUGH === "1";
/** A server that was not started for this run, or that nobody has named, is left out; PGlite takes seconds to start. */
const STORES = [
  { name: "SQLite", store: "sqlite::memory:" },
  { name: "PostgreSQL", store: inject("postgresUrl") },
  ...(IS_THOROUGH ? [{ name: "PGlite", store: "pglite:" }] : []),
  ...(IS_THOROUGH ? [{ name: "MariaDB", store: inject("mysqlUrl") ?? NOT_STARTED }] : []),
].filter(({ store }) => !store.startsWith(NOT_STARTED));

async function linesOn(store: string | undefined): Promise<readonly string[]> {
  const lines: string[] = [];
  await playDemo({ write: (line) => lines.push(line), colours: false, store });
  return lines;
}

it("plays months in a moment, and prints them so that they fit a terminal", async () => {
  const lines = await linesOn(process.env.WHEELWRIGHT_STORE);

  const text = lines.join("\n");
  expect(lines.filter((line) => line.length > WIDTH)).toEqual([]);
  expect(text.match(/^ {2}\d+ {2}.+ ─+$/gm)).toHaveLength(10);
  expect(text).toContain('Mon  4 Mar 14:35:00  ✓ SendFollowUpEmail       "Is everything working?" to ada@example.com');
  expect(text).toContain("rolled back: 1 order as before, and 0 jobs wait\n");
  expect(text).toContain("seen by her bank: €75.00\n");
  expect(text).toMatch(/jobs +43 enqueued; 2 were waiting already\n/);
  expect(text).toMatch(/attempts +48: 42 completed, 5 retried, 1 failed\n/);
});

it.each(STORES)("prints the same on $name as in memory, byte for byte", async ({ store }) => {
  const withoutRealTime = (lines: readonly string[]) => lines.filter((line) => !line.includes(" s here: ")).join("\n");

  expect(withoutRealTime(await linesOn(store))).toBe(withoutRealTime(await linesOn("memory:")));
});
