// Settles of one worker, sent together where the store can write several in one step.

import { describe, expect, it } from "vitest";
import { defineJob, type JobStore, MemoryJobStore } from "wheelwright";
import { aGate } from "./a-running-job.ts";
import { aWorker } from "./a-worker.ts";
import { turn } from "./an-app.ts";

/** A store that notes which of its settles were called, with how many. */
function noting(settles: string[], refuse: (size: number) => boolean = () => false): JobStore {
  const store = new MemoryJobStore();
  const one = store.settle.bind(store);
  const many = store.settleMany.bind(store);
  store.settle = (...args) => {
    settles.push("1");
    return one(...args);
  };
  store.settleMany = async (...args) => {
    const [{ length }] = args;
    settles.push(`${length}`);
    if (refuse(length)) throw new Error("one of them is refused");
    return many(...args);
  };
  return store;
}

const nothing = defineJob("Nothing", {}, () => undefined);
const waits = defineJob("Waits", {}, (_data, context) => context.sleep("1s"));

describe("a worker's settles", () => {
  it("go out together where jobs end together", async () => {
    const settles: string[] = [];
    const { jobs, worker, advance } = await aWorker({ jobs: [waits], store: noting(settles) }, { concurrency: 10 });
    for (let n = 0; n < 10; n++) await jobs.enqueue(waits);

    await advance("2s");

    expect(settles).toEqual(["10"]);
    expect(await jobs.queueStats()).toMatchObject({ completed: 10 });
    await worker.stop();
  });

  it("wait where three are under way, and go out together then", async () => {
    const settles: string[] = [];
    const store = noting(settles);
    const settle = store.settle.bind(store);
    let answer: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => {
      answer = resolve;
    });
    store.settle = async (...args) => {
      await slow;
      return settle(...args);
    };
    const { jobs, worker } = await aWorker({ jobs: [nothing], store }, { concurrency: 10 });
    await turn();

    for (let n = 0; n < 7; n++) {
      await jobs.enqueue(nothing);
      await turn();
    }
    expect(settles).toEqual([]);
    answer();
    await worker.idle();

    expect(settles).toEqual(["1", "1", "1", "4"]);
    await worker.stop();
  });

  it("are stored each with the instant at which its job ended, however late they go out", async () => {
    const store = new MemoryJobStore();
    let answer: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const settle = store.settle.bind(store);
    store.settle = async (...args) => {
      await slow;
      return settle(...args);
    };
    const { jobs, worker, advance } = await aWorker({ jobs: [waits], store }, { concurrency: 10 });
    const began = jobs.now().getTime();
    for (let n = 0; n < 6; n++) {
      await jobs.enqueue(waits);
      await advance("10ms");
    }
    await advance("1s");

    answer();
    await worker.idle();

    const rows = await jobs.list();
    const ended = rows.map(({ completedAt }) => (completedAt?.getTime() ?? 0) - began);
    expect(ended.sort((a, b) => a - b)).toEqual([1000, 1010, 1020, 1030, 1040, 1050]);
    expect(rows.map(({ updatedAt }) => updatedAt)).toEqual(rows.map(({ completedAt }) => completedAt));
    await worker.stop();
  });

  it("go out one by one where the store refuses them together: one does not keep the others", async () => {
    const settles: string[] = [];
    const store = noting(settles, (size) => size > 1);
    const { jobs, worker, advance, lines } = await aWorker({ jobs: [waits], store }, { concurrency: 3 });
    for (let n = 0; n < 3; n++) await jobs.enqueue(waits);

    await advance("2s");

    expect(settles).toEqual(["3", "1", "1", "1"]);
    expect(await jobs.queueStats()).toMatchObject({ completed: 3 });
    expect(lines.filter(({ level }) => level === "error")).toEqual([]);
    await worker.stop();
  });

  it("go out one by one where the store does not answer for each of them", async () => {
    const settles: string[] = [];
    const store = noting(settles);
    const many = store.settleMany?.bind(store);
    store.settleMany = async (...args) => (await many?.(...args))?.slice(1) ?? [];
    const { jobs, worker, advance } = await aWorker({ jobs: [waits], store }, { concurrency: 3 });
    for (let n = 0; n < 3; n++) await jobs.enqueue(waits);

    await advance("2s");

    expect(settles).toEqual(["3", "1", "1", "1"]);
    expect(worker.running).toBe(0);
    expect(await jobs.queueStats()).toMatchObject({ completed: 3 });
    await worker.stop();
  });

  it("go out one by one where the store cannot write several in one step", async () => {
    const settles: string[] = [];
    const store = noting(settles);
    Object.assign(store, { settleMany: undefined });
    const { jobs, worker, advance } = await aWorker({ jobs: [waits], store }, { concurrency: 3 });
    for (let n = 0; n < 3; n++) await jobs.enqueue(waits);

    await advance("2s");

    expect(settles).toEqual(["1", "1", "1"]);
    expect(await jobs.queueStats()).toMatchObject({ completed: 3 });
    await worker.stop();
  });

  it("wait for no other where the store cannot write several in one step", async () => {
    const settles: string[] = [];
    const store = noting(settles);
    const settle = store.settle.bind(store);
    const { gate, open } = aGate();
    store.settle = (...args) => {
      const answer = settle(...args);
      return gate.then(() => answer);
    };
    Object.assign(store, { settleMany: undefined });
    const { jobs, worker, advance } = await aWorker({ jobs: [waits], store }, { concurrency: 5 });
    for (let n = 0; n < 5; n++) {
      await jobs.enqueue(waits);
      await advance("10ms");
    }

    await advance("1s");
    expect(settles).toHaveLength(5);
    open();
    await worker.idle();

    await worker.stop();
  });

  it("R25 leave out a rescue's, which takes back nothing that was extended since it looked", async () => {
    const store = new MemoryJobStore();
    const { jobs, worker, advance, record, clock } = await aWorker({ jobs: [nothing], store }, { queue: "none" });
    const rescued = record("rescued");
    await jobs.enqueue(nothing);
    const [claim] = await store.claim({ limit: 1, now: clock.now(), workerId: "slow", leaseMs: 1000 });
    const expired = store.expired.bind(store);
    store.expired = async (request) => {
      const page = await expired(request);
      for (const held of page) await store.extend(held, { now: request.now, leaseMs: 3_600_000 });
      return page;
    };

    await advance("1m");

    expect(claim).toBeDefined();
    expect(rescued).toEqual([]);
    expect(await jobs.queueStats()).toMatchObject({ processing: 1 });
    await worker.stop();
  });

  it("are told to the store at the instant of the last of them", async () => {
    const store = new MemoryJobStore();
    const told: number[] = [];
    let answer: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const [settle, many] = [store.settle.bind(store), store.settleMany.bind(store)];
    store.settle = async (...args) => {
      await slow;
      return settle(...args);
    };
    store.settleMany = (settlements, at) => {
      told.push(at.now.getTime() - began);
      return many(settlements, at);
    };
    const { jobs, worker, advance } = await aWorker({ jobs: [waits], store }, { concurrency: 10 });
    const began = jobs.now().getTime();
    for (let n = 0; n < 6; n++) {
      await jobs.enqueue(waits);
      await advance("10ms");
    }
    await advance("1s");

    answer();
    await worker.idle();

    expect(told).toEqual([1050]);
    await worker.stop();
  });

  it("R24 tell each claim for itself whether it still held its job", async () => {
    const store = new MemoryJobStore();
    const { jobs, worker, advance, record } = await aWorker({ jobs: [waits], store }, { concurrency: 2 });
    const events = record("completed", "lost");
    const [first] = [await jobs.enqueue(waits), await jobs.enqueue(waits)];
    await turn();
    const claims = await store.expired({ now: new Date(8e15), limit: 9 });
    const claim = claims.find(({ id }) => id === first.id);
    if (claim !== undefined) await store.settle(claim, { type: "failed", error: "taken away" }, { now: jobs.now() });

    await advance("2s");

    expect(events.map(({ type, job: { id } }) => [type, id === first.id])).toEqual([
      ["lost", true],
      ["completed", false],
    ]);
    await worker.stop();
  });
});
