// Contract: what each outcome writes ("What each step writes").

import assert from "node:assert/strict";
import type { JobProgress, JobRecord } from "../job/record.ts";
import type { JobStore } from "../store/job-store.ts";
import { jobs, T0 } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import { assertFields, at, claim, claimOne, enqueue, enqueueAll, idsOf, LEASE_MS, read, settle } from "./steps.ts";

const PROGRESS: JobProgress = { processed: 1, total: 2, percentage: 50, status: "processing", message: null };

/** A job in its second attempt, with every field that an attempt can leave. */
async function inSecondAttempt(store: JobStore) {
  const { id } = await enqueue(store, { data: { a: 1 }, uniqueKey: "k", carried: "1", priority: 5 });
  await settle(store, await claimOne(store), { type: "retry", runAt: at(4000), error: "first" }, at(10));
  const held = await claimOne(store, { now: at(5000), workerId: "worker-2" });
  await store.extend(held, { now: at(5500), leaseMs: LEASE_MS, progress: PROGRESS });
  return { held, before: await read(store, id) };
}

async function afterOutcome(
  store: JobStore,
  outcome: Parameters<JobStore["settle"]>[1],
): Promise<[JobRecord, JobRecord]> {
  const { held, before } = await inSecondAttempt(store);
  await settle(store, held, outcome, at(6000));
  return [await read(store, held.id), before];
}

export function describeSettle({ describe, it }: Contract): void {
  describe("settle", () => {
    it("writes a completed attempt", async (store) => {
      const [after, before] = await afterOutcome(store, { type: "completed" });

      const written = {
        status: "completed",
        completedAt: at(6000),
        lockedBy: null,
        lockedUntil: null,
        updatedAt: at(6000),
      };
      assert.deepEqual(after, { ...before, ...written });
      assertFields(after, { attempts: 2, lastError: "first", startedAt: at(5000), failedAt: null, progress: PROGRESS });
    });

    it("writes an attempt to be retried", async (store) => {
      const [after, before] = await afterOutcome(store, { type: "retry", runAt: at(14_001), error: "second" });

      const written = { status: "pending", runAt: at(14_001), lastError: "second", lockedBy: null, lockedUntil: null };
      assert.deepEqual(after, { ...before, ...written, updatedAt: at(6000) });
      assertFields(after, { attempts: 2, startedAt: at(5000), progress: PROGRESS, completedAt: null, failedAt: null });
    });

    it("writes a job that failed for good", async (store) => {
      const [after, before] = await afterOutcome(store, { type: "failed", error: "second" });

      const written = { status: "failed", failedAt: at(6000), lastError: "second", lockedBy: null, lockedUntil: null };
      assert.deepEqual(after, { ...before, ...written, updatedAt: at(6000) });
      assertFields(after, { attempts: 2, startedAt: at(5000), progress: PROGRESS, completedAt: null });
    });

    it("writes a claim that is handed back", async (store) => {
      const [after, before] = await afterOutcome(store, { type: "released" });

      const written = {
        status: "pending",
        attempts: 1,
        startedAt: null,
        progress: null,
        lockedBy: null,
        lockedUntil: null,
      };
      assert.deepEqual(after, { ...before, ...written, updatedAt: at(6000) });
      assertFields(after, { lastError: "first", runAt: at(4000) });
    });

    it("leaves the other jobs as they are", async (store) => {
      await enqueueAll(store, jobs(4));
      const [first, second, third, fourth] = await claim(store, { limit: 4 });
      assert.ok(first !== undefined && second !== undefined && third !== undefined && fourth !== undefined);
      const waiting = await enqueue(store);

      await settle(store, first, { type: "completed" });
      await settle(store, second, { type: "retry", runAt: T0, error: "boom" });
      await settle(store, third, { type: "failed", error: "boom" });

      assertFields(await read(store, fourth.id), { status: "processing", lastError: null, lockedUntil: at(LEASE_MS) });
      assertFields(await read(store, waiting.id), { status: "pending", attempts: 0 });
    });

    it("settles claims in any order", async (store) => {
      await enqueueAll(store, jobs(9));

      const claims = await claim(store, { limit: 9 });
      for (const held of [...claims].reverse()) await settle(store, held, { type: "completed" });

      const done = await store.list({ status: "completed" });
      assert.equal(done.length, 9);
    });

    it("R22 keeps an error of a thousand characters, and any that can be printed", async (store) => {
      for (const error of [
        "x".repeat(1000),
        "😀".repeat(500),
        "é".repeat(1000),
        "'\"`\\%_$1 ?",
        "a\nb\tc\u001b[31m",
        " ",
        "null",
      ]) {
        const { id } = await enqueue(store);
        await settle(store, await claimOne(store), { type: "retry", runAt: at(60_000), error });
        assert.equal((await read(store, id)).lastError, error);
      }
    });

    it("BM-074 makes a retried job due at its instant to the millisecond", async (store) => {
      await enqueue(store);
      await settle(store, await claimOne(store), { type: "retry", runAt: at(4001), error: "boom" }, at(1));

      assert.deepEqual(await claim(store, { now: at(4000) }), []);
      assert.equal((await claim(store, { now: at(4001) })).length, 1);
    });

    it("takes a retry that is due at once, or was before", async (store) => {
      const { id } = await enqueue(store);

      await settle(store, await claimOne(store), { type: "retry", runAt: T0, error: "boom" });
      await settle(store, await claimOne(store), { type: "retry", runAt: at(-5000), error: "boom" });

      assert.deepEqual(idsOf(await claim(store)), [id]);
    });

    it("BM-177 takes a retry as late as the year 9999", async (store) => {
      const runAt = new Date("9999-12-31T23:59:59.999Z");
      const { id } = await enqueue(store);

      await settle(store, await claimOne(store), { type: "retry", runAt, error: "boom" });

      assert.deepEqual((await read(store, id)).runAt, runAt);
      assert.deepEqual(await store.nextRunAt({}), runAt);
    });

    it("BM-068 refuses a retry at no instant, and leaves the claim as it is", async (store) => {
      await enqueue(store);
      const held = await claimOne(store);

      await assert.rejects(
        store.settle(held, { type: "retry", runAt: new Date(Number.NaN), error: "boom" }, { now: T0 }),
      );

      assert.equal(await store.settle(held, { type: "completed" }, { now: T0 }), "settled");
    });

    it("R25 accepts an outcome after the lease is over, as long as nobody has taken the job back", async (store) => {
      const { id } = await enqueue(store);
      const held = await claimOne(store);

      await settle(store, held, { type: "completed" }, at(LEASE_MS + 5000));

      assertFields(await read(store, id), { status: "completed", completedAt: at(LEASE_MS + 5000) });
    });

    it("R25 accepts the claim as it was handed out, though its lease was extended since", async (store) => {
      await enqueue(store);
      const held = await claimOne(store);
      await store.extend(held, { now: at(1000), leaseMs: LEASE_MS });

      await settle(store, held, { type: "completed" }, at(2000));
    });

    it("accepts a claim from the connection that did not make it", async (store, second) => {
      const { id } = await enqueue(store);

      await settle(second, await claimOne(store), { type: "completed" });

      assert.equal((await read(store, id)).status, "completed");
    });

    it("settles and extends by the few fields that prove a claim", async (store) => {
      await enqueueAll(store, jobs(2));
      const keys = (await claim(store, { limit: 2 })).map(({ id, seq, token, lockedBy, lockedUntil }) => ({
        id,
        seq,
        token,
        lockedBy,
        lockedUntil,
      }));

      for (const key of JSON.parse(JSON.stringify(keys)) as typeof keys) {
        const revived = { ...key, lockedUntil: key.lockedUntil === null ? null : new Date(key.lockedUntil) };
        assert.equal(await store.extend(revived, { now: at(1), leaseMs: LEASE_MS }), "held");
        assert.equal(await store.settle(revived, { type: "completed" }, { now: at(2) }), "settled");
      }
    });
  });
}
