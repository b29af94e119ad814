// What is over leaves nothing behind: the entries of indexes that nobody will come across are swept out.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { bundled } from "../../bundled.ts";

/** Bytes. One stale entry takes about 50, a row several hundred. */
const NOTHING = 30;

describe("MemoryJobStore keeps no trace", () => {
  /** By name, measured in a process of its own: other tests, which live in the heap of this one, leave things in it. */
  let growthPerRound: Readonly<Record<string, number>>;

  beforeAll(async () => {
    const program = await bundled(join(import.meta.dirname, "program", "leaks.ts"));
    growthPerRound = JSON.parse(execFileSync(process.execPath, ["--expose-gc", program], { encoding: "utf8" })); // Our own JSON.
  });

  it.each([
    "of leases that were extended, behind one that goes on",
    "of jobs removed while they waited behind another",
    "of jobs claimed by id from behind one that nobody claims, ended and purged",
    "of attempts that were retried, in a queue that is claimed by name",
    "of transactions that are over",
  ])("%s", (name) => {
    expect(growthPerRound[name]).toBeLessThan(NOTHING);
  });
});
