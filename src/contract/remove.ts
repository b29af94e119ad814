// Contract: deleting one pending job (R30).

import assert from "node:assert/strict";
import { aJob, T0 } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import { at, changesNothing, claim, claimOne, enqueue, enqueueAll, idsOf, jobIn, settle } from "./steps.ts";

export function describeRemove({ describe, it }: Contract): void {
  describe("remove", () => {
    it("R30 deletes a pending job", async (store) => {
      await enqueueAll(
        store,
        ["a", "b", "c"].map((id) => aJob({ id })),
      );

      assert.equal(await store.remove("b"), "removed");

      assert.equal(await store.get("b"), null);
      assert.deepEqual(idsOf(await store.due({ limit: 9, now: T0 })), ["a", "c"]);
      assert.deepEqual(idsOf(await claim(store, { limit: 9 })), ["a", "c"]);
    });

    it("R30 deletes a job that waits for its instant, or for its retry", async (store) => {
      await enqueue(store, { id: "later", runAt: at(9000) });
      await enqueue(store, { id: "retried" });
      await settle(store, await claimOne(store), { type: "retry", runAt: at(4000), error: "boom" });

      assert.deepEqual([await store.remove("later"), await store.remove("retried")], ["removed", "removed"]);

      assert.equal(await store.nextRunAt({}), null);
      assert.deepEqual(await claim(store, { now: at(10_000), limit: 9 }), []);
    });

    for (const status of ["processing", "completed", "failed"] as const) {
      it(`R30 leaves a ${status} job alone, and says what it is`, async (store) => {
        const { id } = await jobIn(store, status);

        await changesNothing(store, async () => assert.equal(await store.remove(id), status));
      });
    }

    it("R30 says that there is no such job", async (store) => {
      await enqueue(store, { id: "a" });

      assert.equal(await store.remove("nobody"), "missing");
      assert.equal(await store.remove("a"), "removed");
      assert.equal(await store.remove("a"), "missing");
    });

    it("R30 leaves a running job to its worker", async (store) => {
      await enqueue(store, { id: "a" });
      const held = await claimOne(store);

      await store.remove("a");

      await settle(store, held, { type: "completed" });
    });
  });
}
