// Contract: what an enqueued job looks like, and that a batch is stored as a whole or not at all.

import assert from "node:assert/strict";
import type { JobRecord } from "../job/record.ts";
import { aJob, jobs, nextId, T0 } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import { assertFields, at, changesNothing, enqueue, enqueueAll, everyJob, idsOf, only, read } from "./steps.ts";

const FIELDS: readonly (keyof JobRecord)[] = [
  "id",
  "seq",
  "jobClass",
  "queue",
  "data",
  "priority",
  "status",
  "attempts",
  "maxRetries",
  "lastError",
  "runAt",
  "createdAt",
  "updatedAt",
  "startedAt",
  "completedAt",
  "failedAt",
  "timeout",
  "lockedBy",
  "lockedUntil",
  "uniqueKey",
  "progress",
  "carried",
];

export function describeInsert({ describe, it }: Contract): void {
  describe("insert", () => {
    it("R5 stores a job as it was given", async (store) => {
      const given = {
        id: "order-7",
        jobClass: "ChargeJob",
        queue: "payments",
        data: { orderId: 7 },
        priority: 10,
        maxRetries: 5,
        timeout: 60,
        runAt: at(1500),
        uniqueKey: "charge 7",
      };

      await enqueue(store, { ...given, carried: '{"tenant":"acme"}' }, at(250));

      const { seq, ...stored } = await read(store, "order-7");
      assert.equal(Number.isSafeInteger(seq), true);
      assert.deepEqual(stored, {
        ...given,
        status: "pending",
        attempts: 0,
        lastError: null,
        createdAt: at(250),
        updatedAt: at(250),
        startedAt: null,
        completedAt: null,
        failedAt: null,
        lockedBy: null,
        lockedUntil: null,
        progress: null,
        carried: { tenant: "acme" },
      });
    });

    it("R7 answers with the row as it is read afterwards", async (store) => {
      const answer = await enqueue(store, { data: { a: [1, { b: null }] }, carried: "1", uniqueKey: "k" });

      const { deduplicated, ...record } = answer;
      assert.equal(deduplicated, false);
      assert.deepEqual(record, await read(store, answer.id));
    });

    it("gives every field of a record, and no other", async (store) => {
      const { id } = await enqueue(store);

      assert.deepEqual(Object.keys(await read(store, id)).sort(), [...FIELDS].sort());
    });

    it("keeps one connection's jobs for the other to read", async (store, second) => {
      const { id } = await enqueue(store, { data: { a: 1 } });

      assert.deepEqual(await read(second, id), await read(store, id));
    });

    it("R11 numbers jobs in the order of the list", async (store) => {
      const answers = await enqueueAll(store, jobs(20));

      const seqs = answers.map((job) => job.seq);
      assert.deepEqual(
        seqs,
        [...new Set(seqs)].sort((a, b) => a - b),
      );
    });

    it("R11 numbers a later insert's jobs higher", async (store, second) => {
      const first = await enqueue(store);
      const then = await enqueue(second);
      const last = await enqueue(store);

      assert.ok(first.seq < then.seq && then.seq < last.seq, `${first.seq}, ${then.seq}, ${last.seq}`);
    });

    it("answers in the order of the list", async (store) => {
      const list = jobs(30, (index) => ({ priority: index % 3, runAt: at(-index) }));

      assert.deepEqual(idsOf(await enqueueAll(store, list)), idsOf(list));
    });

    it("stores nothing for an empty list", async (store) => {
      assert.deepEqual(await enqueueAll(store, []), []);
      assert.deepEqual(await everyJob(store), []);
    });

    it("R10 stores a thousand jobs in one call", async (store) => {
      const list = jobs(1000, (index) => ({ data: { index } }));

      await enqueueAll(store, list);

      assert.deepEqual(idsOf(await everyJob(store)), idsOf(list).toReversed());
    });

    it("R10 stores none of a list when one of it cannot be", async (store) => {
      const { id } = await enqueue(store);
      const newId = (): string => {
        throw new RangeError("out of ids");
      };

      await changesNothing(store, async () => {
        const list = [aJob({ id: "a", uniqueKey: "k" }), { ...aJob(), id }, aJob()];
        await assert.rejects(store.insert(list, { now: T0, newId }), /out of ids/);
      });
      assert.equal((await enqueue(store, { id: "a", uniqueKey: "k" })).deduplicated, false);
    });

    it("R10 stores none of a list of which two have one made id, when no other is to be had", async (store) => {
      const newId = (): string => {
        throw new RangeError("out of ids");
      };
      const [one, two] = jobs(2);
      assert.ok(one !== undefined && two !== undefined);

      await changesNothing(store, async () => {
        await assert.rejects(store.insert([one, { ...two, id: one.id }], { now: T0, newId }), /out of ids/);
      });
    });

    it("BM-068 refuses a runAt that is no instant, and the whole list with it", async (store) => {
      await changesNothing(store, async () => {
        await assert.rejects(enqueueAll(store, [aJob(), aJob({ runAt: new Date(Number.NaN) })]));
      });
    });

    it("BM-234 cuts the row off from the Date that was given", async (store) => {
      const runAt = at(1000);
      const now = at(0);
      const { id } = await enqueue(store, { runAt }, now);

      runAt.setTime(0);
      now.setTime(0);

      assertFields(await read(store, id), { runAt: at(1000), createdAt: T0 });
    });

    it("BM-234 cuts the row off from every record it hands out", async (store) => {
      const answer = await enqueue(store, { data: { list: [1] }, carried: '{"a":1}' });
      const before = structuredClone(await read(store, answer.id));

      for (const record of [answer, await read(store, answer.id), only(await store.due({ limit: 1, now: T0 }))]) {
        (record.data as { list: number[] }).list.push(2);
        (record.carried as { a: number }).a = 2;
        record.runAt.setTime(0);
        Object.assign(record, { status: "failed", priority: 9 });
      }

      assert.deepEqual(await read(store, answer.id), before);
    });

    it("stores at once where it can, with the same answer", async (store) => {
      if (store.insertSync === undefined) return;
      const [plain, key] = [aJob({ data: { a: 1 } }), aJob({ uniqueKey: "k" })];

      const answers = store.insertSync([plain, key, aJob({ uniqueKey: "k" })], { now: T0 });

      assert.deepEqual(
        answers.map((answer) => [answer.id, answer.deduplicated]),
        [
          [plain.id, false],
          [key.id, false],
          [key.id, true],
        ],
      );
      const { deduplicated, ...record } = answers[0] ?? { deduplicated: null };
      assert.deepEqual([deduplicated, record], [false, await read(store, plain.id)]);
    });

    it("works by the `now` it is given, whatever the time is", async (store) => {
      for (const year of [1985, 2500]) {
        const now = new Date(Date.UTC(year, 5, 1));
        const { id } = await enqueue(store, { id: nextId(), runAt: now }, now);
        assertFields(await read(store, id), { createdAt: now, updatedAt: now, runAt: now });
      }
    });
  });
}
