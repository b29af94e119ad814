// Contract: claiming from some queues only, or one job by its id (R13, R14).

import assert from "node:assert/strict";
import { aJob, jobs, T0 } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import { at, changesNothing, claim, enqueue, enqueueAll, idsOf, jobIn, settle } from "./steps.ts";

export function describeClaimFilters({ describe, it }: Contract): void {
  describe("claim of queues", () => {
    it("R13 takes from the queues it is asked for only", async (store) => {
      await enqueueAll(store, [
        aJob({ id: "a", queue: "a" }),
        aJob({ id: "b", queue: "b" }),
        aJob({ id: "c", queue: "c" }),
      ]);

      assert.deepEqual(idsOf(await claim(store, { queues: ["b"], limit: 9 })), ["b"]);
      assert.deepEqual(idsOf(await claim(store, { queues: ["c", "a", "none"], limit: 9 })), ["a", "c"]);
    });

    it("R13 takes from all queues when none is named", async (store) => {
      await enqueueAll(
        store,
        jobs(5, (index) => ({ queue: `queue-${index}` })),
      );

      assert.equal((await claim(store, { limit: 9 })).length, 5);
    });

    it("R13 takes a queue that is named twice once", async (store) => {
      await enqueueAll(store, jobs(3));

      assert.equal((await claim(store, { queues: ["default", "default"], limit: 9 })).length, 3);
    });

    it("BM-016 takes a job of any options, whatever else is asked for with its queue", async (store) => {
      const filters = [{}, { queues: ["a", "b"] }, { queues: ["b", "a", "none"], limit: 5 }, { limit: 5 }];
      for (const queue of ["a", "b"])
        for (const key of [{}, { uniqueKey: "k" }, { uniqueKey: "k", uniqueWhile: "pending" } as const])
          for (const [index, filter] of filters.entries()) {
            const { id } = await enqueue(store, { queue, ...key, priority: index - 2 });

            const claims = await claim(store, index % 2 === 0 ? filter : { ...filter, id });

            assert.deepEqual(idsOf(claims), [id]);
            for (const held of claims) await settle(store, held, { type: "completed" });
          }
    });

    it("takes from no queue for an empty list", async (store) => {
      await enqueue(store);

      assert.deepEqual(await claim(store, { queues: [] }), []);
      assert.deepEqual(await store.due({ queues: [], limit: 5, now: T0 }), []);
    });

    it("BM-179 compares queue names byte by byte", async (store) => {
      const queues = ["mail", "Mail", "mail ", "máil", "ma\u0301il", "%", "*", "_ail", "all"];
      await enqueueAll(
        store,
        queues.map((queue) => aJob({ queue })),
      );

      for (const queue of queues) {
        const claims = await claim(store, { queues: [queue], limit: 99 });
        assert.deepEqual(
          claims.map((held) => held.queue),
          [queue],
        );
      }
    });
  });

  describe("claim of one job", () => {
    it("R14 takes the job of an id, and leaves those before it in the order", async (store) => {
      await enqueueAll(store, [aJob({ id: "a", priority: 9 }), aJob({ id: "b" }), aJob({ id: "c", priority: 9 })]);

      assert.deepEqual(idsOf(await claim(store, { id: "b", limit: 5 })), ["b"]);
      assert.deepEqual(idsOf(await claim(store, { limit: 5 })), ["a", "c"]);
    });

    it("R11 takes it when it is due only", async (store) => {
      await enqueue(store, { id: "a", runAt: at(1000) });

      assert.deepEqual(await claim(store, { id: "a", now: at(999) }), []);
      assert.deepEqual(idsOf(await claim(store, { id: "a", now: at(1000) })), ["a"]);
    });

    for (const status of ["processing", "completed", "failed"] as const) {
      it(`R12 does not take it when it is ${status}`, async (store) => {
        const { id } = await jobIn(store, status);

        await changesNothing(store, async () => assert.deepEqual(await claim(store, { id }), []));
      });
    }

    it("takes nothing for an id that no job has", async (store) => {
      await enqueue(store);

      assert.deepEqual(await claim(store, { id: "nobody" }), []);
    });

    it("R13 takes it from the queues it is asked for only", async (store) => {
      await enqueue(store, { id: "a", queue: "mail" });

      assert.deepEqual(await claim(store, { id: "a", queues: ["default"] }), []);
      assert.deepEqual(idsOf(await claim(store, { id: "a", queues: ["default", "mail"] })), ["a"]);
    });

    it("R14 takes each of a list that was due, and no other", async (store) => {
      await enqueueAll(store, jobs(10));
      const list = idsOf(await store.due({ limit: 4, now: T0 }));
      await enqueue(store, { priority: 9 });

      for (const id of list) assert.deepEqual(idsOf(await claim(store, { id })), [id]);

      assert.equal((await store.due({ limit: 99, now: T0 })).length, 7);
    });
  });
}
