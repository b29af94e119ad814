// Contract: enqueueing with an id of the caller's own, so that an enqueue can be sent again (R7).

import assert from "node:assert/strict";
import { JOB_STATUSES } from "../job/record.ts";
import { aJob, jobs, T0 } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import { at, changesNothing, claimOne, ended, enqueue, enqueueAll, everyJob, jobIn, read, settle } from "./steps.ts";

export function describeGivenIds({ describe, it }: Contract): void {
  describe("given ids", () => {
    it("R7 answers with the row of an id that exists, and stores nothing", async (store) => {
      const first = await enqueue(store, { id: "order-7", data: { first: true } });

      await changesNothing(store, async () => {
        const again = await enqueue(
          store,
          { id: "order-7", data: { first: false }, queue: "other", priority: 9 },
          at(5),
        );
        assert.deepEqual(again, { ...first, deduplicated: true });
      });
    });

    for (const status of JOB_STATUSES) {
      it(`R7 answers with the row of an id that exists when it is ${status}`, async (store) => {
        const job = await jobIn(store, status, { id: "order-7" });

        assert.deepEqual(await enqueue(store, { id: "order-7" }), { ...job, deduplicated: true });
      });
    }

    it("R7 stores the first of two that are given one id in one call", async (store) => {
      const answers = await enqueueAll(store, [
        aJob({ id: "a", data: { first: true } }),
        aJob({ id: "b" }),
        aJob({ id: "a", data: { first: false } }),
      ]);

      assert.deepEqual(
        answers.map(({ id, deduplicated, data }) => [id, deduplicated, data]),
        [
          ["a", false, { first: true }],
          ["b", false, {}],
          ["a", true, { first: true }],
        ],
      );
      assert.equal((await everyJob(store)).length, 2);
    });

    it("BM-077 keeps ids that look like wide numbers as the texts they are", async (store) => {
      const ids = [`${2 ** 31 + 5}`, "9007199254740993", "18446744073709551616", "007"];
      for (const id of ids) await ended(store, "failed", { id });

      for (const id of ids) {
        assert.deepEqual(await store.retry(id, { now: T0 }), { type: "retried" });
        assert.equal((await claimOne(store, { id })).id, id);
      }
      assert.deepEqual((await everyJob(store)).map(({ id }) => id).toSorted(), ids.toSorted());
    });

    it("BM-179 compares ids byte by byte", async (store) => {
      const ids = ["a", "A", "a ", " a", "é", "e\u0301", "ss", "ß", "a\t", "0", "00", "1e1", "10"];

      const answers = await enqueueAll(
        store,
        ids.map((id) => aJob({ id, data: { id } })),
      );

      assert.deepEqual(
        answers.map((answer) => [answer.id, answer.deduplicated]),
        ids.map((id) => [id, false]),
      );
      for (const id of ids) assert.deepEqual((await read(store, id)).data, { id });
    });

    it("BM-047 takes an id that looks like nothing for an id", async (store) => {
      for (const id of ["0", "null", "undefined", "false", " "]) {
        await enqueue(store, { id });
        assert.equal((await enqueue(store, { id })).deduplicated, true);
        assert.equal((await read(store, id)).id, id);
      }
    });

    it("knows no job of an id that nobody gave", async (store) => {
      await enqueue(store, { id: "a" });

      assert.equal(await store.get("b"), null);
      assert.equal(await store.get(""), null);
    });

    it("R7 lets an id be given again once its row was purged", async (store) => {
      const before = await ended(store, "completed", { id: "a" });
      await store.purge({ statuses: ["completed"], before: at(1) });

      const again = await enqueue(store, { id: "a" });

      assert.equal(again.deduplicated, false);
      assert.ok(again.seq > before.seq);
    });

    it("R30 lets an id be given again once its job was removed", async (store) => {
      await enqueue(store, { id: "a" });
      await store.remove("a");

      assert.equal((await enqueue(store, { id: "a" })).deduplicated, false);
    });

    it("BM-037 stores one job for one id sent many times at once", async (store, second) => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          enqueue(index % 2 === 0 ? store : second, { id: "order-7", data: { index } }),
        ),
      );

      assert.equal(answers.filter((answer) => !answer.deduplicated).length, 1);
      assert.equal((await everyJob(store)).length, 1);
      for (const answer of answers) assert.deepEqual(answer.data, answers[0]?.data);
    });

    it("BM-037 is safe to send again after a crash, wherever the job is by then", async (store) => {
      await enqueue(store, { id: "order-7" });
      const held = await claimOne(store);
      await enqueue(store, { id: "order-7" });
      await settle(store, held, { type: "retry", runAt: at(4000), error: "boom" });

      const again = await enqueue(store, { id: "order-7" });

      assert.deepEqual([again.deduplicated, again.attempts, again.lastError], [true, 1, "boom"]);
      assert.equal((await everyJob(store)).length, 1);
    });
  });

  describe("made ids", () => {
    it("R7 makes an id anew that exists", async (store) => {
      const first = await enqueue(store);
      const clash = { ...aJob({ data: { second: true } }), id: first.id };

      const [second] = await store.insert([clash], { now: T0, newId: () => "made-anew" });

      assert.deepEqual([second?.id, second?.deduplicated], ["made-anew", false]);
      assert.deepEqual((await read(store, "made-anew")).data, { second: true });
      assert.deepEqual((await read(store, first.id)).data, {});
    });

    it("R7 makes an id anew that exists, though lower ones were stored since", async (store) => {
      await enqueueAll(
        store,
        ["m", "a"].map((id) => aJob({ id })),
      );

      const [job] = await store.insert([{ ...aJob(), id: "m" }], { now: T0, newId: () => "made-anew" });

      assert.equal(job?.id, "made-anew");
      assert.equal((await everyJob(store)).length, 3);
    });

    it("R7 makes an id anew until it is free", async (store) => {
      await enqueueAll(
        store,
        ["a", "b", "c"].map((id) => aJob({ id })),
      );
      const offered = ["b", "c", "d", "e"];

      const [job] = await store.insert([{ ...aJob(), id: "a" }], { now: T0, newId: () => offered.shift() ?? "none" });

      assert.equal(job?.id, "d");
    });

    it("R7 makes an id anew that one call has twice", async (store) => {
      const [one, two] = jobs(2);
      assert.ok(one !== undefined && two !== undefined);

      const answers = await store.insert([one, { ...two, id: one.id }], { now: T0, newId: () => "made-anew" });

      assert.deepEqual(
        answers.map((answer) => [answer.id, answer.deduplicated]),
        [
          [one.id, false],
          ["made-anew", false],
        ],
      );
    });

    it("asks for no id while the given ones will do", async (store) => {
      let asked = 0;
      const newId = (): string => `asked-${asked++}`;
      await enqueue(store, { id: "a", uniqueKey: "k" });

      await store.insert([aJob(), aJob({ id: "a" }), aJob({ uniqueKey: "k" }), aJob({ id: "b" })], { now: T0, newId });

      assert.equal(asked, 0);
    });
  });
}
