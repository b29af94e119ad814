// Contract: retrying one failed job by hand (R28).

import assert from "node:assert/strict";
import type { Contract } from "./contract.ts";
import { at, changesNothing, claimOne, ended, enqueue, jobIn, LEASE_MS, read, settle } from "./steps.ts";

export function describeRetry({ describe, it }: Contract): void {
  describe("retry", () => {
    it("R28 makes a failed job as new, due now", async (store) => {
      const { id } = await enqueue(store, { data: { a: 1 }, uniqueKey: "k", carried: "1", priority: 5 });
      await settle(store, await claimOne(store), { type: "retry", runAt: at(10), error: "first" });
      const held = await claimOne(store, { now: at(10) });
      const progress = { processed: 1, total: 2, percentage: 50, status: "processing", message: null } as const;
      await store.extend(held, { now: at(20), leaseMs: LEASE_MS, progress });
      await settle(store, held, { type: "failed", error: "second" }, at(30));
      const before = await read(store, id);

      assert.deepEqual(await store.retry(id, { now: at(5000) }), { type: "retried" });

      assert.deepEqual(await read(store, id), {
        ...before,
        status: "pending",
        attempts: 0,
        runAt: at(5000),
        startedAt: null,
        failedAt: null,
        lastError: null,
        progress: null,
        updatedAt: at(5000),
      });
    });

    it("BM-076 counts attempts from one again", async (store) => {
      const { id } = await ended(store, "failed");
      await store.retry(id, { now: at(1) });

      const held = await claimOne(store, { now: at(1) });

      assert.equal(held.attempts, 1);
      await settle(store, held, { type: "completed" }, at(2));
    });

    it("R28 makes it due at that very instant", async (store) => {
      const { id } = await ended(store, "failed");

      await store.retry(id, { now: at(5000) });

      assert.deepEqual(await store.due({ limit: 5, now: at(4999) }), []);
      assert.equal((await store.due({ limit: 5, now: at(5000) })).length, 1);
    });

    for (const status of ["pending", "processing", "completed"] as const) {
      it(`R28 refuses a ${status} job, and says what it is`, async (store) => {
        const { id } = await jobIn(store, status);

        await changesNothing(store, async () => {
          assert.deepEqual(await store.retry(id, { now: at(1) }), { type: "not-failed", status });
        });
      });
    }

    it("R28 says that there is no such job", async (store) => {
      assert.deepEqual(await store.retry("nobody", { now: at(1) }), { type: "missing" });
    });

    it("R28 retries once", async (store) => {
      const { id } = await ended(store, "failed");

      await store.retry(id, { now: at(1) });

      assert.deepEqual(await store.retry(id, { now: at(2) }), { type: "not-failed", status: "pending" });
    });

    it("R8 refuses while another live job holds its key, and names it", async (store) => {
      const { id } = await ended(store, "failed", { uniqueKey: "import" });
      const holder = await enqueue(store, { uniqueKey: "import" });

      await changesNothing(store, async () => {
        assert.deepEqual(await store.retry(id, { now: at(1) }), {
          type: "key-taken",
          uniqueKey: "import",
          holder: holder.id,
        });
      });
    });

    it("R8 retries once the key is free again", async (store) => {
      const { id } = await ended(store, "failed", { uniqueKey: "import" });
      await ended(store, "completed", { uniqueKey: "import" });

      assert.deepEqual(await store.retry(id, { now: at(1) }), { type: "retried" });
    });

    it("R8 takes the key again", async (store) => {
      const { id } = await ended(store, "failed", { uniqueKey: "import" });
      await store.retry(id, { now: at(1) });

      assert.equal((await enqueue(store, { uniqueKey: "import" })).id, id);
      await settle(store, await claimOne(store, { now: at(1) }), { type: "completed" });
      assert.equal((await enqueue(store, { uniqueKey: "import" })).deduplicated, false);
    });

    it("BM-211 retries a job whose data cannot be read", async (store) => {
      const { id } = await ended(store, "failed", { data: "{broken" });

      assert.deepEqual(await store.retry(id, { now: at(1) }), { type: "retried" });
      assert.equal((await read(store, id)).brokenData, "{broken");
    });
  });
}
