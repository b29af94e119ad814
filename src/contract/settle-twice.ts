// Contract: a settle whose answer was lost can be sent again (R24).

import assert from "node:assert/strict";
import type { Outcome } from "../job/outcome.ts";
import { T0 } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import { assertFields, at, changesNothing, claimOne, enqueue, LEASE_MS, read, settle } from "./steps.ts";

const OUTCOMES: readonly Outcome[] = [
  { type: "completed" },
  { type: "retry", runAt: at(4000), error: "boom" },
  { type: "retry", runAt: at(4001), error: "boom" },
  { type: "retry", runAt: at(4000), error: "bang" },
  { type: "failed", error: "boom" },
  { type: "failed", error: "bang" },
  { type: "released" },
];

function show(outcome: Outcome): string {
  const details = [
    ...("runAt" in outcome ? [`+${+outcome.runAt - +T0} ms`] : []),
    ...("error" in outcome ? [outcome.error] : []),
  ];
  return details.length === 0 ? outcome.type : `${outcome.type} (${details.join(", ")})`;
}

export function describeSettleTwice({ describe, it }: Contract): void {
  describe("settle, sent twice", () => {
    for (const outcome of OUTCOMES) {
      it(`BM-037 answers as at first and changes nothing: ${show(outcome)}`, async (store, second) => {
        await enqueue(store);
        const held = await claimOne(store);
        await settle(store, held, outcome, at(10));

        await changesNothing(store, async () => {
          assert.equal(await store.settle(held, outcome, { now: at(20) }), "settled");
          assert.equal(await second.settle(held, outcome, { now: at(30) }), "settled");
        });
      });

      it(`R24 answers every other outcome with "lost": ${show(outcome)}`, async (store) => {
        await enqueue(store);
        const held = await claimOne(store);
        await settle(store, held, outcome, at(10));

        await changesNothing(store, async () => {
          for (const other of OUTCOMES) {
            if (other === outcome) continue;
            assert.equal(await store.settle(held, other, { now: at(20) }), "lost", show(other));
          }
        });
      });
    }

    it("R24 asks for the whole claim the second time, too", async (store) => {
      await enqueue(store);
      const held = await claimOne(store);
      await settle(store, held, { type: "completed" });

      assert.equal(
        await store.settle({ ...held, token: `${held.token}0` }, { type: "completed" }, { now: T0 }),
        "lost",
      );
      assert.equal(await store.settle({ ...held, seq: held.seq + 1 }, { type: "completed" }, { now: T0 }), "lost");
    });

    it("R24 tells a claim handed back from one retried to the same instant with the same error", async (store) => {
      await enqueue(store);
      const retried = { type: "retry", runAt: at(4000), error: "boom" } as const;
      await settle(store, await claimOne(store), retried);
      const held = await claimOne(store, { now: at(4000) });
      await settle(store, held, { type: "released" }, at(4000));

      assert.equal(await store.settle(held, retried, { now: at(4000) }), "lost");
    });

    it("R24 tells a failure from a retry to the instant at which the job was due, with the same error", async (store) => {
      const { runAt } = await enqueue(store);
      const held = await claimOne(store);
      await settle(store, held, { type: "failed", error: "boom" }, at(10));

      assert.equal(await store.settle(held, { type: "retry", runAt, error: "boom" }, { now: at(20) }), "lost");
    });

    it("R24 accepts a rescue that is sent again", async (store) => {
      await enqueue(store);
      const held = await claimOne(store);
      const outcome = { type: "retry", runAt: at(99_000), error: "worker lost" } as const;
      const now = at(LEASE_MS);
      await store.settle(held, outcome, { now, expired: true });

      await changesNothing(store, async () => {
        assert.equal(await store.settle(held, outcome, { now, expired: true }), "settled");
      });
    });

    for (const outcome of [OUTCOMES[1], OUTCOMES[6]] as const) {
      if (outcome === undefined) continue;
      it(`R24 answers "lost" once the job was claimed again: ${show(outcome)}`, async (store) => {
        const { id } = await enqueue(store);
        const held = await claimOne(store);
        await settle(store, held, outcome);
        await claimOne(store, { now: at(4000) });

        assert.equal(await store.settle(held, outcome, { now: at(4000) }), "lost");

        assert.equal((await read(store, id)).status, "processing");
      });
    }

    it('R24 answers "lost" once the next claim has ended in the same way', async (store) => {
      await enqueue(store);
      const first = await claimOne(store);
      const outcome = { type: "retry", runAt: at(4000), error: "boom" } as const;
      await settle(store, first, outcome);
      await settle(store, await claimOne(store, { now: at(4000) }), outcome, at(4000));

      assert.equal(await store.settle(first, outcome, { now: at(5000) }), "lost");
    });

    for (const outcome of OUTCOMES) {
      it(`R24 answers "lost" once the job was retried by hand: ${show(outcome)}`, async (store) => {
        const { id } = await enqueue(store);
        const held = await claimOne(store);
        await settle(store, held, { type: "failed", error: "boom" });
        await store.retry(id, { now: at(4000) });

        await changesNothing(store, async () => {
          assert.equal(await store.settle(held, outcome, { now: at(4000) }), "lost");
        });
      });
    }

    it("R24 writes once what is sent twice at the same time", async (store, second) => {
      const { id } = await enqueue(store);
      const held = await claimOne(store);
      const outcome = { type: "failed", error: "boom" } as const;

      const answers = await Promise.all([
        store.settle(held, outcome, { now: at(10) }),
        second.settle(held, outcome, { now: at(10) }),
      ]);

      assert.deepEqual(answers, ["settled", "settled"]);
      assertFields(await read(store, id), { status: "failed", attempts: 1, failedAt: at(10) });
    });
  });
}
