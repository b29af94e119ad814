// What an enqueue answers and stores: ids, unique keys, many at once.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineJob, type JobStore, MemoryJobStore, UniqueKeyTakenError } from "wheelwright";
import { anApp, START } from "./an-app.ts";
import { failsTimes, faultStore } from "./fault-store.ts";

const plain = defineJob("Plain", {}, () => undefined);
const failing = defineJob("Failing", { maxRetries: 1 }, () => {
  throw new Error("no");
});

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("enqueue: ids", () => {
  it("R7 answers with the row's id and all its fields", async () => {
    const { jobs } = anApp({ jobs: [plain] });

    const { deduplicated, ...job } = await jobs.enqueue(plain, { n: 1 });

    expect(deduplicated).toBe(false);
    expect(job).toEqual(await jobs.find(job.id));
    expect(job).toMatchObject({
      jobClass: "Plain",
      status: "pending",
      attempts: 0,
      createdAt: START,
      updatedAt: START,
    });
    expect(job).toMatchObject({
      startedAt: null,
      completedAt: null,
      failedAt: null,
      lockedBy: null,
      lockedUntil: null,
    });
    expect(job).toMatchObject({ uniqueKey: null, progress: null, carried: null, lastError: null });
  });

  it("R7 makes ids that are UUIDv7 and monotonic within the process, whatever its apps and clocks do", async () => {
    const one = anApp({ jobs: [plain] });
    const two = anApp({ jobs: [plain] });
    const ids: string[] = [];

    for (let count = 0; count < 50; count++) {
      ids.push((await one.jobs.enqueue(plain)).id, (await two.jobs.enqueue(plain)).id);
      one.clock.set(new Date(START.getTime() + (count % 2 === 0 ? -5 : count)));
    }

    expect(ids.every((id) => UUID_V7.test(id))).toBe(true);
    expect(ids).toEqual([...new Set(ids)].sort());
  });

  it("R7 answers an id that exists with its row, in whatever status, and stores nothing", async () => {
    const { jobs } = anApp({ jobs: [plain, failing] });
    await jobs.enqueue(failing, { first: true }, { id: "order-7" });
    await jobs.processQueue();

    const again = await jobs.enqueue(plain, { second: true }, { id: "order-7", queue: "other" });

    expect(again).toMatchObject({ id: "order-7", data: { first: true }, status: "failed", deduplicated: true });
    expect(await jobs.queueStats()).toMatchObject({ total: 1 });
  });

  it("R7 makes an id of its own anew when a row has it already", async () => {
    const store = new MemoryJobStore();
    const random = () => 0.5; // Two processes with one bad source of randomness.
    const one = anApp({ jobs: [plain], store, random });
    const two = anApp({ jobs: [plain], store, random });

    const first = await one.jobs.enqueue(plain, { n: 1 });
    const second = await two.jobs.enqueue(plain, { n: 2 });
    const third = await anApp({ jobs: [plain], store, random }).jobs.enqueue(plain, { n: 3 }, { queue: "other" });

    expect(second).toMatchObject({ data: { n: 2 }, deduplicated: false });
    expect(third).toMatchObject({ data: { n: 3 }, deduplicated: false });
    expect(new Set([first.id, second.id, third.id]).size).toBe(3);
    for (const { id } of [second, third]) expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  it("BM-037 stores one job when an enqueue whose answer was lost is sent again with its id", async () => {
    const store = faultStore(new MemoryJobStore(), failsTimes("insertSync", 1, "after"));
    const { jobs } = anApp({ jobs: [plain], store });

    await expect(jobs.enqueue(plain, {}, { id: "order-7" })).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    const again = await jobs.enqueue(plain, {}, { id: "order-7" });

    expect(again.deduplicated).toBe(true);
    expect(await jobs.queueStats()).toMatchObject({ total: 1 });
  });

  it("says so when a store's insert answers with no row", async () => {
    const store = Object.assign(new MemoryJobStore(), { insertSync: () => [] });
    const { jobs } = anApp({ jobs: [plain], store });

    await expect(jobs.enqueue(plain)).rejects.toThrow(/insert returned no row/);
  });

  it("R9 waits where a store could only answer at once by waiting", async () => {
    const store = new MemoryJobStore();
    const insertSync: JobStore["insertSync"] = (_jobs, at) => {
      throw Object.assign(new Error("locked"), at.atOnce === true ? { code: "WOULD_WAIT" } : {});
    };
    const { jobs } = anApp({ jobs: [plain], store: Object.assign(store, { insertSync }) });

    expect(await jobs.enqueue(plain)).toMatchObject({ status: "pending" });
  });

  it("R9 tells at once of what a transaction enqueued on a store that cannot say how it ends", async () => {
    const store = new MemoryJobStore({ foreignTransactions: "commit-at-once" });
    const { jobs, record } = anApp({
      jobs: [plain],
      store: Object.assign(store, { whenEnded: undefined }) as JobStore,
    }); // `as`: it need not have one
    const events = record("enqueued");

    await jobs.enqueue(plain, {}, { transaction: { query: () => undefined } });

    expect(events).toHaveLength(1);
  });

  it("stores the job before it returns its promise where the store can (R9)", async () => {
    const store = new MemoryJobStore();
    const { jobs } = anApp({ jobs: [plain], store });

    const enqueued = jobs.enqueue(plain, {}, { id: "now" });
    const stored = store.get("now"); // Asked for in the same turn: the memory store answers in order of the calls.

    expect(await stored).not.toBeNull();
    await enqueued;
  });
});

describe("enqueue: unique keys", () => {
  it("R8 answers with the live job of the key, pending or processing, and stores nothing", async () => {
    const answers: unknown[] = [];
    const syncing = defineJob("Syncing", {}, async (_data: { n?: number }) => {
      answers.push(await syncing.enqueue({ n: 3 }, { uniqueKey: "sync" }));
    });
    const { jobs } = anApp({ jobs: [syncing] });

    const first = await jobs.enqueue(syncing, { n: 1 }, { uniqueKey: "sync" });
    answers.push(await jobs.enqueue(syncing, { n: 2 }, { uniqueKey: "sync" }));
    await jobs.processQueue();

    expect(answers).toEqual([
      { ...first, deduplicated: true },
      expect.objectContaining({ id: first.id, status: "processing", data: { n: 1 }, deduplicated: true }),
    ]);
    expect(await jobs.queueStats()).toMatchObject({ total: 1 });
  });

  it("R8 stores one of any number of concurrent enqueues (BM-198)", async () => {
    const { jobs } = anApp({ jobs: [plain] });

    const all = await Promise.all(Array.from({ length: 20 }, () => jobs.enqueue(plain, {}, { uniqueKey: "k" })));

    expect(all.filter(({ deduplicated }) => !deduplicated)).toHaveLength(1);
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
  });

  it.each<[string, (id: string, app: ReturnType<typeof anApp>) => Promise<unknown>]>([
    ["completed", (_id, { jobs }) => jobs.processQueue({ queue: "works" })],
    ["failed", (_id, { jobs }) => jobs.processQueue({ queue: "fails" })],
    ["was cancelled", (id, { jobs }) => jobs.cancel(id)],
  ])("R8 frees the key once the job %s", async (what, end) => {
    const app = anApp({ jobs: [plain, failing] });
    const job = what === "failed" ? failing : plain;
    const options = { uniqueKey: "k", queue: what === "failed" ? "fails" : "works" };
    const first = await app.jobs.enqueue(job, {}, options);

    await end(first.id, app);
    const second = await app.jobs.enqueue(job, {}, options);

    expect(second).toMatchObject({ deduplicated: false });
    expect(second.id).not.toBe(first.id);
  });

  it("R8 keeps the key through retries", async () => {
    const flaky = defineJob("Flaky", { maxRetries: 2 }, () => {
      throw new Error("again");
    });
    const { jobs } = anApp({ jobs: [flaky] });
    await jobs.enqueue(flaky, {}, { uniqueKey: "k" });

    await jobs.processQueue();

    expect(await jobs.enqueue(flaky, {}, { uniqueKey: "k" })).toMatchObject({ attempts: 1, deduplicated: true });
  });

  it("R8 lets one follow-up wait with uniqueWhile pending, the key given up at the claim for good (BM-203)", async () => {
    const followUps: unknown[] = [];
    const syncing = defineJob("Syncing", { maxRetries: 2 }, async (_data, context) => {
      if (context.attempt > 1) return;
      for (let count = 0; count < 2; count++)
        followUps.push((await plain.enqueueIn(60, {}, { uniqueKey: "k", uniqueWhile: "pending" })).deduplicated);
      throw new Error("again");
    });
    const { jobs } = anApp({ jobs: [syncing, plain] });
    await jobs.enqueue(syncing, {}, { uniqueKey: "k", uniqueWhile: "pending" });

    await jobs.processQueue();

    expect(followUps).toEqual([false, true]);
    expect(await jobs.queueStats()).toMatchObject({ pending: 2 });
  });

  it("R8 skips in retryFailed, and refuses in retry, a job whose key another live job holds", async () => {
    const { jobs, advance } = anApp({ jobs: [failing] });
    const older = await jobs.enqueue(failing, {}, { uniqueKey: "k" });
    await jobs.processQueue();
    await advance("1s");
    const newer = await jobs.enqueue(failing, {}, { uniqueKey: "k" });
    await jobs.processQueue();

    expect(await jobs.retryFailed()).toBe(1);
    expect(await jobs.find(older.id)).toMatchObject({ status: "pending" });

    const refused = jobs.retry(newer.id);
    await expect(refused).rejects.toBeInstanceOf(UniqueKeyTakenError);
    await expect(refused).rejects.toMatchObject({ uniqueKey: "k", message: expect.stringContaining(older.id) });
    expect(await jobs.retryFailed()).toBe(0);
  });

  it("R8 never has two live jobs of one key, whatever is enqueued, run, retried and cancelled", async () => {
    const step = fc.record({
      do: fc.constantFrom("enqueue", "run", "fail", "retryFailed", "cancel"),
      key: fc.constantFrom("a", "b"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        let fails = false;
        const moody = defineJob("Moody", { maxRetries: 1 }, () => {
          if (fails) throw new Error("no");
        });
        const { jobs } = anApp({ jobs: [moody] });
        for (const { do: action, key } of steps) {
          fails = action === "fail";
          if (action === "enqueue") await jobs.enqueue(moody, {}, { uniqueKey: key });
          else if (action === "retryFailed") await jobs.retryFailed();
          else if (action === "cancel")
            for (const { id } of await jobs.list({ status: "pending", uniqueKey: key })) await jobs.cancel(id);
          else await jobs.processNext();

          const live = await jobs.list({ status: ["pending", "processing"] });
          const keys = live.map(({ uniqueKey }) => uniqueKey);
          expect(keys).toEqual([...new Set(keys)]);
        }
      }),
      { numRuns: 60 },
    );
  });
});
