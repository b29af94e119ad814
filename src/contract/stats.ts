// Contract: counts per queue and status (R27).

import assert from "node:assert/strict";
import type { JobStore, StatusCounts } from "../store/job-store.ts";
import { aJob } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import { at, changesNothing, claimOne, ended, enqueue, enqueueAll, jobIn, LEASE_MS, settle } from "./steps.ts";

const NONE: StatusCounts = { pending: 0, processing: 0, completed: 0, failed: 0 };

async function counts(store: JobStore, queues?: readonly string[]): Promise<Record<string, StatusCounts>> {
  return Object.fromEntries(await store.stats({ queues }));
}

export function describeStats({ describe, it }: Contract): void {
  describe("stats", () => {
    it("R27 counts jobs by queue and status", async (store) => {
      await enqueueAll(store, [aJob({ queue: "a" }), aJob({ queue: "a", runAt: at(9000) }), aJob({ queue: "b" })]);
      for (const status of ["processing", "completed", "failed", "failed"] as const)
        await jobIn(store, status, { queue: "b" });

      await changesNothing(store, async () => {
        assert.deepEqual(await counts(store), {
          a: { ...NONE, pending: 2 },
          b: { pending: 1, processing: 1, completed: 1, failed: 2 },
        });
      });
    });

    it("R27 leaves out queues without jobs", async (store) => {
      assert.deepEqual(await counts(store), {});
      assert.deepEqual(await counts(store, ["a"]), {});
      const { id } = await enqueue(store, { queue: "a" });
      assert.deepEqual(await counts(store, ["b"]), {});

      await store.remove(id);

      assert.deepEqual(await counts(store), {});
    });

    it("R27 counts the queues it is asked for", async (store) => {
      await enqueueAll(
        store,
        ["a", "b", "c", "c"].map((queue) => aJob({ queue })),
      );

      assert.deepEqual(await counts(store, ["c", "a"]), { a: { ...NONE, pending: 1 }, c: { ...NONE, pending: 2 } });
      assert.deepEqual(await counts(store, []), {});
    });

    it("R27 follows a job through every step", async (store) => {
      const { id } = await enqueue(store);
      const seen: string[] = [];
      const look = async () => {
        const { default: queue = NONE } = await counts(store);
        seen.push(`${queue.pending} ${queue.processing} ${queue.completed} ${queue.failed}`);
      };

      await look();
      const first = await claimOne(store);
      await look();
      await settle(store, first, { type: "released" });
      await look();
      await settle(store, await claimOne(store), { type: "retry", runAt: at(0), error: "boom" });
      await look();
      const third = await claimOne(store);
      await store.extend(third, { now: at(1), leaseMs: LEASE_MS });
      await settle(store, third, { type: "failed", error: "boom" });
      await look();
      await store.retry(id, { now: at(0) });
      await look();
      await settle(store, await claimOne(store), { type: "completed" });
      await look();
      await store.purge({ statuses: ["completed"], before: at(1) });
      await look();

      assert.deepEqual(seen, ["1 0 0 0", "0 1 0 0", "1 0 0 0", "1 0 0 0", "0 0 0 1", "1 0 0 0", "0 0 1 0", "0 0 0 0"]);
    });

    it("R27 does not count what was deduplicated, or lost", async (store) => {
      await enqueue(store, { id: "a", uniqueKey: "k" });
      await enqueue(store, { id: "a" });
      await enqueue(store, { uniqueKey: "k" });
      const held = await claimOne(store);
      await settle(store, held, { type: "completed" });
      await store.settle(held, { type: "completed" }, { now: at(1) });
      await store.settle(held, { type: "failed", error: "boom" }, { now: at(1) });

      assert.deepEqual(await counts(store), { default: { ...NONE, completed: 1 } });
    });

    it("BM-179 compares queue names byte by byte", async (store) => {
      const names = ["mail", "Mail", "mail ", "__proto__", "constructor"];
      for (const queue of names) await ended(store, "completed", { queue });

      const stats = await store.stats({});
      assert.deepEqual([...stats.keys()].sort(), [...names].sort());
      assert.deepEqual([...(await store.stats({ queues: ["Mail", "__proto__"] })).keys()].sort(), [
        "Mail",
        "__proto__",
      ]);
    });

    it("gives whole numbers", async (store) => {
      await enqueue(store);

      for (const count of Object.values((await counts(store)).default ?? {}))
        assert.equal(Number.isInteger(count), true);
    });
  });
}
