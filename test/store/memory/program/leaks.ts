// By how many bytes the heap of this process grows with each round of what ought to leave nothing behind. Prints that by name,
// as JSON. Run with --expose-gc.

import { aJob } from "../../../../src/contract/index.ts";
import type { Claim } from "../../../../src/job/record.ts";
import { MemoryJobStore } from "../../../../src/store/memory/memory-job-store.ts";

const T0 = Date.parse("2030-01-01T00:00:00.000Z");
const at = (milliseconds: number): Date => new Date(T0 + milliseconds);
const WARM_UP = 4000;
const ROUNDS = 20_000;

type Round = (index: number) => Promise<unknown>;

async function storeWith(...jobs: readonly Parameters<typeof aJob>[0][]): Promise<MemoryJobStore> {
  const store = new MemoryJobStore();
  await store.insert(jobs.map(aJob), { now: at(0) });
  return store;
}

const CASES: Readonly<Record<string, () => Promise<Round>>> = {
  "of leases that were extended, behind one that goes on": async () => {
    const store = await storeWith({}, {});
    await store.claim({ limit: 1, now: at(0), workerId: "w", leaseMs: 1000 });
    const [held] = await store.claim({ limit: 1, now: at(0), workerId: "w", leaseMs: 2000 });
    return (index) => store.extend(held as Claim, { now: at(index), leaseMs: 2000 }); // `as`: one was due
  },

  "of jobs removed while they waited behind another": async () => {
    const store = await storeWith({ runAt: at(1000) });
    return async (index) => {
      await store.insert([aJob({ id: "a", runAt: at(2000 + (index % 7)), uniqueKey: "k" })], { now: at(0) });
      await store.remove("a");
      await store.claim({ limit: 1, now: at(0), workerId: "w", leaseMs: 1000 });
    };
  },

  "of jobs claimed by id from behind one that nobody claims, ended and purged": async () => {
    const store = await storeWith({ priority: 0, queue: "first" });
    return async (index) => {
      await store.insert([aJob({ id: "a", uniqueKey: "k" })], { now: at(index) });
      await store.due({ limit: 1, now: at(index) });
      const [held] = await store.claim({ id: "a", limit: 1, now: at(index), workerId: "w", leaseMs: 1000 });
      await store.settle(held as Claim, { type: "completed" }, { now: at(index) }); // `as`: it was due
      await store.purge({ statuses: ["completed"], before: at(index + 1) });
    };
  },

  "of attempts that were retried, in a queue that is claimed by name": async () => {
    const store = await storeWith({ queue: "a" }, { queue: "b", runAt: at(-1) });
    await store.due({ queues: ["a"], limit: 1, now: at(0) });
    return async (index) => {
      const [held] = await store.claim({ queues: ["a"], limit: 1, now: at(index), workerId: "w", leaseMs: 1000 });
      await store.settle(held as Claim, { type: "retry", runAt: at(index), error: "boom" }, { now: at(index) }); // `as`: it was due
    };
  },

  "of transactions that are over": async () => {
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
  },
};

/** The middle one of three measurements: the engine compiles and throws code away at moments of its own. */
async function growthPerRound(begin: () => Promise<Round>): Promise<number> {
  const round = await begin();
  let index = 0;
  const heapAfter = async (rounds: number): Promise<number> => {
    for (const end = index + rounds; index < end; index++) await round(index);
    globalThis.gc?.();
    return process.memoryUsage().heapUsed;
  };
  let before = await heapAfter(WARM_UP);
  const growths: number[] = [];
  for (let measured = 0; measured < 3; measured++) {
    const after = await heapAfter(ROUNDS);
    growths.push((after - before) / ROUNDS);
    before = after;
  }
  return growths.sort((one, other) => one - other)[1] ?? Number.NaN;
}

const growth: Record<string, number> = {};
for (const [name, begin] of Object.entries(CASES)) growth[name] = await growthPerRound(begin);
process.stdout.write(JSON.stringify(growth));
