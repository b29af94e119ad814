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

  it("closes the stores that it was given, whatever comes of a run", async () => {
    const open = new Set<JobStore>();
    const counted = (make: () => JobStore) => (): JobStore => {
      const store = make();
      open.add(store);
      const { close } = store;
      return Object.assign(store, {
        close: async () => {
          open.delete(store);
          await close.call(store);
        },
      });
    };

    await fc.assert(claimOrderProperty({ store: counted(() => new MemoryJobStore()) }), { numRuns: 5 });
    await failureOf(claimOrderProperty({ store: counted(claimingInOrderOfEnqueues) }));

    expect(open.size).toBe(0);
  });

  it("fails for a store with an order of its own, with the first claim that differs", async () => {
    const message = await failureOf(claimOrderProperty({ store: claimingInOrderOfEnqueues }));

    expect(message).toMatch(/Claim 1 took job 1 \(PlainJob, priority -?\d+, runAt [\dT:.Z-]+, queue "\w+"\);/);
    expect(message).toMatch(
      /by priority, then runAt, then the order of the enqueues it is job 2 \(PlainJob, priority -?\d+/,
    );
  });

  it("fails for a store that hands out what is not due", async () => {
    const eager = claimingBy(
      (memory) => (request) => memory.claim({ ...request, now: new Date(request.now.getTime() + 1) }),
    );
    const jobs = [{ job: 0, options: { delay: 0.001 } }];
    const property = claimOrderProperty({ store: () => eager });

    const details = await fc.check(property, { examples: [[jobs, { afterMs: 0, queues: null }]], numRuns: 1 });

    expect(String(details.errorInstance)).toContain("it is no job");
  });

  // It used to ask such a store for ever, without a turn of the event loop in which a runner's timeout could come.
  it("fails for a store whose claim does not mark the rows, with the job that was taken again", async () => {
    const store = (): JobStore =>
      claimingBy((memory) => async (request) => (await memory.due(request)).map((job) => ({ ...job, token: "t" })));

    const message = await failureOf(claimOrderProperty({ store }));

    expect(message).toMatch(/Claim 2 took job 1 \(PlainJob, [^)]+\) again\. What a claim takes is processing/);
  });

  it("fails for a store that hands out more than was asked for", async () => {
    const store = (): JobStore =>
      claimingBy((memory) => (request) => memory.claim({ ...request, limit: request.limit + 1 }));

    const message = await failureOf(claimOrderProperty({ store }));

    expect(message).toMatch(/A claim with a limit of 1 took 2 jobs, job \d \(PlainJob, [^)]+\) beyond it\./);
  });

  it("fails for a store that was not empty, with the job that was in it", async () => {
    const store = (): JobStore =>
      claimingBy(
        (memory) => async (request) =>
          (await memory.claim({ ...request, limit: 1 })).map((claim) => ({ ...claim, id: "left-over" })),
      );

    const message = await failureOf(claimOrderProperty({ store }));

    expect(message).toContain('Claim 1 took a job that was not enqueued here, "left-over"');
  });
});

/** The store in memory, but for its claims. */
function claimingBy(claim: (store: MemoryJobStore) => JobStore["claim"]): JobStore {
  const store = new MemoryJobStore();
  const own = claim(store);
  return new Proxy<JobStore>(store, {
    get(target, property) {
      if (property === "claim") return own;
      const member: unknown = Reflect.get(target, property);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

/** Forgets priority and runAt: claims one by one by the order of the enqueues. */
function claimingInOrderOfEnqueues(): JobStore {
  return claimingBy((memory) => async (request) => {
    const due = await memory.due({ ...request, limit: 1000 });
    const first = [...due].sort((a, b) => a.seq - b.seq)[0];
    return first === undefined ? [] : memory.claim({ ...request, id: first.id, limit: 1 });
  });
}
