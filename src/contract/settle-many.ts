// Contract: a batch of outcomes is settled as if each was by itself (R24). A store without `settleMany` is asked one by one.

import assert from "node:assert/strict";
import type { Outcome } from "../job/outcome.ts";
import type { Claim } from "../job/record.ts";
import type { JobStore, Settlement } from "../store/job-store.ts";
import { jobs, T0 } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import { describeReleased } from "./released.ts";
import { describeSettle } from "./settle.ts";
import { describeSettleLost } from "./settle-lost.ts";
import { describeSettleTwice } from "./settle-twice.ts";
import {
  assertFields,
  at,
  changesNothing,
  claim,
  claimOne,
  enqueue,
  enqueueAll,
  everyJob,
  LEASE_MS,
  read,
} from "./steps.ts";

const COMPLETED: Outcome = { type: "completed" };

/** The store's own batch, or one claim after the other where it has none. */
async function settleAll(
  store: JobStore,
  settlements: readonly Settlement[],
  when: Parameters<JobStore["settle"]>[2],
): Promise<readonly ("settled" | "lost")[]> {
  if (store.settleMany !== undefined) return store.settleMany(settlements, when);
  const answers: ("settled" | "lost")[] = [];
  for (const { claim: held, outcome, at: now = when.now } of settlements)
    answers.push(await store.settle(held, outcome, { ...when, now }));
  return answers;
}

async function claimed(store: JobStore, count: number): Promise<readonly Claim[]> {
  await enqueueAll(store, jobs(count));
  const claims = await claim(store, { limit: count });
  assert.equal(claims.length, count);
  return claims;
}

function all(claims: readonly Claim[], outcome: Outcome = COMPLETED): readonly Settlement[] {
  return claims.map((held) => ({ claim: held, outcome }));
}

/** The store, with each settle sent as a batch of one. */
function inBatches(store: JobStore): JobStore {
  const settle: JobStore["settle"] = async (held, outcome, when) => {
    const [answer, ...more] = await settleAll(store, [{ claim: held, outcome }], when);
    assert.deepEqual(more, []);
    assert.ok(answer !== undefined, "settleMany answered nothing");
    return answer;
  };
  return new Proxy(store, {
    get: (target, name) => {
      if (name === "settle") return settle;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** A section's tests once more, through `settleMany`. */
function throughBatches(contract: Contract): Contract {
  return {
    ...contract,
    describe: (name, body) => contract.describe(`${name}, through settleMany`, body),
    it: (name, body) => contract.it(name, (store, second) => body(inBatches(store), inBatches(second))),
  };
}

export function describeSettleMany(contract: Contract): void {
  for (const section of [describeSettle, describeReleased, describeSettleLost, describeSettleTwice])
    section(throughBatches(contract));

  const { describe, it } = contract;
  describe("settleMany", () => {
    it("answers an empty batch with an empty list", async (store) => {
      assert.deepEqual(await settleAll(store, [], { now: T0 }), []);
    });

    it("completes a batch, and leaves the other jobs as they are", async (store) => {
      const claims = await claimed(store, 5);
      const others = [await enqueue(store), await claimOne(store)];

      const answers = await settleAll(store, all(claims), { now: at(10) });

      assert.deepEqual(answers, ["settled", "settled", "settled", "settled", "settled"]);
      for (const { id } of claims)
        assertFields(await read(store, id), { status: "completed", completedAt: at(10), lockedBy: null, attempts: 1 });
      assertFields(await read(store, others[1]?.id ?? ""), { status: "processing", lockedUntil: at(LEASE_MS) });
    });

    it("writes each claim its own outcome", async (store) => {
      const [first, second, third, fourth, fifth] = await claimed(store, 5);
      assert.ok(first && second && third && fourth && fifth);
      const settlements: readonly Settlement[] = [
        { claim: first, outcome: { type: "failed", error: "one" } },
        { claim: second, outcome: { type: "retry", runAt: at(4001), error: "two" } },
        { claim: third, outcome: { type: "completed" } },
        { claim: fourth, outcome: { type: "released" } },
        { claim: fifth, outcome: { type: "retry", runAt: at(8000), error: "five" } },
      ];

      const answers = await settleAll(store, settlements, { now: at(10) });

      assert.deepEqual(answers, ["settled", "settled", "settled", "settled", "settled"]);
      assertFields(await read(store, first.id), { status: "failed", failedAt: at(10), lastError: "one" });
      assertFields(await read(store, second.id), { status: "pending", runAt: at(4001), lastError: "two", attempts: 1 });
      assertFields(await read(store, third.id), { status: "completed", completedAt: at(10), lastError: null });
      assertFields(await read(store, fourth.id), { status: "pending", runAt: T0, attempts: 0, startedAt: null });
      assertFields(await read(store, fifth.id), { status: "pending", runAt: at(8000), lastError: "five" });
    });

    it("writes each outcome with its own instant, and with the batch's where it has none", async (store) => {
      const claims = await claimed(store, 6);
      const outcomes: readonly Outcome[] = [
        COMPLETED,
        COMPLETED,
        { type: "retry", runAt: at(4007), error: `it's "quoted", {in braces} and \\` },
        { type: "retry", runAt: at(4008), error: "two" },
        { type: "failed", error: "three" },
        { type: "failed", error: "NULL" },
      ];
      const settlements = claims.map((held, index) => ({
        claim: held,
        outcome: outcomes[index] ?? COMPLETED,
        at: index === 5 ? undefined : at(index + 3),
      }));

      const answers = await settleAll(store, settlements, { now: at(10) });

      assert.deepEqual(answers, new Array(6).fill("settled"));
      const rows = await Promise.all(claims.map(({ id }) => read(store, id)));
      assert.deepEqual(
        rows.map(({ updatedAt }) => updatedAt),
        [at(3), at(4), at(5), at(6), at(7), at(10)],
      );
      assert.deepEqual(
        rows.map(({ completedAt, failedAt }) => completedAt ?? failedAt),
        [at(3), at(4), null, null, at(7), at(10)],
      );
      assert.deepEqual(
        rows.slice(2).map(({ lastError }) => lastError),
        outcomes.slice(2).map((outcome) => ("error" in outcome ? outcome.error : null)),
      );
      assert.deepEqual(
        rows.slice(2, 4).map(({ runAt }) => runAt),
        [at(4007), at(4008)],
      );
    });

    it("R24 answers in the order given, and lets a lost claim do no harm to the others", async (store) => {
      const claims = await claimed(store, 6);
      const [lost, forged, unmade] = [claims[0], claims[2], claims[5]];
      assert.ok(lost && forged && unmade);
      await store.settle(lost, { type: "failed", error: "worker lost" }, { now: at(5) });
      const batch = claims.map((held) => {
        if (held === forged) return { ...held, token: `${held.token}0` };
        return held === unmade ? { ...held, token: "" } : held;
      });

      const answers = await settleAll(store, all(batch), { now: at(10) });

      assert.deepEqual(answers, ["lost", "settled", "lost", "settled", "settled", "lost"]);
      assertFields(await read(store, lost.id), { status: "failed", completedAt: null });
      for (const { id } of [forged, unmade]) assertFields(await read(store, id), { status: "processing" });
    });

    it("R24 counts the first of what is said of one claim, whatever stands between", async (store) => {
      const [first, second] = await claimed(store, 2);
      assert.ok(first && second);
      const settlements: readonly Settlement[] = [
        { claim: first, outcome: { type: "completed" } },
        { claim: second, outcome: { type: "failed", error: "boom" } },
        { claim: second, outcome: { type: "completed" } },
        { claim: first, outcome: { type: "completed" } },
        { claim: second, outcome: { type: "failed", error: "boom" } },
      ];

      const answers = await settleAll(store, settlements, { now: at(10) });

      assert.deepEqual(answers, ["settled", "settled", "lost", "settled", "settled"]);
      assertFields(await read(store, second.id), { status: "failed", completedAt: null });
    });

    it("R24 takes the claim that holds a job, though one that does not is in the batch before it", async (store) => {
      const [held] = await claimed(store, 1);
      assert.ok(held);
      const forged = { ...held, lockedBy: "worker-2" };

      const answers = await settleAll(store, all([forged, held]), { now: at(10) });

      assert.deepEqual(answers, ["lost", "settled"]);
    });

    it("R24 settles claims of several workers in one batch, each for its own worker", async (store) => {
      await enqueueAll(store, jobs(2));
      const one = await claimOne(store, { workerId: "worker-1" });
      const two = await claimOne(store, { workerId: "worker-2" });
      const mixed = [{ ...one, lockedBy: two.lockedBy }, two];

      assert.deepEqual(await settleAll(store, all(mixed), { now: at(10) }), ["lost", "settled"]);
      assert.deepEqual(await settleAll(store, all([one, two]), { now: at(10) }), ["settled", "settled"]);
    });

    it("R24 answers a batch that is sent again as at first, and changes nothing", async (store, second) => {
      const claims = await claimed(store, 4);
      const settlements = claims.map((held, index) => ({
        claim: held,
        outcome: index < 2 ? COMPLETED : ({ type: "retry", runAt: at(4000), error: "boom" } as const),
      }));
      const answers = await settleAll(store, settlements, { now: at(10) });

      await changesNothing(store, async () => {
        assert.deepEqual(await settleAll(second, settlements, { now: at(20) }), answers);
      });
      assert.deepEqual(answers, ["settled", "settled", "settled", "settled"]);
    });

    it("R24 writes the rest of a batch of which some was written before", async (store) => {
      const claims = await claimed(store, 4);
      await settleAll(store, all(claims.slice(1, 3)), { now: at(10) });

      const answers = await settleAll(store, all(claims), { now: at(20) });

      assert.deepEqual(answers, ["settled", "settled", "settled", "settled"]);
      const done = await Promise.all(claims.map(async ({ id }) => (await read(store, id)).completedAt));
      assert.deepEqual(done, [at(20), at(10), at(10), at(20)]);
    });

    it("R25 rescues a batch but for the leases that were extended since they were read", async (store) => {
      const claims = await claimed(store, 3);
      const [, extended] = claims;
      assert.ok(extended);
      await store.extend(extended, { now: at(1), leaseMs: LEASE_MS });
      const outcome: Outcome = { type: "retry", runAt: at(LEASE_MS), error: "worker lost" };

      const answers = await settleAll(store, all(claims, outcome), { now: at(LEASE_MS), expired: true });

      assert.deepEqual(answers, ["settled", "lost", "settled"]);
      assertFields(await read(store, extended.id), { status: "processing", lockedUntil: at(LEASE_MS + 1) });
    });

    it("frees the unique keys of the jobs that ended, and no other", async (store) => {
      await enqueueAll(
        store,
        jobs(3, (index) => ({ uniqueKey: `k${index}` })),
      );
      const [first, second, third] = await claim(store, { limit: 3 });
      assert.ok(first && second && third);

      await settleAll(
        store,
        [
          { claim: first, outcome: COMPLETED },
          { claim: second, outcome: { type: "retry", runAt: at(4000), error: "boom" } },
          { claim: third, outcome: { type: "failed", error: "boom" } },
        ],
        { now: at(10) },
      );

      const again = await Promise.all(
        [0, 1, 2].map(async (index) => (await enqueue(store, { uniqueKey: `k${index}` })).deduplicated),
      );
      assert.deepEqual(again, [false, true, false]);
    });

    it("settles six hundred claims at once", async (store) => {
      const claims = await claimed(store, 600);
      const mixed = claims.map((held, index) => (index === 599 ? { ...held, token: "" } : held));

      const answers = await settleAll(store, all(mixed), { now: at(10) });

      assert.equal(answers.filter((answer) => answer === "settled").length, 599);
      assert.equal(answers[599], "lost");
      const statuses = new Set((await everyJob(store)).map(({ status }) => status));
      assert.deepEqual(statuses, new Set(["completed", "processing"]));
    });

    it("R24 accepts one of two batches that are sent at the same time with other outcomes", async (store, second) => {
      const claims = await claimed(store, 20);

      const [completed, failed] = await Promise.all([
        settleAll(store, all(claims), { now: at(10) }),
        settleAll(second, all([...claims].reverse(), { type: "failed", error: "boom" }), { now: at(10) }),
      ]);

      const both = completed.map((answer, index) => [answer, failed[failed.length - 1 - index]].sort().join());
      assert.deepEqual(new Set(both), new Set(["lost,settled"]));
    });

    it("refuses a retry at no instant", async (store) => {
      const [first, second] = await claimed(store, 2);
      assert.ok(first && second);
      const never: Outcome = { type: "retry", runAt: new Date(Number.NaN), error: "boom" };

      await assert.rejects(settleAll(store, [{ claim: first, outcome: never }], { now: at(10) }));

      assert.deepEqual(await settleAll(store, all([first, second]), { now: at(20) }), ["settled", "settled"]);
    });
  });
}
