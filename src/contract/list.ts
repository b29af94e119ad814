// Contract: listing jobs, newest first (R31).

import assert from "node:assert/strict";
import type { JobFilter } from "../store/job-store.ts";
import { aJob, jobs } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import { at, changesNothing, claimOne, enqueue, enqueueAll, idsOf, jobIn, only, read, settle } from "./steps.ts";

export function describeList({ describe, it }: Contract): void {
  describe("list", () => {
    it("R31 lists the newest first", async (store) => {
      const list = await enqueueAll(
        store,
        jobs(7, (index) => ({ priority: index % 2, runAt: at(-index) })),
      );

      assert.deepEqual(idsOf(await store.list({})), idsOf(list).toReversed());
    });

    it("lists records as they are read one by one, and changes nothing", async (store) => {
      const { id } = await enqueue(store, { data: { a: 1 }, uniqueKey: "k" });

      await changesNothing(store, async () => {
        assert.deepEqual(only(await store.list({})), await read(store, id));
      });
    });

    it("R31 lists 50 unless told", async (store) => {
      const list = await enqueueAll(store, jobs(60));

      assert.deepEqual(idsOf(await store.list({})), idsOf(list).toReversed().slice(0, 50));
      assert.equal((await store.list({ limit: 5 })).length, 5);
      assert.equal((await store.list({ limit: 999 })).length, 60);
      assert.equal((await store.list({ limit: 0 })).length, 0);
    });

    it("BM-192 pages through jobs of one instant without missing one", async (store) => {
      const list = await enqueueAll(store, jobs(120));
      const seen: string[] = [];
      let beforeSeq: number | undefined;

      for (let page = 0; page < 20; page++) {
        const records = await store.list({ limit: 13, beforeSeq });
        seen.push(...idsOf(records));
        beforeSeq = records.at(-1)?.seq ?? beforeSeq;
      }

      assert.deepEqual(seen, idsOf(list).toReversed());
    });

    it("R31 keeps a job's place through its retries", async (store) => {
      const list = await enqueueAll(store, jobs(3));

      await settle(store, await claimOne(store), { type: "retry", runAt: at(9000), error: "boom" });

      assert.deepEqual(idsOf(await store.list({})), idsOf(list).toReversed());
    });

    it("R31 lists the jobs in one status, or in several", async (store) => {
      const made = {
        pending: await jobIn(store, "pending", { runAt: at(1) }),
        processing: await jobIn(store, "processing"),
        completed: await jobIn(store, "completed"),
        failed: await jobIn(store, "failed"),
      };

      for (const status of ["pending", "processing", "completed", "failed"] as const) {
        assert.deepEqual(await store.list({ status }), [made[status]]);
      }
      assert.deepEqual(await store.list({ status: ["pending", "failed"] }), [made.failed, made.pending]);
    });

    it("R31 lists the jobs of queues, classes and keys, and of all together", async (store) => {
      await enqueueAll(store, [
        aJob({ id: "a1", queue: "a", jobClass: "One", uniqueKey: "k" }),
        aJob({ id: "a2", queue: "a", jobClass: "Two" }),
        aJob({ id: "b1", queue: "b", jobClass: "One" }),
        aJob({ id: "c3", queue: "c", jobClass: "Three" }),
      ]);

      const list = async (filter: JobFilter) => idsOf(await store.list(filter));
      assert.deepEqual(await list({ queue: "a" }), ["a2", "a1"]);
      assert.deepEqual(await list({ queue: ["c", "a"] }), ["c3", "a2", "a1"]);
      assert.deepEqual(await list({ jobClass: "One" }), ["b1", "a1"]);
      assert.deepEqual(await list({ jobClass: ["Two", "Three"] }), ["c3", "a2"]);
      assert.deepEqual(await list({ uniqueKey: "k" }), ["a1"]);
      assert.deepEqual(await list({ queue: "a", jobClass: "One", status: "pending" }), ["a1"]);
      assert.deepEqual(await list({ queue: "b", uniqueKey: "k" }), []);
      assert.deepEqual(await list({ queue: ["a", "b"], limit: 2 }), ["b1", "a2"]);
    });

    it("takes a condition that is undefined for one that is left out, and an empty list for nothing", async (store) => {
      await enqueueAll(store, jobs(2));

      assert.equal((await store.list({ status: undefined, queue: undefined, limit: undefined })).length, 2);
      assert.deepEqual(await store.list({ status: [] }), []);
      assert.deepEqual(await store.list({ queue: [] }), []);
      assert.deepEqual(await store.list({ jobClass: [] }), []);
    });

    it("BM-179 compares queues, classes and keys byte by byte", async (store) => {
      const names = ["mail", "Mail", "mail ", "máil", "%", "_ail"];
      await enqueueAll(
        store,
        names.map((name) => aJob({ id: name, queue: name, jobClass: name, uniqueKey: name })),
      );

      for (const name of names) {
        for (const filter of [{ queue: name }, { jobClass: name }, { uniqueKey: name }]) {
          assert.deepEqual(idsOf(await store.list(filter)), [name]);
        }
      }
    });
  });
}
