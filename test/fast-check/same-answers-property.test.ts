import { DatabaseSync } from "@photostructure/sqlite";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type JobStore, MemoryJobStore } from "wheelwright";
import { sameAnswersProperty } from "wheelwright/fast-check";
import { SqliteJobStore } from "wheelwright/sqlite";
import { failureOf } from "./failure-of.ts";

const THOROUGH = process.env.TEST_THOROUGH === "1";

describe("sameAnswersProperty", () => {
  it("holds of two stores in memory", async () => {
    await fc.assert(
      sameAnswersProperty(() => new MemoryJobStore()),
      { numRuns: THOROUGH ? 500 : 30 },
    );
  });

  it("holds of SQLite", async () => {
    await fc.assert(
      sameAnswersProperty(() => new SqliteJobStore(new DatabaseSync(":memory:"))),
      { numRuns: THOROUGH ? 300 : 15 },
    );
  });

  it("fails for a store that forgets an error, with the call and both answers", async () => {
    const message = await failureOf(sameAnswersProperty(() => forgettingErrors(new MemoryJobStore())));

    expect(message).toContain(
      'At the end the look at everything differs at answer.all[0].lastError: ""; expected was "boom".',
    );
    expect(message).toMatch(/Counterexample: \[\[\{"call":"insert"/);
  });
});

function forgettingErrors(store: MemoryJobStore): JobStore {
  const settle: JobStore["settle"] = (claim, outcome, at) =>
    store.settle(claim, outcome.type === "failed" ? { type: "failed", error: "" } : outcome, at);
  return new Proxy<JobStore>(store, {
    get(target, property) {
      if (property === "settle") return settle;
      const member: unknown = Reflect.get(target, property);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
