import { DatabaseSync } from "@photostructure/sqlite";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Job, type JobStore, MemoryJobStore } from "wheelwright";
import { claimOrderProperty } from "wheelwright/fast-check";
import { SqliteJobStore } from "wheelwright/sqlite";
import { failureOf } from "./failure-of.ts";

const RUNS = { numRuns: process.env.TEST_THOROUGH === "1" ? 1000 : 60 };

class UrgentJob extends Job<{ orderId: number }> {
  override queue = "mail";
  override priority = "high" as const;
  override delay = 30;
  perform(): void {
    throw new Error("claimOrderProperty performs nothing");
  }
}

class LateJob extends Job {
  override priority = -2;
  perform(): void {}
}

describe("claimOrderProperty", () => {
  it("R11 holds of the store in memory", async () => {
    await fc.assert(claimOrderProperty(), RUNS);
  });

  it("R11 holds of classes with queues, priorities and delays of their own", async () => {
    await fc.assert(
      claimOrderProperty({
        jobs: [
          [UrgentJob, { orderId: 7 }],
          [LateJob, {}],
        ],
      }),
      RUNS,
    );
  });

  it("R11 holds of SQLite", async () => {
    await fc.assert(claimOrderProperty({ store: () => new SqliteJobStore(new DatabaseSync(":memory:")) }), {
      numRuns: 20,
    });
  });

  it("fails for a store with an order of its own, with the first claim that differs", async () => {
    const store = (): JobStore => claimingInOrderOfEnqueues(new MemoryJobStore());

    const message = await failureOf(claimOrderProperty({ store }));

    expect(message).toMatch(/Claim 1 took job 1 \(PlainJob, priority -?\d+, runAt [\dT:.Z-]+, queue "\w+"\);/);
    expect(message).toMatch(
      /by priority, then runAt, then the order of the enqueues it is job 2 \(PlainJob, priority -?\d+/,
    );
  });

  it("fails for a store that hands out what is not due", async () => {
    const eager = new Proxy(new MemoryJobStore(), {
      get(target, property) {
        if (property === "claim")
          return (request: Parameters<JobStore["claim"]>[0]) =>
            target.claim({ ...request, now: new Date(request.now.getTime() + 1) });
        const member: unknown = Reflect.get(target, property);
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
    const jobs = [{ job: 0, options: { delay: 0.001 } }];
    const property = claimOrderProperty({ store: () => eager });

    const details = await fc.check(property, { examples: [[jobs, { afterMs: 0, queues: null }]], numRuns: 1 });

    expect(String(details.errorInstance)).toContain("it is no job");
  });
});

/** Forgets priority and runAt: claims one by one by the order of the enqueues. */
function claimingInOrderOfEnqueues(store: MemoryJobStore): JobStore {
  const claim: JobStore["claim"] = async (request) => {
    const due = await store.due({ ...request, limit: 1000 });
    const first = [...due].sort((a, b) => a.seq - b.seq)[0];
    return first === undefined ? [] : store.claim({ ...request, id: first.id, limit: 1 });
  };
  return new Proxy<JobStore>(store, {
    get(target, property) {
      if (property === "claim") return claim;
      const member: unknown = Reflect.get(target, property);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
