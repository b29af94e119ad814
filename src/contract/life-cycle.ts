// Contract: setting a store up and closing it.

import assert from "node:assert/strict";
import { aJob, T0 } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import { changesNothing, claim, enqueue, hasCode, read } from "./steps.ts";

export function describeLifeCycle({ describe, it, itUntouched }: Contract): void {
  describe("setup and close", () => {
    it("has a name", async (store) => {
      assert.match(store.name, /\S/);
    });

    itUntouched("R32 makes what it needs on first use", async (store) => {
      const { id } = await enqueue(store);

      assert.equal((await read(store, id)).id, id);
    });

    itUntouched(
      "R32 can be set up by several connections at once, which then see the same jobs",
      async (store, second) => {
        await Promise.all([store.setup(), second.setup(), store.setup(), second.setup()]);

        const { id } = await enqueue(store);
        assert.equal((await read(second, id)).id, id);
      },
    );

    itUntouched("R32 can be used at first by several connections at once", async (store, second) => {
      const [mine, theirs] = await Promise.all([enqueue(store), enqueue(second)]);

      assert.notEqual(mine.id, theirs.id);
      assert.equal((await store.list({})).length, 2);
    });

    it("keeps its jobs when it is set up again", async (store) => {
      await enqueue(store);

      await changesNothing(store, () => store.setup());
    });

    it("can be closed twice", async (store) => {
      await store.close();
      await store.close();
    });

    it("refuses every call once it is closed", async (store) => {
      await store.close();

      const unavailable = hasCode("STORE_UNAVAILABLE");
      await assert.rejects(store.insert([aJob()], { now: T0 }), unavailable);
      await assert.rejects(claim(store), unavailable);
      await assert.rejects(store.due({ limit: 1, now: T0 }), unavailable);
      await assert.rejects(store.get("a"), unavailable);
      await assert.rejects(store.list({}), unavailable);
      await assert.rejects(store.stats({}), unavailable);
      await assert.rejects(store.nextRunAt({}), unavailable);
      await assert.rejects(store.retryFailed({ now: T0 }), unavailable);
    });

    it("changes nothing that it is handed", async (store) => {
      const job = Object.freeze(aJob());
      const request = Object.freeze({
        limit: 1,
        now: T0,
        workerId: "w",
        leaseMs: 1000,
        queues: Object.freeze(["default"]),
      });

      await store.insert(Object.freeze([job]), Object.freeze({ now: T0 }));
      const [held] = await store.claim(request);
      assert.ok(held !== undefined);
      Object.freeze(held);
      const progress = Object.freeze({
        processed: 1,
        total: 2,
        percentage: 50,
        status: "processing",
        message: null,
      } as const);
      assert.equal(await store.extend(held, Object.freeze({ now: T0, leaseMs: 1000, progress })), "held");
      assert.equal(
        await store.settle(held, Object.freeze({ type: "completed" }), Object.freeze({ now: T0 })),
        "settled",
      );
      assert.equal(T0.toISOString(), "2030-01-01T00:00:00.000Z");
    });
  });
}
