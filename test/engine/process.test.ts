// What jobs do to the process that runs them: it ends by itself, survives, and keeps nothing of them.

import { describe, expect, it } from "vitest";
import { run } from "./program/run.ts";

describe("a process that runs jobs", () => {
  it("ends by itself, though a handler hangs and nothing was closed", () => {
    expect(run("ends-by-itself.mjs")).toBe("processed 1");
  }, 120_000);

  it("BM-085 survives a throw that no promise can see: the job ends by its timeout, the next one runs", () => {
    expect(JSON.parse(run("detached-throw.mjs"))).toEqual({ uncaught: 1, processed: 1, timedOut: true });
  }, 120_000);

  it("BM-244 ends though a test forgot to await a time travel without end, and disposed its kit", () => {
    expect(run("forgotten-advance.mjs")).toBe("KitUsageError: true");
  }, 120_000);

  it("BM-249 BM-089 keeps nothing of jobs that ended, failed or hung until their timeout", () => {
    const heap = JSON.parse(run("leaks.mjs", "--expose-gc")) as Record<string, number[]>; // `as`: printed by our own program

    expect(Object.keys(heap)).toEqual(["ending", "hung"]);
    for (const rounds of Object.values(heap)) {
      const [, second = Number.NaN] = rounds; // The first round compiles and warms.
      const last = rounds.at(-1) ?? Number.NaN;
      expect(last - second).toBeLessThan(1024 * 1024);
    }
  }, 120_000);
});
