// What always holds of the memory store. A property that fails prints its seed and path.

import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aJob } from "../../../src/contract/index.ts";
import { instant, storeCommands } from "../../../src/fast-check/store-commands.ts";
import { StorePlayer } from "../../../src/fast-check/store-player.ts";
import { MemoryJobStore } from "../../../src/store/memory/memory-job-store.ts";
import { NaiveJobStore } from "./naive-job-store.ts";

describe("MemoryJobStore", () => {
  it("answers every call as the naive store does, whatever came before, clocks that go back included", async () => {
    await fc.assert(
      fc.asyncProperty(storeCommands(), async (commands) => {
        const memory = new StorePlayer(new MemoryJobStore());
        const naive = new StorePlayer(new NaiveJobStore());

        for (const each of commands) assert.deepEqual(await memory.play(each), await naive.play(each));

        const everything = { now: 100, limit: 1000, beforeSeq: 1000, queues: undefined };
        assert.deepEqual(await memory.look(everything), await naive.look(everything));
      }),
      { numRuns: 200 },
    );
  }, 60_000);

  it("R11 claims in the one order there is, in pieces of any size, by any filter and any clock", async () => {
    const queue = fc.constantFrom("a", "b", "c");
    const job = fc.record({ queue, priority: fc.integer({ min: -3, max: 30 }), runAt: fc.nat({ max: 9 }) });
    const piece = fc.record({
      now: fc.nat({ max: 9 }),
      limit: fc.nat({ max: 9 }),
      queues: fc.option(fc.uniqueArray(queue, { minLength: 1 }), { nil: undefined }),
      arrives: fc.array(job, { maxLength: 3 }),
    });

    await fc.assert(
      fc.asyncProperty(fc.array(job, { maxLength: 60 }), fc.array(piece, { maxLength: 20 }), async (jobs, pieces) => {
        const store = new MemoryJobStore();
        const waiting: { id: string; seq: number; queue: "a" | "b" | "c"; priority: number; runAt: number }[] = [];
        let seq = 0;
        const enqueue = async (all: typeof jobs) => {
          const list = all.map((each) => {
            const id = `${++seq}`;
            waiting.push({ id, seq, ...each });
            return aJob({ ...each, id, runAt: instant(each.runAt) });
          });
          await store.insert(list, { now: instant(0) });
        };

        await enqueue(jobs);
        for (const { now, limit, queues, arrives } of pieces) {
          const expected = waiting
            .filter((each) => each.runAt <= now && (queues === undefined || queues.includes(each.queue)))
            .sort((a, b) => b.priority - a.priority || a.runAt - b.runAt || a.seq - b.seq)
            .slice(0, limit);
          const due = await store.due({ now: instant(now), limit, queues });
          const claims = await store.claim({ now: instant(now), limit, queues, workerId: "w", leaseMs: 1000 });

          expect(claims.map((claim) => claim.id)).toEqual(expected.map((each) => each.id));
          expect(due.map((each) => each.id)).toEqual(expected.map((each) => each.id));
          for (const each of expected) waiting.splice(waiting.indexOf(each), 1);
          await enqueue(arrives);
        }
      }),
      { numRuns: 200 },
    );
  }, 60_000);

  it("R9 commits and rolls back transactions whole, however they interleave and wait for each other", async () => {
    const key = fc.constantFrom("k1", "k2", "k3", "k4");
    const plan = fc.record({ keys: fc.array(key, { minLength: 1, maxLength: 4 }), fails: fc.boolean() });

    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(plan, { minLength: 1, maxLength: 5 }), async (scheduler, plans) => {
        const store = new MemoryJobStore();
        const now = instant(0);
        const all = plans.map(({ keys, fails }, number) =>
          store.transaction(async (transaction) => {
            const ids: string[] = [];
            for (const [step, uniqueKey] of keys.entries()) {
              await scheduler.schedule(Promise.resolve());
              const list = [aJob({ id: `${number}-${step}` }), aJob({ uniqueKey })];
              ids.push(...(await store.insert(list, { now, transaction })).map((job) => job.id));
            }
            if (fails) throw new Error("rolled back");
            return ids;
          }),
        );

        const outcomes = await scheduler.waitFor(Promise.allSettled(all));

        const stored = await store.list({ limit: 1000 });
        const ids = new Set(stored.map((job) => job.id));
        for (const [number, outcome] of outcomes.entries()) {
          if (outcome.status === "fulfilled") for (const id of outcome.value) expect(ids).toContain(id);
          else expect([...ids].filter((id) => id.startsWith(`${number}-`))).toEqual([]);
        }
        const keys = stored.flatMap((job) => job.uniqueKey ?? []);
        expect(keys).toHaveLength(new Set(keys).size);
        const reasons = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
        for (const reason of reasons) expect(reason.code ?? reason.message).toMatch(/rolled back|TRANSACTION_DEADLOCK/);
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});
