// Contract: what holds when several connections act at once.

import assert from "node:assert/strict";
import type { Outcome } from "../job/outcome.ts";
import type { JobStore } from "../store/job-store.ts";
import { aJob, jobs, T0 } from "./a-job.ts";
import type { Contract } from "./contract.ts";
import {
  assertFields,
  at,
  claim,
  claimOne,
  ended,
  enqueue,
  enqueueAll,
  everyJob,
  idsOf,
  LEASE_MS,
  read,
} from "./steps.ts";

/** Calls alternately on both connections, all at once. */
function atOnce<T>(
  count: number,
  stores: readonly [JobStore, JobStore],
  call: (store: JobStore, index: number) => Promise<T>,
): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => call(stores[index % 2 === 0 ? 0 : 1], index)));
}

/** Calls both at once, the second one first in every other round. */
function bothAtOnce<A, B>(round: number, one: () => Promise<A>, other: () => Promise<B>): Promise<[A, B]> {
  const early = round % 2 === 0 ? undefined : other();
  return Promise.all([one(), early ?? other()]);
}

export function describeRaces({ describe, it }: Contract): void {
  describe("races", () => {
    it("BM-001 gives one job to one of many workers", async (store, second) => {
      const { id } = await enqueue(store);

      const answers = await atOnce(20, [store, second], (on, index) => claim(on, { workerId: `worker-${index}` }));

      const [held, ...others] = answers.flat();
      assert.deepEqual([held?.id, others.length], [id, 0]);
      assertFields(await read(store, id), { attempts: 1, lockedBy: held?.lockedBy ?? null });
    });

    it("BM-001 gives one job to one of many workers that ask for it by id", async (store, second) => {
      const { id } = await enqueue(store);

      const answers = await atOnce(20, [store, second], (on) => claim(on, { id }));

      assert.equal(answers.flat().length, 1);
      assert.equal((await read(store, id)).attempts, 1);
    });

    it("BM-007 hands out every job that it takes: none is held by nobody", async (store, second) => {
      const list = await enqueueAll(store, jobs(20));

      const claims = await atOnce(3, [store, second], (on, index) => claim(on, { workerId: `w${index}`, limit: 7 }));
      const rest = await claim(store, { limit: 20 });

      assert.deepEqual(idsOf([...claims.flat(), ...rest]).toSorted(), idsOf(list).toSorted());
      assert.equal((await store.list({ status: "processing" })).length, 20);
    });

    it("BM-004 gives disjoint jobs to workers that claim several, none too many", async (store, second) => {
      const list = await enqueueAll(store, jobs(50));

      const answers = await atOnce(10, [store, second], (on) => claim(on, { limit: 7 }));

      for (const answer of answers) assert.ok(answer.length <= 7, `${answer.length} claims`);
      const handed = idsOf(answers.flat());
      assert.equal(new Set(handed).size, handed.length);
      const rest = idsOf(await claim(store, { limit: 99 }));
      assert.deepEqual([...handed, ...rest].sort(), [...idsOf(list)].sort());
    });

    it("R12 gives each job to one worker when some claim a queue and others all", async (store, second) => {
      const list = await enqueueAll(
        store,
        jobs(40, (index) => ({ queue: index % 2 === 0 ? "a" : "b" })),
      );
      const filters = [["a"], ["b"], undefined, ["a", "b"]] as const;

      const handed: string[] = [];
      for (let round = 0; round < 5; round++) {
        const answers = await atOnce(8, [store, second], (on, index) =>
          claim(on, { limit: 2, queues: filters[index % 4] }),
        );
        handed.push(...idsOf(answers.flat()));
      }
      handed.push(...idsOf(await claim(store, { limit: 99 })));

      assert.deepEqual(handed.sort(), [...idsOf(list)].sort());
    });

    it("BM-002 rejects a settle of a job that failed and came back in between", async (store, second) => {
      await enqueue(store);
      const slow = await claimOne(store, { workerId: "worker-1" });
      const rescued = await second.settle(
        slow,
        { type: "retry", runAt: T0, error: "worker lost" },
        { now: at(LEASE_MS), expired: true },
      );
      const fast = await claimOne(second, { workerId: "worker-1", now: at(LEASE_MS) });

      const answer = await store.settle(slow, { type: "completed" }, { now: at(LEASE_MS) });

      assert.deepEqual([rescued, answer], ["settled", "lost"]);
      assertFields(await read(store, fast.id), { status: "processing", attempts: 2 });
    });

    it("R24 accepts one outcome of one claim", async (store, second) => {
      await enqueue(store);
      const held = await claimOne(store);
      const outcomes: readonly Outcome[] = [
        { type: "completed" },
        { type: "failed", error: "boom" },
        { type: "retry", runAt: at(4000), error: "boom" },
        { type: "released" },
        { type: "retry", runAt: at(8000), error: "bang" },
        { type: "failed", error: "bang" },
      ];

      const answers = await atOnce(6, [store, second], (on, index) =>
        on.settle(held, outcomes[index] ?? { type: "completed" }, { now: at(1) }),
      );

      assert.equal(answers.filter((answer) => answer === "settled").length, 1);
    });

    it("R25 lets either the holder or one rescue settle, not both", async (store, second) => {
      await enqueueAll(store, jobs(10));
      const now = at(LEASE_MS);

      for (const held of await claim(store, { limit: 10 })) {
        const answers = await Promise.all([
          second.settle(held, { type: "failed", error: "worker lost" }, { now, expired: true }),
          store.settle(held, { type: "completed" }, { now }),
          second.settle(held, { type: "retry", runAt: now, error: "other rescue" }, { now, expired: true }),
        ]);
        assert.deepEqual([...answers].sort(), ["lost", "lost", "settled"]);
      }
    });

    it("R25 lets either an extension or a rescue have a claim, not both", async (store, second) => {
      await enqueueAll(store, jobs(10));
      const now = at(LEASE_MS);

      for (const [round, held] of (await claim(store, { limit: 10 })).entries()) {
        const [extended, rescued] = await bothAtOnce(
          round,
          () => store.extend(held, { now, leaseMs: LEASE_MS }),
          () => second.settle(held, { type: "failed", error: "worker lost" }, { now, expired: true }),
        );
        assert.ok((extended === "held") !== (rescued === "settled"), `${extended}, ${rescued}`);
      }
    });

    it("R30 either removes a job or hands it out", async (store, second) => {
      for (let round = 0; round < 10; round++) {
        const { id } = await enqueue(store);
        const [removed, claims] = await bothAtOnce(
          round,
          () => store.remove(id),
          () => claim(second, { id }),
        );
        assert.ok((removed === "removed") !== (claims.length === 1), `${removed}, ${claims.length} claims`);
      }
    });

    it("R28 retries each failed job once", async (store, second) => {
      for (let index = 0; index < 12; index++) await ended(store, "failed");

      const counts = await atOnce(4, [store, second], (on) => on.retryFailed({ now: at(1) }));

      assert.equal(
        counts.reduce((sum, count) => sum + count, 0),
        12,
      );
      assert.equal((await store.due({ limit: 99, now: at(1) })).length, 12);
    });

    it("R8 takes a key once when a failed job is retried and a new one enqueued", async (store, second) => {
      for (let round = 0; round < 10; round++) {
        const uniqueKey = `k${round}`;
        const { id } = await ended(store, "failed", { uniqueKey });

        const [retried, enqueued] = await bothAtOnce(
          round,
          () => store.retry(id, { now: at(1) }),
          () => enqueue(second, { uniqueKey }),
        );

        const live = (await store.list({ uniqueKey, status: ["pending", "processing"] })).length;
        assert.deepEqual([retried.type, enqueued.deduplicated, live], [retried.type, retried.type === "retried", 1]);
      }
    });

    it("R10 lets nobody see half of a list", async (store, second) => {
      const seen: number[] = [];
      const watch = async () => {
        for (let look = 0; look < 20; look++) seen.push((await second.due({ limit: 1000, now: T0 })).length);
      };
      const write = async () => {
        for (let round = 0; round < 5; round++) await enqueueAll(store, jobs(40));
      };

      await Promise.all([watch(), write(), watch()]);

      assert.deepEqual(
        seen.filter((count) => count % 40 !== 0),
        [],
      );
    });

    it("BM-008 does all of a crowd's work without a quarrel", async (store, second) => {
      const handed: string[] = [];
      const enqueuer = async (on: JobStore, name: number) => {
        for (let index = 0; index < 15; index++) {
          await enqueueAll(on, [
            aJob({ priority: index % 3 }),
            aJob({ id: `${name}-${index % 10}` }),
            aJob({ uniqueKey: `k${index % 5}` }),
          ]);
        }
      };
      const worker = async (on: JobStore, name: number) => {
        for (let index = 0; index < 25; index++) {
          for (const held of await claim(on, { limit: 4, workerId: `worker-${name}` })) {
            handed.push(held.id);
            assert.equal(await on.settle(held, { type: "completed" }, { now: at(1) }), "settled");
          }
        }
      };

      await atOnce(8, [store, second], (on, index) => (index < 4 ? enqueuer(on, index) : worker(on, index)));
      await worker(store, 9);

      const all = await everyJob(store);
      for (const job of all) if (job.status !== "pending") assertFields(job, { status: "completed", attempts: 1 });
      assert.equal(new Set(handed).size, handed.length);
      assert.deepEqual([...handed].sort(), idsOf(all.filter((job) => job.status === "completed")).toSorted());
    });
  });
}
