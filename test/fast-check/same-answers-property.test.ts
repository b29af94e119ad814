import { DatabaseSync } from "@photostructure/sqlite";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type JobStore, MemoryJobStore } from "wheelwright";
import { sameAnswersProperty } from "wheelwright/fast-check";
import { SqliteJobStore } from "wheelwright/sqlite";
import { failureOf } from "./failure-of.ts";

/** One run, of the first calls that are drawn. */
const ONCE = { seed: 1, numRuns: 1, endOnFailure: true };
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

  it("closes the store that it has opened when the other one cannot be", async () => {
    const watched = new Watched();
    const as = (): JobStore => {
      throw new Error("no model");
    };

    const { errorInstance } = await fc.check(sameAnswersProperty(watched.opening("mine"), { as }), ONCE);

    expect(errorInstance).toMatchObject({ message: "no model" });
    expect(watched.closed).toEqual(["mine"]);
  });

  it("closes both stores when one of them cannot close", async () => {
    const watched = new Watched();
    const mine = watched.opening("mine", { failing: true });
    const model = watched.opening("model", { failing: true });

    const { errorInstance } = await fc.check(sameAnswersProperty(mine, { as: model }), ONCE);

    expect(errorInstance).toMatchObject({ message: "model could not close" });
    expect(watched.closed).toEqual(["model", "mine"]);
  });

  it("tells what differs, not that a store could not close afterwards", async () => {
    const watched = new Watched();
    const mine = (): JobStore => ignoringRemovals(watched.opening("mine", { failing: true })());
    const property = sameAnswersProperty(mine, { as: watched.opening("model") });

    const { errorInstance } = await fc.check(property, { examples: [[[{ call: "remove", now: 0, job: 0 }]]], ...ONCE });

    expect(errorInstance).toMatchObject({ message: 'Call 1, remove, differs: "removed"; expected was "missing".' });
    expect(watched.closed).toEqual(["model", "mine"]);
  });
});

/** Stores in memory that tell of their ends. `failing`: their close does its work, and rejects. */
class Watched {
  readonly closed: string[] = [];

  opening(name: string, { failing = false } = {}): () => JobStore {
    return () => {
      const store = new MemoryJobStore();
      const close = store.close.bind(store);
      store.close = async () => {
        this.closed.push(name);
        await close();
        if (failing) throw new Error(`${name} could not close`);
      };
      return store;
    };
  }
}

function ignoringRemovals(store: JobStore): JobStore {
  store.remove = async () => "removed";
  return store;
}

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
