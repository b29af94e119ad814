// Transactions of the memory store (R9), beyond what the contract asks of every store.

import { beforeEach, describe, expect, it } from "vitest";
import { aJob } from "../../../src/contract/index.ts";
import type { NewJob } from "../../../src/job/record.ts";
import { MemoryJobStore } from "../../../src/store/memory/memory-job-store.ts";
import type { MemoryTransaction } from "../../../src/store/memory/transaction.ts";

const now = new Date("2030-01-01T00:00:00.000Z");
const key = (uniqueKey: string, id?: string): NewJob => aJob(id === undefined ? { uniqueKey } : { uniqueKey, id });

/** A promise and the functions that settle it. */
function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Lets everything go on that is not waiting for something else. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("MemoryJobStore.transaction", () => {
  let store: MemoryJobStore;
  beforeEach(() => {
    store = new MemoryJobStore();
  });
  const ids = async () => (await store.list({})).map((job) => job.id);

  it("commits when a synchronous function returns, and returns what it does", async () => {
    const value = store.transaction((transaction) => {
      store.insertSync([aJob({ id: "a" })], { now, transaction });
      return 7;
    });

    expect(value).toBe(7);
    expect(await ids()).toEqual(["a"]);
  });

  // biome-ignore lint/suspicious/noThenProperty: one that looks like a promise and is none
  it.each([[null], [undefined], ["then"], [{ then: "later" }]])(
    "takes %j, which is no promise, for the value",
    (value) => {
      expect(store.transaction(() => value)).toBe(value);
    },
  );

  it("rolls back when a synchronous function throws, and throws the same", async () => {
    const error = new Error("no");

    const attempt = () =>
      store.transaction((transaction) => {
        store.insertSync([aJob()], { now, transaction });
        throw error;
      });

    expect(attempt).toThrow(error);
    expect(await ids()).toEqual([]);
  });

  it("resolves to what an asynchronous function does, and rejects with its error", async () => {
    expect(await store.transaction(async () => 7)).toBe(7);
    expect(await store.transaction(async () => null)).toBeNull();
    await expect(store.transaction(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  });

  it("tells how it ended to whoever asks after that, too", () => {
    let transaction: MemoryTransaction | undefined;
    const ends: string[] = [];
    store.transaction((begun) => {
      transaction = begun;
      store.whenEnded(begun, (state) => ends.push(`asked before: ${state}`));
    });

    store.whenEnded(transaction, (state) => ends.push(`asked after: ${state}`));

    expect(ends).toEqual(["asked before: committed", "asked after: committed"]);
  });

  it("tells its state", async () => {
    const seen: MemoryTransaction[] = [];

    await store.transaction(async (transaction) => {
      expect(transaction.state).toBe("open");
      seen.push(transaction);
    });
    await store.transaction(async (transaction) => Promise.reject(seen.push(transaction))).catch(() => {});

    expect(seen.map((transaction) => transaction.state)).toEqual(["committed", "rolled back"]);
  });

  it("refuses an enqueue in a transaction that is over", async () => {
    let over: MemoryTransaction | undefined;
    await store.transaction(async (transaction) => {
      over = transaction;
    });

    await expect(store.insert([aJob()], { now, transaction: over })).rejects.toMatchObject({
      code: "TRANSACTION_OVER",
    });
    expect(() => store.insertSync([aJob()], { now, transaction: over })).toThrow("was committed");
    expect(await ids()).toEqual([]);
  });

  it("lets several go on side by side, each with jobs of its own", async () => {
    const [first, second] = [deferred(), deferred()];

    const one = store.transaction(async (transaction) => {
      await store.insert([aJob({ id: "one" })], { now, transaction });
      await first.promise;
    });
    const two = store.transaction(async (transaction) => {
      await store.insert([aJob({ id: "two" })], { now, transaction });
      await second.promise;
      throw new Error("no");
    });

    expect(await ids()).toEqual([]);
    second.resolve();
    await expect(two).rejects.toThrow("no");
    expect(await ids()).toEqual([]);
    first.resolve();
    await one;
    expect(await ids()).toEqual(["one"]);
  });

  it("R11 gives numbers at the insert, so a late commit comes before later inserts", async () => {
    const commit = deferred();
    const done = store.transaction(async (transaction) => {
      await store.insert([aJob({ id: "early" })], { now, transaction });
      await commit.promise;
    });
    await store.insert([aJob({ id: "late" })], { now });

    commit.resolve();
    await done;

    expect(await ids()).toEqual(["late", "early"]);
    expect((await store.due({ limit: 9, now })).map((job) => job.id)).toEqual(["early", "late"]);
  });

  it("BM-195 makes those who wait for a key try in turn when it is rolled back", async () => {
    const end = deferred();
    const rolledBack = store.transaction(async (transaction) => {
      await store.insert([key("k")], { now, transaction });
      await end.promise;
      throw new Error("no");
    });

    const waiting = [key("k", "a"), key("k", "b"), key("k", "c")].map((job) => store.insert([job], { now }));
    end.resolve();
    await expect(rolledBack).rejects.toThrow("no");

    const answers = (await Promise.all(waiting)).flat().map((job) => [job.id, job.deduplicated]);
    expect(answers).toEqual([
      ["a", false],
      ["a", true],
      ["a", true],
    ]);
  });

  it("waits for every transaction that is in the way, one after the other", async () => {
    const [first, second] = [deferred(), deferred()];
    const one = store.transaction(async (transaction) => {
      await store.insert([key("one")], { now, transaction });
      await first.promise;
    });
    const two = store.transaction(async (transaction) => {
      await store.insert([key("two")], { now, transaction });
      await second.promise;
    });
    let isAnswered = false;
    const waiting = store.insert([key("one"), key("two")], { now }).finally(() => {
      isAnswered = true;
    });

    first.resolve();
    await one;
    await settled();
    expect(isAnswered).toBe(false);
    second.resolve();
    await two;

    expect((await waiting).map((job) => job.deduplicated)).toEqual([true, true]);
  });

  it("cannot wait synchronously, and says so", async () => {
    await store.transaction(async (transaction) => {
      await store.insert([key("k", "a")], { now, transaction });

      expect(() => store.insertSync([key("k")], { now })).toThrow(expect.objectContaining({ code: "WOULD_WAIT" }));
      expect(() => store.insertSync([aJob({ id: "a" })], { now })).toThrow(/asynchronous enqueue/);
      expect(store.insertSync([key("other")], { now })[0]?.deduplicated).toBe(false);
    });
  });

  it("makes an id anew that an open transaction has, without waiting", async () => {
    const taken = aJob();

    await store.transaction(async (transaction) => {
      await store.insert([taken], { now, transaction });
      const [job] = await store.insert([{ ...aJob(), id: taken.id }], { now, newId: () => "made-anew" });
      expect(job?.id).toBe("made-anew");
    });
  });

  it("R8 lets no retry by hand wait for a transaction that has taken another key, or none", async () => {
    await store.insert([key("k", "one"), key("l", "two")], { now });
    for (const claim of await store.claim({ limit: 2, now, workerId: "w", leaseMs: 1000 }))
      await store.settle(claim, { type: "failed", error: "boom" }, { now });

    await store.transaction(async (transaction) => {
      await store.insert([key("m"), aJob()], { now, transaction });

      expect(await store.retry("one", { now })).toEqual({ type: "retried" });
      expect(await store.retryFailed({ now })).toBe(1);
    });
  });

  it("R8 lets a retry by hand wait for a key that a transaction has taken", async () => {
    await store.insert([key("k", "failed")], { now });
    for (const claim of await store.claim({ limit: 1, now, workerId: "w", leaseMs: 1000 })) {
      await store.settle(claim, { type: "failed", error: "boom" }, { now });
    }
    const [commit, rollback] = [deferred(), deferred()];

    const committed = store.transaction(async (transaction) => {
      await store.insert([key("k", "mine")], { now, transaction });
      await commit.promise;
    });
    const one = store.retry("failed", { now });
    const all = store.retryFailed({ now });
    commit.resolve();
    await committed;
    expect(await one).toEqual({ type: "key-taken", uniqueKey: "k", holder: "mine" });
    expect(await all).toBe(0);

    await store.remove("mine");
    const rolledBack = store.transaction(async (transaction) => {
      await store.insert([key("k", "mine")], { now, transaction });
      await rollback.promise;
      throw new Error("no");
    });
    const again = store.retry("failed", { now });
    rollback.resolve();
    await expect(rolledBack).rejects.toThrow("no");
    expect(await again).toEqual({ type: "retried" });
  });

  describe("deadlocks", () => {
    it("rejects the enqueue that closes the circle, and lets the other go on", async () => {
      const [oneHasA, twoHasB] = [deferred(), deferred()];

      const one = store.transaction(async (transaction) => {
        await store.insert([key("a")], { now, transaction });
        oneHasA.resolve();
        await twoHasB.promise;
        return store.insert([key("b")], { now, transaction });
      });
      const two = store.transaction(async (transaction) => {
        await store.insert([key("b")], { now, transaction });
        twoHasB.resolve();
        await oneHasA.promise;
        await settled();
        return store.insert([key("a")], { now, transaction });
      });

      await expect(two).rejects.toMatchObject({ code: "TRANSACTION_DEADLOCK" });
      expect((await one).map((job) => job.deduplicated)).toEqual([false]);
      expect((await store.list({})).map((job) => job.uniqueKey)).toEqual(["b", "a"]);
    });

    it("sees a circle of three", async () => {
      const names = ["a", "b", "c"];
      const all = names.map(() => deferred());

      const outcomes = await Promise.allSettled(
        names.map((name, index) =>
          store.transaction(async (transaction) => {
            await store.insert([key(name)], { now, transaction });
            all[index]?.resolve();
            await Promise.all(all.map((each) => each.promise));
            await store.insert([key(names[(index + 1) % 3] ?? "")], { now, transaction });
          }),
        ),
      );

      const errors = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason.code] : []));
      expect(errors).toEqual(["TRANSACTION_DEADLOCK"]);
      expect((await store.list({})).map((job) => job.uniqueKey).sort()).toEqual(
        ["a", "b", "c"].slice(0, 2).concat("c"),
      );
    });

    it("takes no chain for a circle", async () => {
      const [first, second] = [deferred(), deferred()];
      const holdsA = store.transaction(async (transaction) => {
        await store.insert([key("a")], { now, transaction });
        await first.promise;
      });
      const waitsForA = store.transaction(async (transaction) => {
        await store.insert([key("b")], { now, transaction });
        second.resolve();
        return store.insert([key("a")], { now, transaction });
      });
      await second.promise;
      await settled();

      const waitsForB = store.transaction((transaction) => store.insert([key("b")], { now, transaction }));
      await settled();
      first.resolve();

      await holdsA;
      expect((await waitsForA).map((job) => job.deduplicated)).toEqual([true]);
      expect((await waitsForB).map((job) => job.deduplicated)).toEqual([true]);
    });

    it("takes no crowd for a circle", async () => {
      const end = deferred();
      const holder = store.transaction(async (transaction) => {
        await store.insert([key("k")], { now, transaction });
        await end.promise;
      });
      const others = Array.from({ length: 5 }, () =>
        store.transaction((transaction) => store.insert([key("k")], { now, transaction })),
      );

      end.resolve();
      await holder;

      expect((await Promise.all(others)).flat().map((job) => job.deduplicated)).toEqual([true, true, true, true, true]);
    });
  });

  describe("transactions of others", () => {
    const client = { query: () => {} };

    it("are refused, with the ways out", async () => {
      const attempt = store.insert([aJob()], { now, transaction: client });

      await expect(attempt).rejects.toMatchObject({
        code: "TRANSACTION_NOT_SUPPORTED",
        message: expect.stringMatching(
          /store\.transaction\(fn\).*WHEELWRIGHT_STORE=<url>.*new MemoryJobStore\(\{ foreignTransactions: "commit-at-once" \}\)/s,
        ),
      });
      expect(() => store.insertSync([aJob()], { now, transaction: client })).toThrow("did not begin it");
    });

    it("are refused when they are another memory store's", async () => {
      await new MemoryJobStore().transaction(async (transaction) => {
        await expect(store.insert([aJob()], { now, transaction })).rejects.toThrow("another memory store began it");
      });
    });

    it("commit at once where that is asked for, its own ones as always", async () => {
      store = new MemoryJobStore({ foreignTransactions: "commit-at-once" });

      await store.insert([aJob({ id: "a" })], { now, transaction: client });
      await store.transaction(async (transaction) => {
        await store.insert([aJob({ id: "b" })], { now, transaction });
        expect(await ids()).toEqual(["a"]);
      });

      expect(await ids()).toEqual(["b", "a"]);
    });
  });

  describe("close", () => {
    it("rolls back what is open, and refuses whoever waits or commits", async () => {
      const end = deferred();
      const open = store.transaction(async (transaction) => {
        await store.insert([key("k")], { now, transaction });
        await end.promise;
      });
      const waiting = store.insert([key("k")], { now });

      await store.close();
      end.resolve();

      await expect(waiting).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
      await expect(open).rejects.toThrow("Cannot commit: this memory store was closed");
      expect(() => store.transaction(() => {})).toThrow(expect.objectContaining({ code: "STORE_UNAVAILABLE" }));
    });
  });
});
