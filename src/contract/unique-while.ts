// Contract: a key that counts while its job is pending is given up at the claim, for good (R8).

import assert from "node:assert/strict";
import { aJob } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import { assertFields, at, claimOne, enqueue, enqueueAll, idsOf, read, settle } from "./steps.ts";

const DRAFT = { uniqueKey: "reindex", uniqueWhile: "pending" } as const;

export function describeUniqueWhile({ describe, it }: Contract): void {
  describe('unique while "pending"', () => {
    it("R8 keeps others out while it is pending", async (store) => {
      const { id } = await enqueue(store, DRAFT);

      assert.equal((await enqueue(store, DRAFT)).id, id);
    });

    it("BM-203 lets one follow-up wait while the job runs, and no second", async (store) => {
      const first = await enqueue(store, DRAFT);
      await claimOne(store);

      const followUp = await enqueue(store, DRAFT);
      const third = await enqueue(store, DRAFT);

      assert.deepEqual([followUp.deduplicated, third.deduplicated, third.id], [false, true, followUp.id]);
      assert.notEqual(followUp.id, first.id);
    });

    it("R8 shows the key still when it was given up", async (store) => {
      const { id } = await enqueue(store, DRAFT);

      const held = await claimOne(store);

      assert.equal(held.uniqueKey, "reindex");
      assert.equal((await read(store, id)).uniqueKey, "reindex");
    });

    it("R8 does not take the key back when it is retried", async (store) => {
      const { id } = await enqueue(store, DRAFT);
      await settle(store, await claimOne(store), { type: "retry", runAt: at(4000), error: "boom" });

      const followUp = await enqueue(store, DRAFT);

      assert.equal(followUp.deduplicated, false);
      assertFields(await read(store, id), { status: "pending", uniqueKey: "reindex" });
    });

    it("R8 does not take the key back when its claim is handed back", async (store) => {
      await enqueue(store, DRAFT);
      await settle(store, await claimOne(store), { type: "released" });

      assert.equal((await enqueue(store, DRAFT)).deduplicated, false);
    });

    it("R8 is retried beside its follow-up, which keeps the key", async (store) => {
      const first = await enqueue(store, DRAFT);
      const held = await claimOne(store);
      const followUp = await enqueue(store, DRAFT);

      await settle(store, held, { type: "retry", runAt: at(0), error: "boom" });

      assert.deepEqual(idsOf(await store.due({ limit: 9, now: at(0) })), [first.id, followUp.id]);
      assert.equal((await enqueue(store, DRAFT)).id, followUp.id);
    });

    it("R8 leaves the follow-up its key when the first one ends, or is claimed again", async (store) => {
      await enqueue(store, DRAFT);
      const held = await claimOne(store);
      const followUp = await enqueue(store, { ...DRAFT, runAt: at(9000) });
      await settle(store, held, { type: "retry", runAt: at(0), error: "boom" });

      const again = await claimOne(store);
      assert.equal((await enqueue(store, DRAFT)).id, followUp.id);
      await settle(store, again, { type: "completed" });

      assert.equal((await enqueue(store, DRAFT)).id, followUp.id);
    });

    it("R8 retries it by hand whoever holds the key, since it takes none", async (store) => {
      const { id } = await enqueue(store, DRAFT);
      await settle(store, await claimOne(store), { type: "failed", error: "boom" });
      const other = await enqueue(store, DRAFT);

      assert.deepEqual(await store.retry(id, { now: at(1) }), { type: "retried" });

      assert.equal((await enqueue(store, DRAFT)).id, other.id);
      assert.deepEqual(idsOf(await store.due({ limit: 9, now: at(1) })), [other.id, id]);
    });

    it("R8 retries it with all the failed ones whoever holds the key", async (store) => {
      await enqueue(store, DRAFT);
      await settle(store, await claimOne(store), { type: "failed", error: "boom" });
      await enqueue(store, DRAFT);

      assert.equal(await store.retryFailed({ now: at(1) }), 1);
    });

    it("R8 keeps a key while its own holder says so", async (store) => {
      const live = { uniqueKey: "reindex", uniqueWhile: "live" } as const;

      await enqueue(store, live);
      const held = await claimOne(store);
      assert.equal((await enqueue(store, DRAFT)).deduplicated, true);
      await settle(store, held, { type: "completed" });
      await enqueue(store, DRAFT);
      assert.equal((await enqueue(store, live)).deduplicated, true);
      await claimOne(store);

      assert.equal((await enqueue(store, live)).deduplicated, false);
    });

    it("R8 gives up the keys of all jobs that one call claims", async (store) => {
      await enqueueAll(
        store,
        ["a", "b", "c"].map((uniqueKey) => aJob({ uniqueKey, uniqueWhile: "pending" })),
      );

      await store.claim({ limit: 2, now: at(0), workerId: "w", leaseMs: 1000 });

      const answers = await enqueueAll(
        store,
        ["a", "b", "c"].map((uniqueKey) => aJob({ uniqueKey })),
      );
      assert.deepEqual(
        answers.map((answer) => answer.deduplicated),
        [false, false, true],
      );
    });
  });
}
