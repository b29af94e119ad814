// Contract: finding claims whose lease is over (R25).

import assert from "node:assert/strict";
import type { Claim } from "../job/record.ts";
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
  jobIn,
  LEASE_MS,
  only,
  settle,
} from "./steps.ts";

export function describeExpired({ describe, it }: Contract): void {
  describe("expired", () => {
    for (const [offset, isOver] of [
      [-1, false],
      [0, true],
      [1, true],
    ] as const) {
      it(`R25 ${isOver ? "lists" : "does not list"} a claim when now is its lockedUntil ${offset < 0 ? "−" : "+"} ${Math.abs(offset)} ms`, async (store) => {
        await enqueue(store);
        await claimOne(store, { now: at(7), leaseMs: 1500 });

        assert.equal((await store.expired({ now: at(1507 + offset), limit: 5 })).length, isOver ? 1 : 0);
      });
    }

    it("R25 hands out the claim as it was made, and changes nothing", async (store) => {
      await enqueue(store, { data: { a: 1 }, uniqueKey: "k" });
      const held = await claimOne(store);

      await changesNothing(store, async () => {
        assert.deepEqual(only(await store.expired({ now: at(LEASE_MS), limit: 5 })), held);
      });
    });

    it("lists nothing where nothing is processing", async (store) => {
      await jobIn(store, "pending");
      await jobIn(store, "completed");
      await jobIn(store, "failed");

      assert.deepEqual(await store.expired({ now: at(1_000_000_000), limit: 5 }), []);
    });

    it("R25 lists the lease that ended first at first, whoever was claimed first", async (store) => {
      await enqueueAll(store, jobs(5));
      const leases = [5000, 3000, 4000, 1000, 2000];
      const order: string[] = [];
      for (const leaseMs of leases) order[leaseMs / 1000] = (await claimOne(store, { leaseMs })).id;

      const expired = await store.expired({ now: at(4000), limit: 9 });

      assert.deepEqual(idsOf(expired), order.slice(1, 5));
    });

    it("R25 lists leases that end together by the number of their job", async (store) => {
      const list = await enqueueAll(
        store,
        jobs(6, (index) => ({ priority: index })),
      );
      await claim(store, { limit: 6 });

      assert.deepEqual(idsOf(await store.expired({ now: at(LEASE_MS), limit: 9 })), idsOf(list));
    });

    it("lists as many as asked for", async (store) => {
      await enqueueAll(store, jobs(6));
      await claim(store, { limit: 6 });

      assert.equal((await store.expired({ now: at(LEASE_MS), limit: 4 })).length, 4);
      assert.equal((await store.expired({ now: at(LEASE_MS), limit: 0 })).length, 0);
    });

    it("R25 does not list a claim that was extended", async (store) => {
      await enqueueAll(store, jobs(2));
      const [first, second] = await claim(store, { limit: 2 });
      assert.ok(first !== undefined && second !== undefined);
      await store.extend(first, { now: at(20_000), leaseMs: LEASE_MS });

      assert.deepEqual(idsOf(await store.expired({ now: at(LEASE_MS), limit: 9 })), [second.id]);
      const both = await store.expired({ now: at(50_000), limit: 9 });
      assert.deepEqual(idsOf(both), [second.id, first.id]);
      assert.deepEqual(both[1]?.lockedUntil, at(50_000));
    });

    it("does not list a claim that was settled", async (store) => {
      await enqueueAll(store, jobs(4));
      const [first, second, third, fourth] = await claim(store, { limit: 4 });
      assert.ok(first !== undefined && second !== undefined && third !== undefined && fourth !== undefined);
      await settle(store, first, { type: "completed" });
      await settle(store, second, { type: "retry", runAt: T0, error: "boom" });
      await settle(store, third, { type: "released" });

      assert.deepEqual(idsOf(await store.expired({ now: at(1_000_000), limit: 9 })), [fourth.id]);
    });

    it("lists the present claim of a job that was claimed twice", async (store) => {
      await enqueue(store);
      await settle(store, await claimOne(store, { leaseMs: 1000 }), { type: "retry", runAt: T0, error: "boom" });
      const held = await claimOne(store, { now: at(500), leaseMs: 2000 });

      assert.deepEqual(await store.expired({ now: at(2000), limit: 9 }), []);
      assert.deepEqual(await store.expired({ now: at(2500), limit: 9 }), [held]);
    });

    it("BM-192 pages through claims that end together without missing one", async (store) => {
      const list = await enqueueAll(store, jobs(25));
      await claim(store, { limit: 25 });
      const seen: Claim[] = [];

      for (let page = 0; page < 9; page++) {
        const after = seen.at(-1);
        seen.push(...(await store.expired({ now: at(LEASE_MS), limit: 10, after })));
      }

      assert.deepEqual(idsOf(seen), idsOf(list));
    });

    it("BM-039 goes on after a claim that cannot be dealt with, and after one that was", async (store) => {
      await enqueueAll(store, jobs(6));
      for (let leaseMs = 1000; leaseMs <= 6000; leaseMs += 1000) await claimOne(store, { leaseMs });
      const now = at(6000);
      const [first, second] = await store.expired({ now, limit: 2 });
      assert.ok(first !== undefined && second !== undefined);

      await store.settle(second, { type: "failed", error: "worker lost" }, { now, expired: true });
      const rest = await store.expired({ now, limit: 9, after: second });

      assert.equal(rest.length, 4);
      assert.deepEqual(idsOf(await store.expired({ now, limit: 9 })), [first.id, ...idsOf(rest)]);
    });

    it("BM-044 lists a claim whose data cannot be read, and those after it", async (store) => {
      await enqueueAll(
        store,
        jobs(3, (index) => ({ data: index === 1 ? "{broken" : { index } })),
      );
      await claim(store, { limit: 3 });

      const expired = await store.expired({ now: at(LEASE_MS), limit: 9 });

      assert.equal(expired.length, 3);
      assertFields(expired[1] as Claim, { data: {}, brokenData: "{broken" }); // `as`: there are three
    });

    it("BM-048 never lists a lease that goes on, among hundreds", async (store) => {
      await enqueueAll(store, jobs(300));
      for (let index = 0; index < 300; index++) {
        await claimOne(store, { now: at(index), leaseMs: index % 3 === 0 ? 1000 : 10_000 });
      }

      const expired = await store.expired({ now: at(1150), limit: 999 });

      assert.equal(expired.length, 51);
      for (const held of expired) assert.ok(held.lockedUntil !== null && held.lockedUntil <= at(1150));
    });
  });
}
