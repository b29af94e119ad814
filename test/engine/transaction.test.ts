// Enqueues inside the app's own transaction, on the memory store: there after the commit, and never before.

import { describe, expect, it } from "vitest";
import { defineJob, MemoryJobStore, OwnTransactionError, TransactionNotSupportedError } from "wheelwright";
import { aRow } from "./a-row.ts";
import { anApp, turn } from "./an-app.ts";

const plain = defineJob("Plain", {}, () => undefined);

function aTransactionalApp(store = new MemoryJobStore()) {
  return { ...anApp({ jobs: [plain], store }), store };
}

describe("enqueue in a transaction", () => {
  it("R9 is visible and runnable only after the commit (BM-212)", async () => {
    const { jobs, store } = aTransactionalApp();
    const before: unknown[] = [];

    const id = await store.transaction(async (transaction) => {
      const job = await jobs.enqueue(plain, {}, { transaction });
      before.push(await jobs.find(job.id), await jobs.list(), await jobs.processQueue(), await jobs.queueStats());
      return job.id;
    });

    expect(before).toEqual([
      null,
      [],
      { processed: 0, failed: 0, skipped: 0, errors: [] },
      { pending: 0, processing: 0, completed: 0, failed: 0, total: 0 },
    ]);
    expect(await jobs.processQueue()).toMatchObject({ processed: 1 });
    expect(await jobs.find(id)).toMatchObject({ status: "completed" });
  });

  it("R9 is gone after the rollback, with what enqueueMany stored beside it (BM-212)", async () => {
    const { jobs, store } = aTransactionalApp();

    const rolledBack = store.transaction(async (transaction) => {
      await jobs.enqueue(plain, {}, { transaction, id: "a" });
      await jobs.enqueueMany(
        [
          [plain, {}, { id: "b" }],
          [plain, {}, { id: "c", transaction }],
        ],
        { transaction },
      );
      throw new Error("no stock");
    });

    await expect(rolledBack).rejects.toThrow("no stock");
    expect(await jobs.list()).toEqual([]);
    expect(await jobs.processQueue()).toMatchObject({ processed: 0 });
  });

  it("R9 serves synchronous transaction functions with enqueueSync", async () => {
    const { jobs, store } = aTransactionalApp();

    const kept = store.transaction((transaction) => jobs.enqueueSync(plain, { kept: true }, { transaction }));
    const drop = () =>
      store.transaction((transaction) => {
        jobs.enqueueSync(plain, { kept: false }, { transaction });
        throw new Error("no");
      });

    expect(drop).toThrow("no");
    expect(await jobs.list()).toEqual([expect.objectContaining({ id: kept.id, data: { kept: true } })]);
  });

  it("R9 takes part through a job class's own enqueue as well", async () => {
    const { jobs, store } = aTransactionalApp();
    jobs.useAsDefault();

    await store.transaction((transaction) => plain.enqueueIn(60, {}, { transaction }));
    await store
      .transaction((transaction) => plain.enqueue({}, { transaction }).then(() => Promise.reject(0)))
      .catch(() => 0);

    expect(await jobs.list()).toHaveLength(1);
    await jobs.close();
  });

  it("R9 refuses a transaction that is over", async () => {
    const { jobs, store } = aTransactionalApp();

    const transaction = store.transaction((begun) => begun);

    await expect(jobs.enqueue(plain, {}, { transaction })).rejects.toMatchObject({ code: "TRANSACTION_OVER" });
    expect(await jobs.list()).toEqual([]);
  });

  it("R9 refuses another client's transaction, and names the switch and the opt-out", async () => {
    const { jobs } = aTransactionalApp();
    const transaction = { query: () => undefined };

    const refused = jobs.enqueue(plain, {}, { transaction });

    await expect(refused).rejects.toBeInstanceOf(TransactionNotSupportedError);
    await expect(refused).rejects.toThrow(/WHEELWRIGHT_STORE.+foreignTransactions: "commit-at-once"/);
    expect(() => jobs.enqueueSync(plain, {}, { transaction })).toThrow(TransactionNotSupportedError);
    expect(await jobs.list()).toEqual([]);
  });

  it("R9 stores at once under the opt-out, whatever the transaction is", async () => {
    const { jobs } = aTransactionalApp(new MemoryJobStore({ foreignTransactions: "commit-at-once" }));

    await jobs.enqueue(plain, {}, { transaction: { query: () => undefined } });

    expect(await jobs.list()).toHaveLength(1);
  });

  it("R9 refuses what would wait for the transaction it is called in, and the transaction can go on", async () => {
    const { jobs, store } = aTransactionalApp();
    await store.insert([aRow({ jobClass: "Plain", id: "failed", uniqueKey: "k" })], { now: jobs.now() });
    const [claim] = await store.claim({ limit: 1, now: jobs.now(), workerId: "w", leaseMs: 1000 });
    if (claim !== undefined) await store.settle(claim, { type: "failed", error: "no" }, { now: jobs.now() });

    const stored = await store.transaction(async (transaction) => {
      await jobs.enqueue(plain, {}, { transaction, uniqueKey: "k", id: "mine" });
      for (const [attempt, message] of [
        [
          () => jobs.enqueue(plain, {}, { uniqueKey: "k" }),
          /^Cannot enqueue: .+ Pass it: enqueue\(data, \{ transaction \}\)/,
        ],
        [() => jobs.enqueue(plain, {}, { id: "mine" }), /Pass it/],
        [() => jobs.enqueueMany([[plain, {}, { uniqueKey: "k" }]]), /Pass it/],
        [
          () => store.transaction((inner) => jobs.enqueue(plain, {}, { transaction: inner, uniqueKey: "k" })),
          /Pass it/,
        ],
        [() => jobs.retry("failed"), /^Cannot retry job failed: .+ when the transaction has ended/],
        [() => jobs.retryFailed(), /^Cannot retry failed jobs: /],
      ] as const) {
        const refused = attempt();
        await expect(refused).rejects.toBeInstanceOf(OwnTransactionError);
        await expect(refused).rejects.toThrow(message);
      }
      return jobs.enqueue(plain, {}, { transaction, uniqueKey: "k" });
    });

    expect(stored).toMatchObject({ id: "mine", deduplicated: true });
    expect(await jobs.queueStats()).toMatchObject({ pending: 1, failed: 1 });
  });

  it("BM-195 waits for an open transaction that has taken the key, and stores when it rolls back", async () => {
    const { jobs, store } = aTransactionalApp();
    let rollBack = (): void => undefined;
    const open = store.transaction(async (transaction) => {
      await jobs.enqueue(plain, { from: "A" }, { transaction, uniqueKey: "k" });
      await new Promise<void>((_resolve, reject) => {
        rollBack = () => reject(new Error("A rolls back"));
      });
    });
    await turn();

    const waiting = jobs.enqueue(plain, { from: "B" }, { uniqueKey: "k" });
    await turn();
    expect(await jobs.list()).toEqual([]);
    rollBack();

    await expect(open).rejects.toThrow("A rolls back");
    expect(await waiting).toMatchObject({ data: { from: "B" }, deduplicated: false });
  });

  it("BM-015 lets the transaction go on after an enqueue in it met a taken key", async () => {
    const { jobs, store } = aTransactionalApp();
    const first = await jobs.enqueue(plain, {}, { uniqueKey: "k" });

    await store.transaction(async (transaction) => {
      expect(await jobs.enqueue(plain, {}, { uniqueKey: "k", transaction })).toMatchObject({ id: first.id });
      await jobs.enqueue(plain, {}, { transaction });
    });

    expect(await jobs.queueStats()).toMatchObject({ total: 2 });
  });

  it("BM-250 keeps the full rule for every helper: nothing of a rolled-back handler's transaction stays", async () => {
    const store = new MemoryJobStore();
    const ordering = defineJob("Ordering", { maxRetries: 1 }, () =>
      store.transaction(async (transaction) => {
        await plain.enqueue({}, { transaction });
        throw new Error("no stock");
      }),
    );
    const { jobs } = anApp({ jobs: [ordering, plain], store });
    await jobs.enqueue(ordering);

    await jobs.processQueue();

    expect(await jobs.list({ jobClass: "Plain" })).toEqual([]);
  });
});
