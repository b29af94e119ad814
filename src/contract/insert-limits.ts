// Contract: the earliest and the latest instant, the longest name and the oddest, the smallest and the largest number.

import assert from "node:assert/strict";
import { aJob, jobs, T0 } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import { assertFields, at, enqueue, enqueueAll, only, read } from "./steps.ts";

export function describeInsertLimits({ describe, it }: Contract): void {
  describe("insert, at its limits", () => {
    it("R4 keeps a runAt in the past as it was given", async (store) => {
      const { id } = await enqueue(store, { runAt: at(-86_400_000) });

      assertFields(await read(store, id), { runAt: at(-86_400_000), createdAt: T0 });
    });

    it("R38 keeps every instant to the millisecond", async (store) => {
      const instants = [1, 9, 10, 99, 100, 499, 500, 501, 999, 1000].map(at);

      await enqueueAll(
        store,
        jobs(10, (index) => ({ id: `at-${index}`, runAt: instants[index] ?? T0 })),
        at(123),
      );

      for (const [index, instant] of instants.entries()) {
        assertFields(await read(store, `at-${index}`), { runAt: instant, createdAt: at(123), updatedAt: at(123) });
      }
    });

    for (const instant of [
      "0001-01-01T00:00:00.000Z",
      "1582-10-10T12:00:00.000Z",
      "1969-12-31T23:59:59.999Z",
      "1970-01-01T00:00:00.000Z",
      "2038-01-19T03:14:08.001Z",
      "2106-02-07T06:28:16.000Z",
      "9999-12-31T23:59:59.999Z",
    ]) {
      it(`BM-177 keeps the instant ${instant}`, async (store) => {
        const { id, runAt } = await enqueue(store, { runAt: new Date(instant) }, new Date(instant));

        assert.equal(runAt.toISOString(), instant);
        assertFields(await read(store, id), { runAt: new Date(instant), createdAt: new Date(instant) });
      });
    }

    it("R2 keeps the lowest and the highest priority", async (store) => {
      await enqueueAll(store, [aJob({ id: "low", priority: -(2 ** 31) }), aJob({ id: "high", priority: 2 ** 31 - 1 })]);

      assert.equal((await read(store, "low")).priority, -2147483648);
      assert.equal((await read(store, "high")).priority, 2147483647);
    });

    it("R5 keeps the smallest and the largest timeout and maxRetries", async (store) => {
      await enqueueAll(store, [
        aJob({ id: "small", timeout: 0.001, maxRetries: 1 }),
        aJob({ id: "odd", timeout: 1.234, maxRetries: 2 }),
        aJob({ id: "large", timeout: 2 ** 31 - 1, maxRetries: 2 ** 31 - 1 }),
      ]);

      assertFields(await read(store, "small"), { timeout: 0.001, maxRetries: 1 });
      assertFields(await read(store, "odd"), { timeout: 1.234, maxRetries: 2 });
      assertFields(await read(store, "large"), { timeout: 2147483647, maxRetries: 2147483647 });
    });

    it("R4 keeps names of every length that is allowed", async (store) => {
      const id = "i".repeat(36);
      const names = { queue: "q".repeat(100), jobClass: "C".repeat(255), uniqueKey: "k".repeat(255) };

      await enqueue(store, { id, ...names });

      assertFields(await read(store, id), names);
    });

    it("R4 counts a length in UTF-16 units, not in bytes", async (store) => {
      const id = "é".repeat(36);
      const names = { queue: "日".repeat(100), jobClass: "ß".repeat(255), uniqueKey: "😀".repeat(127) };

      await enqueue(store, { id, ...names });

      assertFields(await read(store, id), names);
    });

    for (const name of [
      "'; DROP TABLE wheels_jobs;--",
      'a"b`c',
      "100%_\\",
      "\\'",
      "$1 ?1 :a @b",
      "line\nbreak\ttab",
      "null",
    ]) {
      it(`BM-180 takes ${JSON.stringify(name)} for a name and nothing else`, async (store) => {
        const { id } = await enqueue(store, { id: name, queue: name, jobClass: name, uniqueKey: name });
        await enqueue(store);

        const filter = { queue: name, jobClass: name, uniqueKey: name };
        assert.deepEqual(only(await store.list(filter)), await read(store, id));
        assertFields(await read(store, name), { queue: name, jobClass: name, uniqueKey: name });
      });
    }
  });
}
