// Contract: the list of due jobs, which changes nothing (R11, R14).

import assert from "node:assert/strict";
import { aJob, jobs, T0 } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import { at, changesNothing, claim, claimOne, ended, enqueue, enqueueAll, idsOf, only, read, settle } from "./steps.ts";

export function describeDue({ describe, it }: Contract): void {
  describe("due", () => {
    it("R14 lists due jobs as they are, and changes nothing", async (store) => {
      const { id } = await enqueue(store, { data: { a: 1 } });

      await changesNothing(store, async () => {
        assert.deepEqual(only(await store.due({ limit: 10, now: T0 })), await read(store, id));
      });
      assert.deepEqual(idsOf(await claim(store)), [id]);
    });

    it("lists nothing where nothing is", async (store) => {
      assert.deepEqual(await store.due({ limit: 10, now: T0 }), []);
    });

    for (const [offset, isDue] of [
      [-1, false],
      [0, true],
      [1, true],
    ] as const) {
      it(`R11 ${isDue ? "lists" : "does not list"} a job when now is its runAt ${offset < 0 ? "−" : "+"} ${Math.abs(offset)} ms`, async (store) => {
        await enqueue(store, { runAt: at(5000) });

        assert.equal((await store.due({ limit: 10, now: at(5000 + offset) })).length, isDue ? 1 : 0);
      });
    }

    it("R11 lists in the order in which jobs are claimed", async (store) => {
      await enqueueAll(
        store,
        jobs(60, (index) => ({ priority: (index * 7) % 4, runAt: at(-((index * 13) % 5)) })),
      );

      const due = idsOf(await store.due({ limit: 100, now: T0 }));

      assert.equal(due.length, 60);
      assert.deepEqual(due, idsOf(await claim(store, { limit: 100 })));
    });

    it("lists as many as asked for, the first ones", async (store) => {
      await enqueueAll(
        store,
        jobs(10, (index) => ({ id: `${index}`, priority: -index })),
      );

      assert.deepEqual(idsOf(await store.due({ limit: 3, now: T0 })), ["0", "1", "2"]);
      assert.deepEqual(await store.due({ limit: 0, now: T0 }), []);
    });

    it("R13 lists the queues it is asked for, together in one order", async (store) => {
      await enqueueAll(store, [
        aJob({ id: "a1", queue: "a", priority: 1 }),
        aJob({ id: "b3", queue: "b", priority: 3 }),
        aJob({ id: "c9", queue: "c", priority: 9 }),
        aJob({ id: "a2", queue: "a", priority: 2 }),
      ]);

      const due = async (...queues: string[]) => idsOf(await store.due({ queues, limit: 10, now: T0 }));
      assert.deepEqual(await due("a", "b"), ["b3", "a2", "a1"]);
      assert.deepEqual(await due("a"), ["a2", "a1"]);
      assert.deepEqual(await due("nobody"), []);
      assert.deepEqual(await due("a", "b", "a"), ["b3", "a2", "a1"]);
    });

    it("leaves out whatever is not pending", async (store) => {
      await ended(store, "completed");
      await ended(store, "failed");
      await enqueue(store);
      await claimOne(store);

      assert.deepEqual(await store.due({ limit: 10, now: at(1_000_000) }), []);
    });

    it("lists a retried job from its new runAt on", async (store) => {
      const { id } = await enqueue(store);
      await settle(store, await claimOne(store), { type: "retry", runAt: at(4000), error: "boom" });

      assert.deepEqual(await store.due({ limit: 10, now: at(3999) }), []);
      assert.deepEqual(idsOf(await store.due({ limit: 10, now: at(4000) })), [id]);
    });

    it("lists what was due at an earlier now, when asked for that one later", async (store) => {
      await enqueueAll(store, [aJob({ id: "late", runAt: at(1000), priority: 9 }), aJob({ id: "early" })]);

      assert.deepEqual(idsOf(await store.due({ limit: 10, now: at(1000) })), ["late", "early"]);
      assert.deepEqual(idsOf(await store.due({ limit: 10, now: at(999) })), ["early"]);
    });
  });
}
