// Contract: of the jobs with one unique key one is live at a time (R8).

import assert from "node:assert/strict";
import { aJob } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import { at, changesNothing, claim, claimOne, ended, enqueue, enqueueAll, everyJob, jobIn, settle } from "./steps.ts";

export function describeUniqueKeys({ describe, it }: Contract): void {
  describe("unique keys", () => {
    for (const status of ["pending", "processing"] as const) {
      it(`R8 answers with the ${status} job that holds the key, and stores nothing`, async (store) => {
        const holder = await jobIn(store, status, { uniqueKey: "import", data: { first: true } });

        await changesNothing(store, async () => {
          const answer = await enqueue(store, { uniqueKey: "import", data: { first: false }, queue: "other" }, at(9));
          assert.deepEqual(answer, { ...holder, deduplicated: true });
        });
      });
    }

    for (const status of ["completed", "failed"] as const) {
      it(`R8 frees the key of a ${status} job`, async (store) => {
        await jobIn(store, status, { uniqueKey: "import" });

        assert.equal((await enqueue(store, { uniqueKey: "import" })).deduplicated, false);
        assert.equal((await enqueue(store, { uniqueKey: "import" })).deduplicated, true);
      });
    }

    it("R8 holds the key through a retry", async (store) => {
      const { id } = await enqueue(store, { uniqueKey: "import" });
      await settle(store, await claimOne(store), { type: "retry", runAt: at(4000), error: "boom" });

      assert.equal((await enqueue(store, { uniqueKey: "import" }, at(1))).id, id);
      await claimOne(store, { now: at(4000) });
      assert.equal((await enqueue(store, { uniqueKey: "import" }, at(4000))).id, id);
    });

    it("R8 holds the key when the claim was handed back", async (store) => {
      const { id } = await enqueue(store, { uniqueKey: "import" });
      await settle(store, await claimOne(store), { type: "released" });

      assert.equal((await enqueue(store, { uniqueKey: "import" })).id, id);
    });

    it("R8 frees the key of a removed job", async (store) => {
      const { id } = await enqueue(store, { uniqueKey: "import" });
      await store.remove(id);

      assert.equal((await enqueue(store, { uniqueKey: "import" })).deduplicated, false);
    });

    it("R8 leaves a key with its holder when an older job of that key is purged", async (store) => {
      await ended(store, "completed", { uniqueKey: "import" });
      const { id } = await enqueue(store, { uniqueKey: "import" }, at(1000));

      assert.equal(await store.purge({ statuses: ["completed"], before: at(500) }), 1);

      assert.equal((await enqueue(store, { uniqueKey: "import" }, at(1000))).id, id);
    });

    it("R8 takes jobs without a key for different ones", async (store) => {
      const answers = await enqueueAll(store, [aJob(), aJob(), aJob({ uniqueKey: "k" }), aJob()]);

      assert.deepEqual(
        answers.map((answer) => answer.deduplicated),
        [false, false, false, false],
      );
    });

    it("R8 stores the first of two with one key in one call, and the others of the call", async (store) => {
      const list = [aJob({ uniqueKey: "k" }), aJob(), aJob({ uniqueKey: "k" }), aJob({ uniqueKey: "l" })];

      const answers = await enqueueAll(store, list);

      assert.deepEqual(
        answers.map((answer) => [answer.id, answer.deduplicated]),
        [
          [list[0]?.id, false],
          [list[1]?.id, false],
          [list[0]?.id, true],
          [list[3]?.id, false],
        ],
      );
      assert.equal((await everyJob(store)).length, 3);
    });

    it("R8 has one space of keys for all queues and classes", async (store) => {
      const { id } = await enqueue(store, { uniqueKey: "k", queue: "a", jobClass: "A" });

      assert.equal((await enqueue(store, { uniqueKey: "k", queue: "b", jobClass: "B" })).id, id);
    });

    it("BM-013 hands out one job of a key, however many were sent and are asked for", async (store) => {
      for (let n = 0; n < 5; n++) await enqueue(store, { uniqueKey: "k", data: { n } });

      const claims = await claim(store, { limit: 5 });

      assert.deepEqual(
        claims.map((held) => held.data),
        [{ n: 0 }],
      );
    });

    it("BM-196 compares keys as whole texts, never by what they might mean", async (store) => {
      const keys = ["{}", '{"a":1}', '{"a":1.0}', '{ "a":1}', "%", "_", "*", "k", "ｋ"];

      for (const uniqueKey of keys) assert.equal((await enqueue(store, { uniqueKey })).deduplicated, false);
      for (const uniqueKey of keys) assert.equal((await enqueue(store, { uniqueKey })).uniqueKey, uniqueKey);

      assert.equal((await everyJob(store)).length, keys.length);
    });

    it("BM-179 compares keys byte by byte", async (store) => {
      const keys = ["a", "A", "a ", " a", "é", "e\u0301", "ss", "ß", "1", "01", "null"];

      const answers = await enqueueAll(
        store,
        keys.map((uniqueKey) => aJob({ uniqueKey })),
      );

      assert.deepEqual(
        answers.map((answer) => [answer.uniqueKey, answer.deduplicated]),
        keys.map((uniqueKey) => [uniqueKey, false]),
      );
    });

    it("R4 tells keys of 255 characters apart by the last one", async (store) => {
      const long = "k".repeat(254);

      await enqueue(store, { uniqueKey: `${long}a` });

      assert.equal((await enqueue(store, { uniqueKey: `${long}b` })).deduplicated, false);
      assert.equal((await enqueue(store, { uniqueKey: `${long}a` })).deduplicated, true);
    });

    it("R7 looks for the given id first, then for the key", async (store) => {
      await enqueueAll(store, [aJob({ id: "a", uniqueKey: "ka" }), aJob({ id: "b", uniqueKey: "kb" })]);

      assert.equal((await enqueue(store, { id: "a", uniqueKey: "kb" })).id, "a");
      assert.equal((await enqueue(store, { id: "c", uniqueKey: "kb" })).id, "b");
      assert.equal(await store.get("c"), null);
    });

    it("BM-202 keeps a key whose job is long overdue", async (store) => {
      const { id } = await enqueue(store, { uniqueKey: "k", runAt: at(-1_000_000_000) });

      assert.equal((await enqueue(store, { uniqueKey: "k" }, at(1_000_000_000))).id, id);
    });

    it("BM-198 stores one job for one key sent many times at once", async (store, second) => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => enqueue(index % 2 === 0 ? store : second, { uniqueKey: "k" })),
      );

      assert.equal(answers.filter((answer) => !answer.deduplicated).length, 1);
      assert.equal(new Set(answers.map((answer) => answer.id)).size, 1);
      assert.equal((await everyJob(store)).length, 1);
    });

    it("BM-198 stores one job per key when lists of keys cross", async (store, second) => {
      const keys = Array.from({ length: 10 }, (_, index) => `k${index}`);
      const send = (to: typeof store, order: readonly string[]) =>
        enqueueAll(
          to,
          order.map((uniqueKey) => aJob({ uniqueKey })),
        );

      await Promise.all([send(store, keys), send(second, keys.toReversed()), send(store, keys), send(second, keys)]);

      const stored = (await everyJob(store)).map((job) => job.uniqueKey);
      assert.deepEqual(stored.sort(), keys);
    });
  });
}
