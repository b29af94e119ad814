// What is over leaves nothing behind: the entries of indexes that nobody will come across are swept out.

import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { aJob } from "../../../src/contract/index.ts";
import type { Claim } from "../../../src/job/record.ts";
import { MemoryJobStore } from "../../../src/store/memory/memory-job-store.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

const T0 = Date.parse("2030-01-01T00:00:00.000Z");
const at = (milliseconds: number): Date => new Date(T0 + milliseconds);
const WARM_UP = 4000;
const ROUNDS = 20_000;
/** One stale entry takes about 50 bytes, a row several hundred. */
const NOTHING = 30;

type Round = (index: number) => Promise<unknown>;

/**
 * By how many bytes per round the heap grows; rounds are warmed up first. Other tests live in the same heap, and what they
 * left can grow, too: so the least of three trials counts, each begun anew. A leak shows in all.
 */
async function growthPerRound(begin: () => Promise<Round>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let trial = 0; trial < 3 && least >= NOTHING; trial++) {
    const round = await begin();
    for (let index = 0; index < WARM_UP; index++) await round(index);
    collectGarbage();
    const before = getHeapStatistics().used_heap_size;
    for (let index = WARM_UP; index < WARM_UP + ROUNDS; index++) await round(index);
    collectGarbage();
    least = Math.min(least, (getHeapStatistics().used_heap_size - before) / ROUNDS);
  }
  return least;
}

async function storeWith(...jobs: readonly Parameters<typeof aJob>[0][]): Promise<MemoryJobStore> {
  const store = new MemoryJobStore();
  await store.insert(jobs.map(aJob), { now: at(0) });
  return store;
}

describe("MemoryJobStore keeps no trace", { timeout: 60_000 }, () => {
  it("of leases that were extended, behind one that goes on", async () => {
    const growth = await growthPerRound(async () => {
      const store = await storeWith({}, {});
      await store.claim({ limit: 1, now: at(0), workerId: "w", leaseMs: 1000 });
      const [held] = await store.claim({ limit: 1, now: at(0), workerId: "w", leaseMs: 2000 });
      return (index) => store.extend(held as Claim, { now: at(index), leaseMs: 2000 }); // `as`: one was due
    });

    expect(growth).toBeLessThan(NOTHING);
  });

  it("of jobs removed while they waited behind another", async () => {
    const growth = await growthPerRound(async () => {
      const store = await storeWith({ runAt: at(1000) });
      return async (index) => {
        await store.insert([aJob({ id: "a", runAt: at(2000 + (index % 7)), uniqueKey: "k" })], { now: at(0) });
        await store.remove("a");
        await store.claim({ limit: 1, now: at(0), workerId: "w", leaseMs: 1000 });
      };
    });

    expect(growth).toBeLessThan(NOTHING);
  });

  it("of jobs claimed by id from behind one that nobody claims, ended and purged", async () => {
    const growth = await growthPerRound(async () => {
      const store = await storeWith({ priority: 0, queue: "first" });
      return async (index) => {
        await store.insert([aJob({ id: "a", uniqueKey: "k" })], { now: at(index) });
        await store.due({ limit: 1, now: at(index) });
        const [held] = await store.claim({ id: "a", limit: 1, now: at(index), workerId: "w", leaseMs: 1000 });
        await store.settle(held as Claim, { type: "completed" }, { now: at(index) }); // `as`: it was due
        await store.purge({ statuses: ["completed"], before: at(index + 1) });
      };
    });

    expect(growth).toBeLessThan(NOTHING);
  });

  it("of attempts that were retried, in a queue that is claimed by name", async () => {
    const growth = await growthPerRound(async () => {
      const store = await storeWith({ queue: "a" }, { queue: "b", runAt: at(-1) });
      await store.due({ queues: ["a"], limit: 1, now: at(0) });
      return async (index) => {
        const [held] = await store.claim({ queues: ["a"], limit: 1, now: at(index), workerId: "w", leaseMs: 1000 });
        await store.settle(held as Claim, { type: "retry", runAt: at(index), error: "boom" }, { now: at(index) }); // `as`: it was due
      };
    });

    expect(growth).toBeLessThan(NOTHING);
  });

  it("of transactions that are over", async () => {
    const growth = await growthPerRound(async () => {
      const store = await storeWith({ uniqueKey: "k" });
      return async () => {
        await store.transaction((transaction) => store.insert([aJob({ uniqueKey: "k" })], { now: at(0), transaction }));
        await store
          .transaction(async (transaction) => {
            await store.insert([aJob()], { now: at(0), transaction });
            throw new Error("no");
          })
          .catch(() => {});
      };
    });

    expect(growth).toBeLessThan(NOTHING);
  });
});
