// Contract: deleting jobs that ended long ago (R29).

import assert from "node:assert/strict";
import { aJob, jobs } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import {
  at,
  changesNothing,
  claim,
  claimOne,
  ended,
  enqueue,
  enqueueAll,
  everyJob,
  idsOf,
  jobIn,
  settle,
} from "./steps.ts";

const COMPLETED = { statuses: ["completed"] } as const;

export function describePurge({ describe, it }: Contract): void {
  describe("purge", () => {
    for (const [offset, isPurged] of [
      [-1, true],
      [0, false],
      [1, false],
    ] as const) {
      it(`R29 ${isPurged ? "deletes" : "keeps"} a job that ended at the instant given ${offset < 0 ? "−" : "+"} ${Math.abs(offset)} ms`, async (store) => {
        await ended(store, "completed", {}, at(5000 + offset));
        await ended(store, "failed", {}, at(5000 + offset));

        assert.equal(await store.purge({ statuses: ["completed"], before: at(5000) }), isPurged ? 1 : 0);
        assert.equal(await store.purge({ statuses: ["failed"], before: at(5000) }), isPurged ? 1 : 0);
        assert.equal((await everyJob(store)).length, isPurged ? 0 : 2);
      });
    }

    it("BM-214 goes by when a job ended, not by when it was enqueued", async (store) => {
      const old = await enqueue(store, { runAt: at(0) }, at(0));
      await settle(store, await claimOne(store), { type: "completed" }, at(900_000));
      await ended(store, "completed", {}, at(500_000));

      assert.equal(await store.purge({ ...COMPLETED, before: at(600_000) }), 1);

      assert.deepEqual(idsOf(await everyJob(store)), [old.id]);
    });

    it("BM-215 deletes no job that has not ended", async (store) => {
      await jobIn(store, "pending", { runAt: at(-1_000_000) });
      await jobIn(store, "processing");

      await changesNothing(store, async () => {
        assert.equal(await store.purge({ statuses: ["completed", "failed"], before: at(1_000_000_000) }), 0);
      });
    });

    it("BM-215 deletes no job that will be retried, or is", async (store) => {
      await enqueue(store);
      await settle(store, await claimOne(store), { type: "retry", runAt: at(4000), error: "boom" });
      const { id } = await ended(store, "failed");
      await store.retry(id, { now: at(1) });

      assert.equal(await store.purge({ statuses: ["completed", "failed"], before: at(1_000_000_000) }), 0);
    });

    it("R29 deletes completed jobs and failed ones, each when asked to", async (store) => {
      const failed = await ended(store, "failed");
      const completed = await ended(store, "completed");

      assert.equal(await store.purge({ ...COMPLETED, before: at(1) }), 1);
      assert.deepEqual(idsOf(await everyJob(store)), [failed.id]);
      assert.equal(await store.purge({ statuses: ["failed"], before: at(1) }), 1);
      assert.equal(await store.get(completed.id), null);
      assert.equal(await store.get(failed.id), null);
    });

    it("R29 deletes both together, and nothing for no status", async (store) => {
      await ended(store, "failed");
      await ended(store, "completed");

      assert.equal(await store.purge({ statuses: [], before: at(1) }), 0);
      assert.equal(await store.purge({ statuses: ["failed", "completed"], before: at(1) }), 2);
    });

    it("R29 deletes in the queues it is asked for", async (store) => {
      for (const queue of ["a", "b", "c", "b"]) await ended(store, "completed", { queue });

      assert.equal(await store.purge({ ...COMPLETED, before: at(1), queues: ["b", "c"] }), 3);
      assert.equal(await store.purge({ ...COMPLETED, before: at(1), queues: [] }), 0);

      assert.deepEqual(
        (await everyJob(store)).map((job) => job.queue),
        ["a"],
      );
    });

    it("R29 says 0 when there is nothing to delete", async (store) => {
      assert.equal(await store.purge({ ...COMPLETED, before: at(1) }), 0);
    });

    it("BM-218 deletes hundreds, and counts them", async (store) => {
      await enqueueAll(store, jobs(300));
      for (const [index, held] of (await claim(store, { limit: 300 })).entries()) {
        await settle(store, held, { type: "completed" }, at(index));
      }

      assert.equal(await store.purge({ ...COMPLETED, before: at(200) }), 200);

      assert.equal((await everyJob(store)).length, 100);
      assert.equal(await store.purge({ ...COMPLETED, before: at(10_000) }), 100);
    });

    it("BM-211 deletes a job whose data cannot be read", async (store) => {
      await ended(store, "failed", { data: "{broken" });

      assert.equal(await store.purge({ statuses: ["failed"], before: at(1) }), 1);
    });

    it("leaves the store as good as new", async (store) => {
      await ended(store, "completed", { id: "a", uniqueKey: "k" });
      await store.purge({ ...COMPLETED, before: at(1) });

      assert.equal((await store.stats({})).size, 0);
      const [job] = await enqueueAll(store, [aJob({ id: "a", uniqueKey: "k" })]);
      assert.equal(job?.deduplicated, false);
      assert.deepEqual(idsOf(await claim(store, { limit: 5 })), ["a"]);
    });
  });
}
