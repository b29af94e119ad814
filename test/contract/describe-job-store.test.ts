// How the contract finds its runner, opens and closes stores, and says what it skips.

import { describe, expect, it } from "vitest";
import { aJob, describeJobStore } from "../../src/contract/index.ts";
import { MemoryJobStore } from "../../src/store/memory/memory-job-store.ts";
import { collectContract } from "./collect.ts";

describe("describeJobStore", () => {
  it("takes the runner's functions from the globals, where they are", () => {
    const names: string[] = [];
    const globals = globalThis as { describe?: unknown; it?: unknown };

    globals.describe = (name: string, body: () => void) => {
      names.push(name);
      body();
    };
    globals.it = (name: string) => names.push(name);
    describeJobStore("mine", () => new MemoryJobStore());
    delete globals.describe;
    delete globals.it;

    expect(names[0]).toBe("the job store contract: mine");
    expect(names.length).toBeGreaterThan(350);
  });

  it("says what to do where there is no runner", () => {
    expect(() => describeJobStore("mine", () => new MemoryJobStore())).toThrow(
      "functions `describe` and `it`, as globals or as options: describeJobStore(name, open, { describe, it })",
    );
  });

  it("shows tests that the options rule out as skipped, where the runner can", () => {
    const skipped: string[] = [];
    const runner = Object.assign(() => {}, { skip: (name: string) => skipped.push(name) });

    describeJobStore("mine", () => new MemoryJobStore(), { describe: (_, body) => body(), it: runner });

    expect(skipped).toContain("BM-212 stores nothing when the transaction is rolled back");
  });

  it("opens a store for each test, and closes it and its second connection whatever happens", async () => {
    const events: string[] = [];
    class Watched extends MemoryJobStore {
      override async setup(): Promise<void> {
        events.push("setup");
        throw new Error("setup failed");
      }
      override async close(): Promise<void> {
        events.push("close");
        await super.close();
      }
    }
    const tests = collectContract(() => {
      events.push("open");
      return new Watched();
    });

    await expect(tests.get("insert › stores nothing for an empty list")?.()).rejects.toThrow("setup failed");

    expect(events).toEqual(["open", "setup", "close"]);
  });

  it("closes the second connection before the first", async () => {
    const events: string[] = [];
    const named = (name: string) =>
      new (class extends MemoryJobStore {
        override async close(): Promise<void> {
          events.push(name);
        }
      })();
    const tests = collectContract(() => named("first"), { openSecond: () => named("second") });

    await tests.get("insert › stores nothing for an empty list")?.();

    expect(events).toEqual(["second", "first"]);
  });

  it("has the same tests for every store", () => {
    const names = (tests: ReadonlyMap<string, unknown>) => [...tests.keys()];

    expect(names(collectContract(() => new MemoryJobStore()))).toEqual(
      names(collectContract(() => new MemoryJobStore(), { openSecond: (first) => first })),
    );
  });
});

describe("aJob", () => {
  it("names only what matters, and gives each job an id of its own", () => {
    const job = aJob({ priority: 9, data: { a: 1 } });

    expect(job).toMatchObject({ priority: 9, data: '{"a":1}', queue: "default", idGiven: false });
    expect(aJob().id).not.toBe(job.id);
  });

  it("takes an id that is named for one that the caller gave", () => {
    expect(aJob({ id: "a" })).toMatchObject({ id: "a", idGiven: true });
  });
});
