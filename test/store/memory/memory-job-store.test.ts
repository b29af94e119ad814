// What is the memory store's own: work done when a call returns, indexes that stay exact and small, clocks that go back.

import { describe, expect, it } from "vitest";
import { aJob } from "../../../src/contract/index.ts";
import type { Claim } from "../../../src/job/record.ts";
import { MemoryJobStore } from "../../../src/store/memory/memory-job-store.ts";

const T0 = Date.parse("2030-01-01T00:00:00.000Z");
const at = (milliseconds: number): Date => new Date(T0 + milliseconds);
const worker = { workerId: "w", leaseMs: 30_000 };
const idsOf = (jobs: readonly { readonly id: string }[]): string[] => jobs.map((job) => job.id);

describe("MemoryJobStore", () => {
  it("has done its work when a call returns, awaited or not", async () => {
    const store = new MemoryJobStore();

    const calls = [
      store.insert([aJob({ id: "a" }), aJob({ id: "b" })], { now: at(0) }),
      store.claim({ ...worker, limit: 1, now: at(0) }),
      store.remove("b"),
      store.claim({ ...worker, limit: 1, now: at(0) }),
      store.insert([aJob({ id: "b" })], { now: at(0) }),
    ];

    const [, first, removed, second, again] = await Promise.all(calls);
    expect([idsOf(first as Claim[]), removed, second]).toEqual([["a"], "removed", []]);
    expect(again).toMatchObject([{ id: "b", deduplicated: false }]);
  });

  it("stores synchronously for whoever cannot wait", async () => {
    const store = new MemoryJobStore();

    const [job] = store.insertSync([aJob({ id: "a", data: { a: 1 } })], { now: at(0) });

    expect(job).toMatchObject({ id: "a", data: { a: 1 }, status: "pending", deduplicated: false });
    expect(await store.get("a")).toMatchObject({ id: "a" });
  });

  it("R25 loses a rescue that names no end of the lease that it has read", async () => {
    const store = new MemoryJobStore();
    await store.insert([aJob({ id: "a" })], { now: at(0) });
    const [claim] = await store.claim({ ...worker, limit: 1, now: at(0) });
    const unread = { ...(claim as Claim), lockedUntil: null }; // `as`: the job was due

    expect(await store.settle(unread, { type: "completed" }, { now: at(30_000), expired: true })).toBe("lost");
  });

  it("writes nothing of a batch that has a retry at no instant", async () => {
    const store = new MemoryJobStore();
    await store.insert([aJob({ id: "a" }), aJob({ id: "b" })], { now: at(0) });
    const [a, b] = await store.claim({ ...worker, limit: 2, now: at(0) });
    const never = { type: "retry", runAt: new Date(Number.NaN), error: "boom" } as const;

    const settling = store.settleMany(
      [
        { claim: a as Claim, outcome: { type: "completed" } }, // `as`: both were due
        { claim: b as Claim, outcome: never },
      ],
      { now: at(1) },
    );

    await expect(settling).rejects.toThrow("runAt");
    expect(await store.get("a")).toMatchObject({ status: "processing" });
  });

  it("says that it was closed, and what that means", async () => {
    const store = new MemoryJobStore();

    await store.close();

    expect(() => store.insertSync([aJob()], { now: at(0) })).toThrow(
      "Cannot insert: this memory store was closed, and its jobs went with it.",
    );
    await expect(store.claim({ ...worker, limit: 1, now: at(0) })).rejects.toThrow("Cannot claim: ");
    await expect(store.setup()).rejects.toThrow("Cannot set up: ");
    for (const call of [
      store.expired({ now: at(0), limit: 1 }),
      store.nextLeaseEndAt(),
      store.activity({ since: at(0), recent: 1 }),
      store.retry("a", { now: at(0) }),
      store.purge({ statuses: [], before: at(0) }),
      store.remove("a"),
    ]) {
      await expect(call).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    }
  });

  it("gives up on ids that are made anew and always exist", async () => {
    const store = new MemoryJobStore();
    const [first] = await store.insert([aJob()], { now: at(0) });
    const clash = { ...aJob(), id: first?.id ?? "" };

    await expect(store.insert([clash], { now: at(0), newId: () => clash.id })).rejects.toThrow("repeats them");
    await expect(store.insert([clash], { now: at(0) })).rejects.toMatchObject({ code: "INVALID_OPTION" });
  });

  it("leaves nothing of a list that fails, in any of its indexes", async () => {
    const store = new MemoryJobStore();
    await store.insert([aJob({ id: "before" })], { now: at(0) });
    const list = [aJob({ id: "a", uniqueKey: "k", queue: "other" }), aJob({ runAt: new Date(Number.NaN) })];

    await expect(store.insert(list, { now: at(0) })).rejects.toThrow("runAt is an invalid Date");

    expect(idsOf(await store.list({}))).toEqual(["before"]);
    expect([...(await store.stats({})).keys()]).toEqual(["default"]);
    expect(await store.nextRunAt({ queues: ["other"] })).toBeNull();
    expect(await store.list({ uniqueKey: "k" })).toEqual([]);
    expect(await store.claim({ ...worker, limit: 9, now: at(0) })).toHaveLength(1);
    expect((await store.insert([aJob({ uniqueKey: "k" })], { now: at(0) }))[0]?.deduplicated).toBe(false);
  });

  describe("with a clock that goes back", () => {
    it("BM-150 hands out exactly what is due by the now of each call", async () => {
      const store = new MemoryJobStore();
      await store.insert(
        [
          aJob({ id: "high 9", runAt: at(9), priority: 9 }),
          aJob({ id: "high 5", runAt: at(5), priority: 9 }),
          aJob({ id: "low 1", runAt: at(1), priority: -9 }),
          aJob({ id: "mid 3", runAt: at(3) }),
        ],
        { now: at(0) },
      );
      const due = async (now: number) => idsOf(await store.due({ limit: 9, now: at(now) }));

      expect(await due(9)).toEqual(["high 5", "high 9", "mid 3", "low 1"]);
      expect(await due(4)).toEqual(["mid 3", "low 1"]);
      expect(await due(0)).toEqual([]);
      expect(idsOf(await store.claim({ ...worker, limit: 9, now: at(2) }))).toEqual(["low 1"]);
      expect(await store.nextRunAt({})).toEqual(at(3));
      expect(await due(8)).toEqual(["high 5", "mid 3"]);
    });

    it("takes jobs enqueued by a slow clock in their place", async () => {
      const store = new MemoryJobStore();
      await store.due({ limit: 1, now: at(1000) });

      await store.insert([aJob({ id: "b", runAt: at(600) }), aJob({ id: "a", runAt: at(500) })], { now: at(500) });

      expect(idsOf(await store.claim({ ...worker, limit: 9, now: at(550) }))).toEqual(["a"]);
      expect(idsOf(await store.claim({ ...worker, limit: 9, now: at(600) }))).toEqual(["b"]);
    });

    it("ends a lease by the instant it was given", async () => {
      const store = new MemoryJobStore();
      await store.insert([aJob(), aJob()], { now: at(0) });
      await store.claim({ ...worker, limit: 1, now: at(100_000) });
      await store.claim({ ...worker, limit: 1, now: at(0) });

      expect(await store.nextLeaseEndAt()).toEqual(at(30_000));
      expect(await store.expired({ now: at(129_999), limit: 9 })).toHaveLength(1);
      expect(await store.expired({ now: at(130_000), limit: 9 })).toHaveLength(2);
    });
  });

  describe("at some size", () => {
    it("keeps its indexes exact while thousands come and go by every way", async () => {
      const store = new MemoryJobStore();
      const queues = ["a", "b", "c"];
      let next = 0;
      const enqueue = (count: number, now: number) =>
        store.insert(
          Array.from({ length: count }, () => {
            next++;
            return aJob({ queue: queues[next % 3] ?? "a", priority: next % 20, runAt: at(now + (next % 7) - 3) });
          }),
          { now: at(now) },
        );

      for (let round = 0; round < 200; round++) {
        await enqueue(20, round);
        const filter = round % 4 === 0 ? undefined : queues.slice(0, (round % 3) + 1);
        const due = await store.due({ queues: filter, limit: 5, now: at(round) });
        const claims = await store.claim({ ...worker, queues: filter, limit: 5, now: at(round) });
        expect(idsOf(claims)).toEqual(idsOf(due));
        for (const [index, claim] of claims.entries()) {
          if (index % 4 === 0) await store.settle(claim, { type: "released" }, { now: at(round) });
          else if (index % 4 === 1)
            await store.settle(claim, { type: "retry", runAt: at(round + 9), error: "x" }, { now: at(round) });
          else
            await store.settle(
              claim,
              { type: index % 4 === 2 ? "completed" : "failed", error: "x" },
              { now: at(round) },
            );
        }
        for (const job of await store.list({ status: "pending", limit: 3 })) await store.remove(job.id);
        if (round % 10 === 0) {
          await store.retryFailed({ now: at(round), limit: 2 });
          await store.purge({ statuses: ["completed"], before: at(round - 20) });
        }
      }

      const all = await store.list({ limit: 100_000 });
      const pending = all.filter((job) => job.status === "pending");
      const counted = [...(await store.stats({})).values()].reduce((sum, counts) => sum + counts.pending, 0);
      expect(counted).toBe(pending.length);
      expect(await store.nextRunAt({})).toEqual(new Date(Math.min(...pending.map((job) => job.runAt.getTime()))));
      const rest = await store.claim({ ...worker, limit: 100_000, now: at(10_000) });
      expect(rest).toHaveLength(pending.length);
      const order = [...rest].sort((a, b) => b.priority - a.priority || +a.runAt - +b.runAt || a.seq - b.seq);
      expect(idsOf(rest)).toEqual(idsOf(order));
    });

    it("pages from any place after most of its rows were purged", async () => {
      const store = new MemoryJobStore();
      await store.insert(
        Array.from({ length: 1000 }, (_, index) => aJob({ id: `${index}` })),
        { now: at(0) },
      );
      for (const [index, claim] of (await store.claim({ ...worker, limit: 1000, now: at(0) })).entries()) {
        await store.settle(claim, { type: index % 10 === 0 ? "failed" : "completed", error: "x" }, { now: at(0) });
      }
      const kept = idsOf(await store.list({ status: "failed", limit: 1000 }));

      await store.purge({ statuses: ["completed"], before: at(1) });

      const seen: string[] = [];
      for (let beforeSeq = 5000; ; ) {
        const page = await store.list({ limit: 7, beforeSeq });
        seen.push(...idsOf(page));
        const last = page.at(-1);
        if (last === undefined) break;
        beforeSeq = last.seq;
      }
      expect(seen).toEqual(kept);
      expect(await store.retryFailed({ now: at(1) })).toBe(100);
      expect(idsOf(await store.list({ limit: 1000 }))).toEqual(kept);
    });

    it("extends thousands of leases again and again", async () => {
      const store = new MemoryJobStore();
      await store.insert(
        Array.from({ length: 500 }, () => aJob()),
        { now: at(0) },
      );
      const claims = await store.claim({ ...worker, limit: 500, now: at(0) });

      for (let beat = 1; beat <= 20; beat++) {
        for (const claim of claims) await store.extend(claim, { now: at(beat * 1000), leaseMs: 30_000 });
      }

      expect(await store.nextLeaseEndAt()).toEqual(at(50_000));
      expect(await store.expired({ now: at(49_999), limit: 999 })).toEqual([]);
      expect(idsOf(await store.expired({ now: at(50_000), limit: 999 }))).toEqual(idsOf(claims));
    });
  });
});
