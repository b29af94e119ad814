// Contract: a claim handed back before its handler started gives the attempt back (R25).

import assert from "node:assert/strict";
import { jobs, T0 } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import { assertFields, at, claim, claimOne, enqueue, enqueueAll, idsOf, read, settle } from "./steps.ts";

export function describeReleased({ describe, it }: Contract): void {
  describe("released", () => {
    it("BM-071 gives the attempt back, however often", async (store) => {
      const { id } = await enqueue(store);

      for (let round = 0; round < 10; round++) await settle(store, await claimOne(store), { type: "released" });

      assert.equal((await read(store, id)).attempts, 0);
      assert.equal((await claimOne(store)).attempts, 1);
    });

    it("BM-095 makes the job claimable at once", async (store) => {
      const { id } = await enqueue(store);

      await settle(store, await claimOne(store, { now: at(5) }), { type: "released" }, at(5));

      assert.deepEqual(idsOf(await claim(store, { now: at(5) })), [id]);
    });

    it("R25 takes away the claim's attempt only, and keeps the error before it", async (store) => {
      const { id } = await enqueue(store);
      await settle(store, await claimOne(store), { type: "retry", runAt: T0, error: "boom" });

      await settle(store, await claimOne(store), { type: "released" });

      assertFields(await read(store, id), { attempts: 1, lastError: "boom", startedAt: null, runAt: T0 });
    });

    it("BM-033 gives back those of a batch that were not started", async (store) => {
      await enqueueAll(store, jobs(5));
      const [first, ...rest] = await claim(store, { limit: 5 });
      assert.ok(first !== undefined);

      await settle(store, first, { type: "completed" });
      for (const held of rest) await settle(store, held, { type: "released" });

      const again = await claim(store, { limit: 9 });
      assert.deepEqual(idsOf(again), idsOf(rest));
      for (const held of again) assert.equal(held.attempts, 1);
    });

    it("R25 leaves no lease behind", async (store) => {
      await enqueue(store);
      await settle(store, await claimOne(store), { type: "released" });

      assert.equal(await store.nextLeaseEndAt(), null);
      assert.deepEqual(await store.expired({ now: at(1_000_000), limit: 5 }), []);
    });
  });
}
