// Contract: who holds a job no longer cannot settle it (R24).

import assert from "node:assert/strict";
import type { Outcome } from "../job/outcome.ts";
import type { Claim } from "../job/record.ts";
import { T0 } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import { assertFields, at, changesNothing, claimOne, enqueue, LEASE_MS, read, settle } from "./steps.ts";

const OUTCOMES: readonly Outcome[] = [
  { type: "completed" },
  { type: "retry", runAt: at(4000), error: "boom" },
  { type: "failed", error: "boom" },
  { type: "released" },
];

const FORGERIES: Readonly<Record<string, (held: Claim) => Claim>> = {
  "another token": (held) => ({ ...held, token: `${held.token}0` }),
  "no token": (held) => ({ ...held, token: "" }),
  "another worker": (held) => ({ ...held, lockedBy: "worker-2" }),
  "no worker": (held) => ({ ...held, lockedBy: null }),
  "another number": (held) => ({ ...held, seq: held.seq + 1 }),
  "an id that no job has": (held) => ({ ...held, id: "nobody" }),
};

export function describeSettleLost({ describe, it }: Contract): void {
  describe("settle, when the claim is lost", () => {
    for (const [what, forge] of Object.entries(FORGERIES)) {
      it(`R24 refuses every outcome of a claim with ${what}`, async (store) => {
        await enqueue(store);
        const held = await claimOne(store, { workerId: "worker-1" });

        await changesNothing(store, async () => {
          for (const outcome of OUTCOMES) {
            assert.equal(await store.settle(forge(held), outcome, { now: at(1) }), "lost", outcome.type);
            assert.equal(await store.settle(forge(held), outcome, { now: at(1), expired: true }), "lost", outcome.type);
          }
        });
      });
    }

    it("R24 refuses a claim made up for a job that was never claimed", async (store) => {
      const job = await enqueue(store);

      await changesNothing(store, async () => {
        for (const token of ["", "null", `${job.seq}:0`, `${job.seq}:1`]) {
          for (const outcome of OUTCOMES) {
            assert.equal(
              await store.settle({ ...job, token }, outcome, { now: at(1) }),
              "lost",
              `${token} ${outcome.type}`,
            );
          }
        }
      });
    });

    for (const outcome of OUTCOMES) {
      it(`BM-020 refuses "${outcome.type}" of a worker whose job another has taken over`, async (store) => {
        const { id } = await enqueue(store);
        const slow = await claimOne(store, { workerId: "slow" });
        await store.settle(
          slow,
          { type: "retry", runAt: T0, error: "worker lost" },
          { now: at(31_000), expired: true },
        );
        const held = await claimOne(store, { workerId: "quick", now: at(31_000) });

        await changesNothing(store, async () => {
          assert.equal(await store.settle(slow, outcome, { now: at(32_000) }), "lost");
        });
        assert.equal(await store.settle(held, { type: "completed" }, { now: at(33_000) }), "settled");
        assertFields(await read(store, id), { status: "completed", attempts: 2 });
      });

      it(`R24 refuses "${outcome.type}" after a rescue, before anybody claims the job again`, async (store) => {
        await enqueue(store);
        const slow = await claimOne(store);
        await store.settle(
          slow,
          { type: "retry", runAt: at(35_000), error: "worker lost" },
          { now: at(31_000), expired: true },
        );

        await changesNothing(store, async () => {
          assert.equal(await store.settle(slow, outcome, { now: at(31_000) }), "lost");
        });
      });
    }

    it("BM-002 refuses a stale claim of a worker that holds the same job again", async (store) => {
      const { id } = await enqueue(store);
      const stale = await claimOne(store, { workerId: "w" });
      await settle(store, stale, { type: "released" });
      const held = await claimOne(store, { workerId: "w" });

      assert.equal(await store.settle(stale, { type: "completed" }, { now: at(1) }), "lost");

      assertFields(await read(store, id), { status: "processing", attempts: held.attempts });
    });

    it("BM-081 does not let a late success overwrite what was decided", async (store) => {
      const { id } = await enqueue(store);
      const held = await claimOne(store);
      await settle(store, held, { type: "failed", error: "timed out after 5 seconds" }, at(5000));

      assert.equal(await store.settle(held, { type: "completed" }, { now: at(5001) }), "lost");

      assertFields(await read(store, id), {
        status: "failed",
        completedAt: null,
        lastError: "timed out after 5 seconds",
      });
    });

    it("BM-024 frees a unique key once, by whoever ends the job", async (store) => {
      await enqueue(store, { uniqueKey: "k" });
      const slow = await claimOne(store);
      await store.settle(slow, { type: "failed", error: "worker lost" }, { now: at(LEASE_MS), expired: true });
      const { id } = await enqueue(store, { uniqueKey: "k" }, at(LEASE_MS));

      assert.equal(await store.settle(slow, { type: "completed" }, { now: at(LEASE_MS) }), "lost");

      assert.equal((await enqueue(store, { uniqueKey: "k" }, at(LEASE_MS))).id, id);
    });

    it("R24 refuses a claim of a job that was deleted since, and of a new one of its id", async (store) => {
      await enqueue(store, { id: "a" });
      const old = await claimOne(store);
      await settle(store, old, { type: "failed", error: "boom" });
      await store.purge({ statuses: ["failed"], before: at(1) });
      for (const outcome of OUTCOMES) assert.equal(await store.settle(old, outcome, { now: at(1) }), "lost");

      await enqueue(store, { id: "a" });
      const anew = await claimOne(store);

      await changesNothing(store, async () => {
        for (const outcome of OUTCOMES) {
          assert.equal(await store.settle({ ...old, token: anew.token }, outcome, { now: at(1) }), "lost");
        }
      });
    });
  });
}
