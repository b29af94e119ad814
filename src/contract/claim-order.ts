// Contract: the order of claims is total, and the same on every store (R11).

import assert from "node:assert/strict";
import type { NewJob } from "../job/record.ts";
import type { JobStore } from "../store/job-store.ts";
import { aJob, jobs, T0 } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import { at, claim, claimOne, enqueue, enqueueAll, idsOf, settle } from "./steps.ts";

export function describeClaimOrder({ describe, it }: Contract): void {
  describe("claim order", () => {
    it("R11 takes a higher priority first", async (store) => {
      await enqueueAll(
        store,
        priorities({ none: 0, low: -10, most: 2147483647, high: 10, least: -2147483648, one: 1 }),
      );

      assert.deepEqual(await claimedOneByOne(store), ["most", "high", "one", "none", "low", "least"]);
    });

    it("R11 takes an earlier runAt first within a priority", async (store) => {
      await enqueueAll(store, [
        aJob({ id: "now", runAt: at(0) }),
        aJob({ id: "before", runAt: at(-1) }),
        aJob({ id: "long before", runAt: at(-100_000_000_000) }),
        aJob({ id: "a second before", runAt: at(-1000) }),
      ]);

      assert.deepEqual(await claimedOneByOne(store), ["long before", "a second before", "before", "now"]);
    });

    it("R11 takes jobs of one priority and runAt in the order of their insert", async (store) => {
      const ids = ["m", "z", "a", "Z", "b", "10", "9", "é"];
      await enqueueAll(
        store,
        ids.slice(0, 4).map((id) => aJob({ id })),
      );
      for (const id of ids.slice(4)) await enqueue(store, { id });

      assert.deepEqual(await claimedOneByOne(store), ids);
    });

    it("R11 asks the priority before the runAt", async (store) => {
      await enqueueAll(store, [aJob({ id: "old", runAt: at(-5000) }), aJob({ id: "high", priority: 1 })]);

      assert.deepEqual(await claimedOneByOne(store), ["high", "old"]);
    });

    it("R11 does not wait for a high job that is not due", async (store) => {
      await enqueueAll(store, [aJob({ id: "high", priority: 9, runAt: at(1) }), aJob({ id: "low", priority: -9 })]);

      assert.deepEqual(idsOf(await claim(store, { limit: 5 })), ["low"]);
      assert.deepEqual(idsOf(await claim(store, { limit: 5, now: at(1) })), ["high"]);
    });

    it("BM-174 tells instants apart that differ by a millisecond", async (store) => {
      const offsets = [1000, 999, 1001, 990, 1010, 100, 10];
      await enqueueAll(
        store,
        offsets.map((offset) => aJob({ id: `${offset}`, runAt: at(offset) })),
      );

      assert.deepEqual(await claimedOneByOne(store, at(5000)), ["10", "100", "990", "999", "1000", "1001", "1010"]);
    });

    it("R13 has one order for several queues, whatever the order of their names (BM-193)", async (store) => {
      const queues = ["b", "a", "c"];
      await enqueueAll(
        store,
        jobs(12, (index) => ({ id: `${index}`, queue: queues[index % 3] ?? "a", priority: -Math.floor(index / 4) })),
      );

      const order = idsOf(await store.due({ queues: ["c", "a", "b"], limit: 99, now: T0 }));
      assert.deepEqual(order, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"]);
      assert.deepEqual(await claimedOneByOne(store, T0, ["b", "a", "c"]), order);
    });

    it("BM-191 puts a retried job by its new runAt, then by its old number", async (store) => {
      await enqueueAll(store, [
        aJob({ id: "retried" }),
        aJob({ id: "early", runAt: at(3999) }),
        aJob({ id: "same", runAt: at(4000) }),
        aJob({ id: "late", runAt: at(4001) }),
      ]);
      await settle(store, await claimOne(store), { type: "retry", runAt: at(4000), error: "boom" });

      assert.deepEqual(await claimedOneByOne(store, at(5000)), ["early", "retried", "same", "late"]);
    });

    it("R25 puts a job whose claim was handed back where it was", async (store) => {
      await enqueueAll(
        store,
        ["a", "b", "c"].map((id) => aJob({ id })),
      );
      await settle(store, await claimOne(store), { type: "released" }, at(100));

      assert.deepEqual(await claimedOneByOne(store, at(100)), ["a", "b", "c"]);
    });

    it("R28 puts a job retried by hand by the instant of the retry", async (store) => {
      await enqueue(store, { id: "retried" });
      await settle(store, await claimOne(store), { type: "failed", error: "boom" });
      await enqueueAll(store, [
        aJob({ id: "before", runAt: at(9) }),
        aJob({ id: "same", runAt: at(10) }),
        aJob({ id: "after", runAt: at(11) }),
      ]);
      await store.retry("retried", { now: at(10) });

      assert.deepEqual(await claimedOneByOne(store, at(20)), ["before", "retried", "same", "after"]);
    });

    it("R11 takes a job in its place that is enqueued while others are claimed", async (store) => {
      await enqueueAll(
        store,
        jobs(4, (index) => ({ id: `${index}` })),
      );
      const order: string[] = [];
      const next = async () => order.push((await claimOne(store)).id);

      await next();
      await enqueueAll(store, [aJob({ id: "early", runAt: at(-1) }), aJob({ id: "last" })]);
      await next();
      await next();
      await enqueue(store, { id: "high", priority: 1 });
      await next();

      assert.deepEqual(order, ["0", "early", "1", "high"]);
      assert.deepEqual(await claimedOneByOne(store), ["2", "3", "last"]);
    });

    it("R11 takes jobs in order whose instants come while others are claimed", async (store) => {
      await enqueueAll(
        store,
        jobs(30, (index) => ({ id: `${index}`, runAt: at((index * 7) % 30), priority: index % 2 })),
      );
      const order: number[] = [];

      for (let now = 0; now < 30; now++) order.push(Number((await claimOne(store, { now: at(now) })).id));

      const waiting = new Set(order.keys());
      for (const [now, taken] of order.entries()) {
        const best = [...waiting]
          .filter((index) => (index * 7) % 30 <= now)
          .sort((a, b) => (b % 2) - (a % 2) || ((a * 7) % 30) - ((b * 7) % 30) || a - b)[0];
        assert.equal(taken, best);
        waiting.delete(taken);
      }
    });

    it("R11 holds when priorities come and go", async (store) => {
      for (let round = 0; round < 3; round++) {
        await enqueueAll(
          store,
          jobs(40, (index) => ({ id: `${round}-${index}`, priority: (index * 7) % 40, runAt: at(index % 2) })),
        );
        const early = await claim(store, { limit: 99, now: at(0) });
        const late = await claim(store, { limit: 99, now: at(1) });

        for (const claims of [early, late]) {
          const seen = claims.map((held) => held.priority);
          assert.equal(seen.length, 20);
          assert.deepEqual(
            seen,
            seen.toSorted((a, b) => b - a),
          );
        }
      }
    });

    it("R11 holds for a few hundred jobs of mixed kinds, claimed in pieces", async (store) => {
      const mixed = mixedJobs(400);
      const expected = mixed
        .map((job, seq) => ({ job, seq }))
        .sort((a, b) => b.job.priority - a.job.priority || +a.job.runAt - +b.job.runAt || a.seq - b.seq)
        .map(({ job }) => job.id);
      for (let start = 0; start < mixed.length; start += 90) await enqueueAll(store, mixed.slice(start, start + 90));

      const order: string[] = [];
      for (let round = 0; round < 100; round++) {
        const size = (round % 17) + 1;
        order.push(...idsOf(await claim(store, { limit: size, now: at(100_000) })));
      }

      assert.deepEqual(order, expected);
    });
  });
}

function priorities(named: Readonly<Record<string, number>>): readonly NewJob[] {
  return Object.entries(named).map(([id, priority]) => aJob({ id, priority }));
}

async function claimedOneByOne(store: JobStore, now = T0, queues?: readonly string[]): Promise<readonly string[]> {
  const order: string[] = [];
  for (let round = 0; round < 100; round++) {
    const [held] = await claim(store, { now, queues });
    if (held === undefined) break;
    order.push(held.id);
  }
  return order;
}

/** Repeatable, and full of ties. */
function mixedJobs(count: number): readonly NewJob[] {
  let state = 12_345;
  const below = (limit: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * limit);
  };
  return jobs(count, () => ({ priority: below(5) - 2, runAt: at(below(8) * 3), queue: `queue-${below(3)}` }));
}
