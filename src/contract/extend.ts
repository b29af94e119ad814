// Contract: lengthening a lease, with or without progress (R18, R25).

import assert from "node:assert/strict";
import type { JobProgress } from "../job/record.ts";
import { jobs, T0 } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import {
  assertFields,
  at,
  changesNothing,
  claim,
  claimOne,
  enqueue,
  enqueueAll,
  LEASE_MS,
  read,
  settle,
} from "./steps.ts";

const PROGRESS: JobProgress = { processed: 1, total: 3, percentage: 33, status: "processing", message: "resizing" };

export function describeExtend({ describe, it }: Contract): void {
  describe("extend", () => {
    it("R25 moves the end of the lease, and nothing else", async (store) => {
      const { id } = await enqueue(store, { data: { a: 1 } });
      const held = await claimOne(store);
      const before = await read(store, id);

      assert.equal(await store.extend(held, { now: at(10_000), leaseMs: 30_000 }), "held");

      assert.deepEqual(await read(store, id), { ...before, lockedUntil: at(40_000), updatedAt: at(10_000) });
    });

    it("R18 stores the progress it is given", async (store) => {
      const { id } = await enqueue(store);
      const held = await claimOne(store);

      await store.extend(held, { now: at(1), leaseMs: LEASE_MS, progress: PROGRESS });

      assert.deepEqual((await read(store, id)).progress, PROGRESS);
    });

    it("R18 keeps the progress there is when it is given none", async (store) => {
      const { id } = await enqueue(store);
      const held = await claimOne(store);
      await store.extend(held, { now: at(1), leaseMs: LEASE_MS, progress: PROGRESS });

      await store.extend(held, { now: at(2), leaseMs: LEASE_MS });

      assert.deepEqual((await read(store, id)).progress, PROGRESS);
    });

    it("R18 replaces progress by later progress", async (store) => {
      const { id } = await enqueue(store);
      const held = await claimOne(store);
      const done: JobProgress = { processed: 3, total: 3, percentage: 100, status: "completed", message: null };

      await store.extend(held, { now: at(1), leaseMs: LEASE_MS, progress: PROGRESS });
      await store.extend(held, { now: at(2), leaseMs: LEASE_MS, progress: done });

      assert.deepEqual((await read(store, id)).progress, done);
    });

    it("R18 keeps fractions, large numbers and any text in progress", async (store) => {
      const { id } = await enqueue(store);
      const held = await claimOne(store);
      const progress: JobProgress = {
        processed: 0.5,
        total: 2 ** 53 - 1,
        percentage: 0,
        status: "processing",
        message: "'\"\\ \u0000 \ud800 👍 __proto__",
      };

      await store.extend(held, { now: at(1), leaseMs: LEASE_MS, progress });

      assert.deepEqual((await read(store, id)).progress, progress);
    });

    it("BM-234 cuts the row off from the progress that was given, and from what it hands out", async (store) => {
      const { id } = await enqueue(store);
      const held = await claimOne(store);
      const progress = { ...PROGRESS };
      await store.extend(held, { now: at(1), leaseMs: LEASE_MS, progress });

      progress.message = "changed";
      Object.assign((await read(store, id)).progress ?? {}, { message: "changed" });

      assert.deepEqual((await read(store, id)).progress, PROGRESS);
    });

    it("R25 extends a lease that is over, as long as nobody has taken the job back", async (store) => {
      const { id } = await enqueue(store);
      const held = await claimOne(store);

      assert.equal(await store.extend(held, { now: at(LEASE_MS + 5000), leaseMs: 1000 }), "held");

      assertFields(await read(store, id), { status: "processing", lockedUntil: at(LEASE_MS + 6000) });
      assert.deepEqual(await store.expired({ now: at(LEASE_MS + 5999), limit: 5 }), []);
    });

    it("R25 can shorten a lease", async (store) => {
      await enqueue(store);
      const held = await claimOne(store);

      await store.extend(held, { now: at(10), leaseMs: 5 });

      assert.deepEqual(await store.expired({ now: at(14), limit: 5 }), []);
      assert.equal((await store.expired({ now: at(15), limit: 5 })).length, 1);
    });

    it("extends again and again by one and the same claim", async (store) => {
      const { id } = await enqueue(store);
      const held = await claimOne(store);

      for (let beat = 1; beat <= 20; beat++) {
        assert.equal(await store.extend(held, { now: at(beat * 1000), leaseMs: 3000 }), "held");
      }

      assertFields(await read(store, id), { lockedUntil: at(23_000), attempts: 1 });
    });

    it("extends one lease of many", async (store) => {
      await enqueueAll(store, jobs(5));
      const claims = await claim(store, { limit: 5 });
      const [, , held, ...rest] = claims;
      assert.ok(held !== undefined);

      await store.extend(held, { now: at(1000), leaseMs: LEASE_MS });

      for (const other of rest) assert.deepEqual((await read(store, other.id)).lockedUntil, at(LEASE_MS));
      assert.equal((await store.expired({ now: at(LEASE_MS), limit: 9 })).length, 4);
    });
  });

  describe("extend, when the claim is lost", () => {
    it("R24 answers so for another token, worker or number, and for a job that is gone", async (store) => {
      await enqueue(store);
      const held = await claimOne(store, { workerId: "worker-1" });

      await changesNothing(store, async () => {
        for (const other of [
          { ...held, token: `${held.token}x` },
          { ...held, token: "" },
          { ...held, lockedBy: "worker-2" },
          { ...held, lockedBy: null },
          { ...held, seq: held.seq + 1 },
          { ...held, id: "nobody" },
        ]) {
          assert.equal(await store.extend(other, { now: at(1), leaseMs: LEASE_MS, progress: PROGRESS }), "lost");
        }
      });
    });

    for (const outcome of [
      { type: "completed" },
      { type: "failed", error: "boom" },
      { type: "retry", runAt: at(4000), error: "boom" },
      { type: "released" },
    ] as const) {
      it(`R24 answers so after the claim was settled: ${outcome.type}`, async (store) => {
        await enqueue(store);
        const held = await claimOne(store);
        await settle(store, held, outcome);

        await changesNothing(store, async () => {
          assert.equal(await store.extend(held, { now: at(1), leaseMs: LEASE_MS, progress: PROGRESS }), "lost");
        });
      });
    }

    it("BM-020 answers so after a rescue, though the same worker holds the job anew", async (store) => {
      await enqueue(store);
      const lost = await claimOne(store);
      await store.settle(
        lost,
        { type: "retry", runAt: T0, error: "worker lost" },
        { now: at(LEASE_MS), expired: true },
      );
      const held = await claimOne(store, { now: at(LEASE_MS) });

      assert.equal(await store.extend(lost, { now: at(LEASE_MS), leaseMs: 99_000 }), "lost");

      assert.deepEqual((await read(store, held.id)).lockedUntil, at(2 * LEASE_MS));
    });

    it("R24 answers so for a job that was deleted, and for a new one of its id", async (store) => {
      await enqueue(store, { id: "a" });
      const held = await claimOne(store);
      await settle(store, held, { type: "completed" });
      await store.purge({ statuses: ["completed"], before: at(1) });
      assert.equal(await store.extend(held, { now: at(1), leaseMs: LEASE_MS }), "lost");

      await enqueue(store, { id: "a" });
      const anew = await claimOne(store);

      assert.equal(await store.extend({ ...held, token: anew.token }, { now: at(1), leaseMs: LEASE_MS }), "lost");
      assert.deepEqual((await read(store, "a")).lockedUntil, at(LEASE_MS));
    });
  });
}
