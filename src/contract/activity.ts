// Contract: what happened since an instant (R31).

import assert from "node:assert/strict";
import type { JobStore } from "../store/job-store.ts";
import type { JobDraft } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import { assertFields, at, changesNothing, claimOne, ended, enqueue, idsOf, jobIn, read, settle } from "./steps.ts";

/** Completes a job that ran from `startedAt` for so many milliseconds. */
async function completeAfter(
  store: JobStore,
  durationMs: number,
  startedAt = 0,
  draft: JobDraft = {},
): Promise<string> {
  const { id } = await enqueue(store, { runAt: at(startedAt), ...draft });
  await settle(
    store,
    await claimOne(store, { id, now: at(startedAt) }),
    { type: "completed" },
    at(startedAt + durationMs),
  );
  return id;
}

export function describeActivity({ describe, it }: Contract): void {
  describe("activity", () => {
    it("R31 is empty where nothing is", async (store) => {
      assert.deepEqual(await store.activity({ since: at(0), recent: 10 }), {
        completed: 0,
        failed: 0,
        meanDurationMs: null,
        oldestPendingAt: null,
        recent: [],
      });
    });

    it("R31 counts what ended at or after the instant", async (store) => {
      for (const status of ["completed", "failed"] as const) {
        for (const end of [4999, 5000, 5001]) await ended(store, status, {}, at(end));
      }

      await changesNothing(store, async () => {
        assertFields(await store.activity({ since: at(5000), recent: 0 }), { completed: 2, failed: 2 });
      });
    });

    it("R31 counts no job that runs or waits", async (store) => {
      await jobIn(store, "processing");
      await enqueue(store);
      await settle(store, await claimOne(store), { type: "retry", runAt: at(4000), error: "boom" });

      assertFields(await store.activity({ since: at(-1000), recent: 10 }), {
        completed: 0,
        failed: 0,
        meanDurationMs: null,
        recent: [],
      });
    });

    it("R31 tells how long completed jobs took on average, from the start of their last attempt", async (store) => {
      for (const durationMs of [100, 200, 600]) await completeAfter(store, durationMs);
      await ended(store, "failed", {}, at(50));
      await completeAfter(store, 5, -100_000);

      assert.equal((await store.activity({ since: at(0), recent: 0 })).meanDurationMs, 300);
    });

    it("R31 tells an average that is no whole number", async (store) => {
      await completeAfter(store, 1);
      await completeAfter(store, 2);

      assert.equal((await store.activity({ since: at(0), recent: 0 })).meanDurationMs, 1.5);
      await completeAfter(store, 1);
      assert.equal((await store.activity({ since: at(0), recent: 0 })).meanDurationMs, 4 / 3);
    });

    it("R31 tells the oldest pending runAt, whenever it was enqueued", async (store) => {
      await enqueue(store, { runAt: at(-90_000) }, at(-90_000));
      await enqueue(store, { runAt: at(10) });

      assert.deepEqual((await store.activity({ since: at(0), recent: 0 })).oldestPendingAt, at(-90_000));
    });

    it("R31 lists what ended latest, the last one first", async (store) => {
      const ids: string[] = [];
      for (const end of [300, 100, 500, 200, 400])
        ids.push((await ended(store, end === 200 ? "failed" : "completed", {}, at(end))).id);
      const [at300, , at500, at200, at400] = ids;

      const { recent } = await store.activity({ since: at(150), recent: 10 });

      assert.deepEqual(idsOf(recent), [at500, at400, at300, at200]);
      assert.deepEqual(recent[0], await read(store, at500 ?? ""));
      assert.deepEqual(idsOf((await store.activity({ since: at(0), recent: 2 })).recent), [at500, at400]);
    });

    it("R31 lists of those that ended at one instant the newer jobs first", async (store) => {
      const ids: string[] = [];
      for (let index = 0; index < 5; index++) ids.push((await ended(store, "completed", {}, at(7))).id);

      assert.deepEqual(idsOf((await store.activity({ since: at(0), recent: 3 })).recent), ids.reverse().slice(0, 3));
    });

    it("R31 tells all of it by queue", async (store) => {
      const mail = await completeAfter(store, 100, 0, { queue: "mail" });
      await completeAfter(store, 500, 0, { queue: "other" });
      await ended(store, "failed", { queue: "other" });
      await enqueue(store, { queue: "mail", runAt: at(30) });
      await enqueue(store, { queue: "other", runAt: at(20) });

      const activity = await store.activity({ queues: ["mail"], since: at(0), recent: 10 });

      assert.deepEqual(activity, {
        completed: 1,
        failed: 0,
        meanDurationMs: 100,
        oldestPendingAt: at(30),
        recent: [await read(store, mail)],
      });
      assertFields(await store.activity({ queues: ["mail", "other"], since: at(0), recent: 0 }), {
        completed: 2,
        failed: 1,
        meanDurationMs: 300,
        oldestPendingAt: at(20),
      });
      assertFields(await store.activity({ queues: [], since: at(0), recent: 5 }), {
        completed: 0,
        oldestPendingAt: null,
      });
    });
  });
}
