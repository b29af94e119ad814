// Contract: retrying failed jobs by hand, oldest failure first (R28).

import assert from "node:assert/strict";
import { jobs } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import {
  assertFields,
  at,
  changesNothing,
  claim,
  claimOne,
  ended,
  enqueue,
  enqueueAll,
  idsOf,
  jobIn,
  read,
  settle,
} from "./steps.ts";

export function describeRetryFailed({ describe, it }: Contract): void {
  describe("retryFailed", () => {
    it("R28 makes all failed jobs as new, due now, and says how many", async (store) => {
      const failed = [await ended(store, "failed"), await ended(store, "failed"), await ended(store, "failed")];

      assert.equal(await store.retryFailed({ now: at(5000) }), 3);

      for (const before of failed) {
        const asNew = { status: "pending", attempts: 0, startedAt: null, failedAt: null, lastError: null } as const;
        assert.deepEqual(await read(store, before.id), { ...before, ...asNew, runAt: at(5000), updatedAt: at(5000) });
      }
    });

    it("R28 says 0 where nothing has failed, and changes nothing", async (store) => {
      for (const status of ["pending", "processing", "completed"] as const) await jobIn(store, status);

      await changesNothing(store, async () => assert.equal(await store.retryFailed({ now: at(1) }), 0));
    });

    it("R28 leaves whatever has not failed as it is", async (store) => {
      const others = [await jobIn(store, "completed"), await jobIn(store, "processing"), await jobIn(store, "pending")];
      await ended(store, "failed");

      assert.equal(await store.retryFailed({ now: at(1) }), 1);

      for (const other of others) assert.deepEqual(await read(store, other.id), other);
    });

    it("R28 retries in the queues it is asked for", async (store) => {
      for (const queue of ["a", "b", "c", "a"]) await ended(store, "failed", { queue });

      assert.equal(await store.retryFailed({ queues: ["a", "c"], now: at(1) }), 3);

      assert.deepEqual(
        (await store.list({ status: "failed" })).map((job) => job.queue),
        ["b"],
      );
      assert.equal(await store.retryFailed({ queues: [], now: at(1) }), 0);
    });

    it("R28 retries the oldest failures first, up to the limit", async (store) => {
      const names = ["c", "a", "d", "b"];
      for (const [index, id] of names.entries())
        await ended(store, "failed", { id }, at([300, 100, 400, 200][index] ?? 0));

      assert.equal(await store.retryFailed({ limit: 3, now: at(5000) }), 3);

      assert.deepEqual(idsOf(await store.list({ status: "failed" })), ["d"]);
      assert.equal(await store.retryFailed({ limit: 0, now: at(5000) }), 0);
    });

    it("R28 retries of those that failed at one instant the older jobs first", async (store) => {
      const ids = ["m", "z", "a", "b"];
      for (const id of ids) await ended(store, "failed", { id });

      for (const id of ids) {
        assert.equal(await store.retryFailed({ limit: 1, now: at(1) }), 1);
        assert.equal((await read(store, id)).status, "pending");
      }
    });

    it("R8 skips a job whose key another live job holds, and does not count it", async (store) => {
      const { id } = await ended(store, "failed", { uniqueKey: "import" });
      await ended(store, "failed", {}, at(1));
      await enqueue(store, { uniqueKey: "import" });

      assert.equal(await store.retryFailed({ limit: 1, now: at(5) }), 1);
      assert.equal(await store.retryFailed({ now: at(5) }), 0);

      assertFields(await read(store, id), { status: "failed", lastError: "boom" });
    });

    it("R8 skips a job whose key a running job holds", async (store) => {
      await ended(store, "failed", { uniqueKey: "import" });
      await jobIn(store, "processing", { uniqueKey: "import" });

      assert.equal(await store.retryFailed({ now: at(5) }), 0);
    });

    it("R8 retries the older failure of two with one key", async (store) => {
      const younger = await ended(store, "failed", { uniqueKey: "import" }, at(900));
      const older = await ended(store, "failed", { uniqueKey: "import" }, at(100));

      assert.equal(await store.retryFailed({ now: at(5000) }), 1);

      assert.deepEqual(
        [(await read(store, older.id)).status, (await read(store, younger.id)).status],
        ["pending", "failed"],
      );
      await settle(store, await claimOne(store, { now: at(5000) }), { type: "completed" }, at(5000));
      assert.equal(await store.retryFailed({ now: at(6000) }), 1);
    });

    it("R8 gives each retried job its key again", async (store) => {
      for (const uniqueKey of ["a", "b", "c"]) await ended(store, "failed", { uniqueKey });
      await store.retryFailed({ now: at(5) });

      for (const uniqueKey of ["a", "b", "c"]) assert.equal((await enqueue(store, { uniqueKey })).deduplicated, true);
    });

    it("R28 retries hundreds", async (store) => {
      await enqueueAll(store, jobs(250));
      for (const [index, held] of (await claim(store, { limit: 250 })).entries()) {
        await settle(store, held, { type: "failed", error: "boom" }, at(index % 7));
      }

      assert.equal(await store.retryFailed({ limit: 100, now: at(50) }), 100);
      assert.equal(await store.retryFailed({ now: at(50) }), 150);
      assert.equal((await store.due({ limit: 999, now: at(50) })).length, 250);
    });
  });
}
