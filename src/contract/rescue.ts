// Contract: settling a claim whose lease is over, unless it was extended meanwhile (R25).

import assert from "node:assert/strict";
import type { Outcome } from "../job/outcome.ts";
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
  idsOf,
  LEASE_MS,
  only,
  read,
} from "./steps.ts";

const LOST: Outcome = { type: "retry", runAt: at(40_000), error: "worker lost" };

export function describeRescue({ describe, it }: Contract): void {
  describe("settle of an expired claim", () => {
    for (const outcome of [LOST, { type: "failed", error: "worker lost" }] as const) {
      it(`BM-045 writes what a settle by the holder would: ${outcome.type}`, async (store) => {
        const written = [];
        for (const expired of [false, true]) {
          const job = await enqueue(store, { data: { a: 1 }, uniqueKey: `k${expired}` });
          const held = await claimOne(store, { id: job.id });
          assert.equal(await store.settle(held, outcome, { now: at(31_000), expired }), "settled");
          written.push({ ...(await read(store, job.id)), id: "", seq: 0, uniqueKey: "" });
        }

        assert.deepEqual(written[0], written[1]);
      });
    }

    it("R25 refuses when the lease was extended since it was read (BM-051)", async (store) => {
      const { id } = await enqueue(store);
      const held = await claimOne(store);
      const read1 = only(await store.expired({ now: at(LEASE_MS), limit: 5 }));
      await store.extend(held, { now: at(LEASE_MS), leaseMs: LEASE_MS });

      await changesNothing(store, async () => {
        assert.equal(await store.settle(read1, LOST, { now: at(LEASE_MS), expired: true }), "lost");
      });
      assertFields(await read(store, id), { status: "processing", lockedUntil: at(2 * LEASE_MS) });
    });

    it("R25 tells leases apart by a millisecond", async (store) => {
      await enqueue(store);
      const held = await claimOne(store);
      await store.extend(held, { now: at(1), leaseMs: LEASE_MS });

      assert.equal(await store.settle(held, LOST, { now: at(99_000), expired: true }), "lost");
      const now = only(await store.expired({ now: at(99_000), limit: 5 }));
      assert.equal(await store.settle(now, LOST, { now: at(99_000), expired: true }), "settled");
    });

    it("R25 lets the holder go on until then, and not after", async (store) => {
      const { id } = await enqueue(store);
      const held = await claimOne(store);
      assert.equal(await store.extend(held, { now: at(LEASE_MS + 1), leaseMs: 10 }), "held");
      const expired = only(await store.expired({ now: at(LEASE_MS + 11), limit: 5 }));

      assert.equal(await store.settle(expired, LOST, { now: at(LEASE_MS + 11), expired: true }), "settled");

      assert.equal(await store.extend(held, { now: at(LEASE_MS + 12), leaseMs: 10 }), "lost");
      assert.equal(await store.settle(held, { type: "completed" }, { now: at(LEASE_MS + 12) }), "lost");
      assertFields(await read(store, id), {
        status: "pending",
        runAt: at(40_000),
        lastError: "worker lost",
        attempts: 1,
      });
    });

    it("BM-043 goes by the lease of each claim, not by one for all", async (store) => {
      await enqueueAll(store, jobs(2));
      const short = await claimOne(store, { leaseMs: 5000 });
      const long = await claimOne(store, { leaseMs: 36_000_000 });

      assert.deepEqual(idsOf(await store.expired({ now: at(60_000), limit: 5 })), [short.id]);
      assert.deepEqual(idsOf(await store.expired({ now: at(36_000_000), limit: 5 })), [short.id, long.id]);
    });

    it("BM-140 takes back no claim that was made by a clock ahead", async (store) => {
      await enqueueAll(store, jobs(2));
      const ahead = await claimOne(store, { now: at(300_000) });
      const behind = await claimOne(store, { now: at(0) });

      assert.deepEqual(idsOf(await store.expired({ now: at(LEASE_MS), limit: 5 })), [behind.id]);
      assert.deepEqual(idsOf(await store.expired({ now: at(330_000), limit: 5 })), [behind.id, ahead.id]);
    });

    it("BM-050 sets failedAt on a job that a rescue ends", async (store) => {
      const { id } = await enqueue(store);
      await claimOne(store);
      const expired = only(await store.expired({ now: at(LEASE_MS), limit: 5 }));

      await store.settle(expired, { type: "failed", error: "worker lost" }, { now: at(LEASE_MS), expired: true });

      assertFields(await read(store, id), { failedAt: at(LEASE_MS), lockedBy: null, lockedUntil: null });
    });

    it("BM-032 never shows a job as completed whose worker was lost", async (store) => {
      await enqueueAll(store, jobs(3));
      await claim(store, { limit: 3 });

      for (const expired of await store.expired({ now: at(LEASE_MS), limit: 5 })) {
        await store.settle(
          expired,
          { type: "retry", runAt: T0, error: "worker lost" },
          { now: at(LEASE_MS), expired: true },
        );
      }

      assert.deepEqual(await store.list({ status: "completed" }), []);
      assert.equal((await claim(store, { limit: 9, now: at(LEASE_MS) })).length, 3);
    });
  });
}
