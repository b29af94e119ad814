// Contract: the one atomic step that gives due jobs to a worker (R11 to R13).

import assert from "node:assert/strict";
import { aJob, jobs, T0 } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import {
  assertFields,
  at,
  changesNothing,
  claim,
  claimOne,
  enqueue,
  enqueueAll,
  idsOf,
  jobIn,
  read,
  settle,
} from "./steps.ts";

export function describeClaim({ describe, it }: Contract): void {
  describe("claim", () => {
    it("R12 writes worker, lease, start and attempt, and nothing else", async (store) => {
      const job = await enqueue(store, { data: { a: 1 }, uniqueKey: "k", carried: "1" });

      await claimOne(store, { now: at(500), workerId: "worker-7", leaseMs: 30_000 });

      const { deduplicated: _, ...before } = job;
      assert.deepEqual(await read(store, job.id), {
        ...before,
        status: "processing",
        attempts: 1,
        startedAt: at(500),
        updatedAt: at(500),
        lockedBy: "worker-7",
        lockedUntil: at(30_500),
      });
    });

    it("R12 answers with the row as it then is, and a token", async (store) => {
      const { id } = await enqueue(store, { data: { a: 1 }, carried: "1" });

      const { token, ...record } = await claimOne(store);

      assert.ok(typeof token === "string" && token.length > 0);
      assert.deepEqual(record, await read(store, id));
    });

    it("R12 keeps what an attempt before left: its error, and no progress", async (store) => {
      const { id } = await enqueue(store);
      const held = await claimOne(store);
      const progress = { processed: 1, total: 2, percentage: 50, status: "processing", message: null } as const;
      await store.extend(held, { now: T0, leaseMs: 1000, progress });
      await settle(store, held, { type: "retry", runAt: at(4000), error: "boom" });

      await claimOne(store, { now: at(4000) });

      assertFields(await read(store, id), { lastError: "boom", progress: null, attempts: 2, startedAt: at(4000) });
    });

    it("BM-070 counts one attempt per claim", async (store) => {
      const { id } = await enqueue(store);

      for (let attempt = 1; attempt <= 5; attempt++) {
        const held = await claimOne(store, { now: at(attempt) });
        assert.equal(held.attempts, attempt);
        await settle(store, held, { type: "retry", runAt: at(attempt), error: "boom" }, at(attempt));
      }

      assert.equal((await read(store, id)).attempts, 5);
    });

    it("BM-002 gives a new token at each claim, by the same worker too", async (store) => {
      await enqueueAll(store, jobs(3));
      const tokens = new Set<string>();

      for (let round = 0; round < 5; round++) {
        for (const held of await claim(store, { limit: 3 })) {
          tokens.add(`${held.id} ${held.token}`);
          await settle(store, held, { type: round === 2 ? "released" : "retry", runAt: T0, error: "boom" });
        }
      }

      assert.equal(tokens.size, 15);
    });

    it("BM-002 gives a new token after a retry by hand", async (store) => {
      const { id } = await enqueue(store);
      const held = await claimOne(store);
      await settle(store, held, { type: "failed", error: "boom" });
      await store.retry(id, { now: T0 });

      assert.notEqual((await claimOne(store)).token, held.token);
    });

    it("answers with nothing where nothing is", async (store) => {
      assert.deepEqual(await claim(store, { limit: 10 }), []);
    });

    for (const [offset, isDue] of [
      [-1, false],
      [0, true],
      [1, true],
    ] as const) {
      it(`R11 ${isDue ? "claims" : "does not claim"} a job when now is its runAt ${offset < 0 ? "−" : "+"} ${Math.abs(offset)} ms`, async (store) => {
        await enqueue(store, { runAt: at(5000) });

        assert.equal((await claim(store, { now: at(5000 + offset) })).length, isDue ? 1 : 0);
      });
    }

    it("BM-028 does not hand out a job before its instant, however often it is asked", async (store) => {
      const { id } = await enqueue(store, { runAt: at(6 * 3_600_000) });

      for (let hour = 0; hour < 6; hour++) {
        assert.deepEqual(await claim(store, { now: at(hour * 3_600_000), limit: 5 }), []);
      }

      assert.deepEqual(idsOf(await claim(store, { now: at(6 * 3_600_000), limit: 5 })), [id]);
      assert.deepEqual(await claim(store, { now: at(6 * 3_600_000), limit: 5 }), []);
    });

    it("BM-004 hands out as many as asked for, and no more than there are", async (store) => {
      await enqueueAll(store, jobs(10));

      assert.equal((await claim(store, { limit: 7 })).length, 7);
      assert.equal((await claim(store, { limit: 7 })).length, 3);
      assert.equal((await claim(store, { limit: 7 })).length, 0);
    });

    it("hands out nothing for a limit of 0", async (store) => {
      await enqueue(store);

      await changesNothing(store, async () => assert.deepEqual(await claim(store, { limit: 0 }), []));
    });

    it("R12 hands out each job once", async (store) => {
      const list = await enqueueAll(store, jobs(25));
      const handed: string[] = [];

      for (let round = 0; round < 10; round++) handed.push(...idsOf(await claim(store, { limit: 3 })));

      assert.deepEqual(handed, idsOf(list));
    });

    it("leaves the other jobs as they are", async (store) => {
      const others = [await jobIn(store, "completed"), await jobIn(store, "failed"), await jobIn(store, "processing")];
      const waiting = await enqueue(store, { runAt: at(1) });
      await enqueue(store);

      await claim(store, { limit: 10 });

      for (const other of others) assert.deepEqual(await read(store, other.id), other);
      assert.equal((await read(store, waiting.id)).status, "pending");
    });

    it("R11 claims what is due by an earlier now after it was asked for a later one (BM-150)", async (store) => {
      await enqueueAll(store, [aJob({ id: "late", runAt: at(1000), priority: 9 }), aJob({ id: "early" })]);
      await claim(store, { now: at(5000), queues: ["other"] });
      await store.due({ now: at(5000), limit: 1 });

      assert.deepEqual(idsOf(await claim(store, { now: at(999), limit: 5 })), ["early"]);
      assert.deepEqual(idsOf(await claim(store, { now: at(1000), limit: 5 })), ["late"]);
    });

    it("takes any name for a worker", async (store) => {
      for (const workerId of ["w".repeat(255), "host:1234#a b", "wörker 👷", "'; --"]) {
        const { id } = await enqueue(store);
        const held = await claimOne(store, { workerId });
        assert.equal((await read(store, id)).lockedBy, workerId);
        await settle(store, held, { type: "completed" });
      }
    });

    it("R38 keeps the end of a lease to the millisecond", async (store) => {
      await enqueueAll(store, jobs(3));

      for (const leaseMs of [1, 1234, 86_400_000 * 400]) {
        const held = await claimOne(store, { now: at(7), leaseMs });
        assert.deepEqual((await read(store, held.id)).lockedUntil, at(7 + leaseMs));
      }
    });
  });
}
