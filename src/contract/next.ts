// Contract: when something is due next, for those who sleep until then.

import assert from "node:assert/strict";
import { aJob, jobs, T0 } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import { at, claim, claimOne, ended, enqueue, enqueueAll, LEASE_MS, settle } from "./steps.ts";

export function describeNext({ describe, it }: Contract): void {
  describe("nextRunAt", () => {
    it("is null where nothing is pending", async (store) => {
      await ended(store, "completed");
      await ended(store, "failed");
      await enqueue(store);
      await claimOne(store);

      assert.equal(await store.nextRunAt({}), null);
    });

    it("is the earliest of all, in whichever order they came", async (store) => {
      await enqueueAll(
        store,
        [5000, 3000, 4000, 9000].map((offset, index) => aJob({ runAt: at(offset), priority: -index })),
      );

      assert.deepEqual(await store.nextRunAt({}), at(3000));
    });

    it("is in the past where a job is overdue", async (store) => {
      await enqueueAll(store, [aJob({ runAt: at(-9_000_000) }), aJob({ runAt: at(5000), priority: 9 })]);

      assert.deepEqual(await store.nextRunAt({}), at(-9_000_000));
    });

    it("R13 counts the queues it is asked for", async (store) => {
      await enqueueAll(store, [
        aJob({ queue: "a", runAt: at(1000) }),
        aJob({ queue: "b", runAt: at(2000) }),
        aJob({ queue: "c", runAt: at(3000) }),
      ]);

      assert.deepEqual(await store.nextRunAt({ queues: ["b"] }), at(2000));
      assert.deepEqual(await store.nextRunAt({ queues: ["c", "b"] }), at(2000));
      assert.equal(await store.nextRunAt({ queues: ["d"] }), null);
      assert.equal(await store.nextRunAt({ queues: [] }), null);
    });

    it("follows what is claimed, retried, handed back and removed", async (store) => {
      await enqueueAll(store, [aJob({ id: "a", runAt: at(0) }), aJob({ id: "b", runAt: at(1000) })]);
      const next = async () => (await store.nextRunAt({}))?.getTime();

      const held = await claimOne(store);
      assert.equal(await next(), +at(1000));
      await settle(store, held, { type: "retry", runAt: at(500), error: "boom" });
      assert.equal(await next(), +at(500));
      await settle(store, await claimOne(store, { now: at(500) }), { type: "released" }, at(500));
      assert.equal(await next(), +at(500));
      await store.remove("a");
      assert.equal(await next(), +at(1000));
      await store.remove("b");
      assert.equal(await next(), undefined);
    });

    it("follows a retry by hand", async (store) => {
      const { id } = await ended(store, "failed");
      await enqueue(store, { runAt: at(9000) });

      await store.retry(id, { now: at(700) });

      assert.deepEqual(await store.nextRunAt({}), at(700));
    });

    it("is the same whatever now others have asked about", async (store) => {
      await enqueueAll(store, [aJob({ runAt: at(1000), priority: 1 }), aJob({ runAt: at(2000), priority: 2 })]);

      await store.due({ limit: 5, now: at(5000) });

      assert.deepEqual(await store.nextRunAt({}), at(1000));
    });
  });

  describe("nextLeaseEndAt", () => {
    it("is null where nothing is processing", async (store) => {
      await enqueue(store);
      await ended(store, "completed");

      assert.equal(await store.nextLeaseEndAt(), null);
    });

    it("is the earliest of all, over or not", async (store) => {
      await enqueueAll(store, jobs(3));
      await claimOne(store, { leaseMs: 5000 });
      await claimOne(store, { leaseMs: 2000, workerId: "other" });
      await claimOne(store, { leaseMs: 9000 });

      assert.deepEqual(await store.nextLeaseEndAt(), at(2000));
    });

    it("follows extensions and settles", async (store) => {
      await enqueueAll(store, jobs(2));
      const [first, second] = await claim(store, { limit: 2, now: T0 });
      assert.ok(first !== undefined && second !== undefined);

      await store.extend(first, { now: at(10_000), leaseMs: LEASE_MS });
      assert.deepEqual(await store.nextLeaseEndAt(), at(LEASE_MS));
      await store.extend(second, { now: at(20_000), leaseMs: LEASE_MS });
      assert.deepEqual(await store.nextLeaseEndAt(), at(40_000));
      await settle(store, first, { type: "completed" });
      assert.deepEqual(await store.nextLeaseEndAt(), at(50_000));
      await settle(store, second, { type: "retry", runAt: T0, error: "boom" });
      assert.equal(await store.nextLeaseEndAt(), null);
    });
  });
}
