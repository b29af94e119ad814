// What a worker makes of a store that tells of enqueues: it asks soon, and not in step with the others.

import { describe, expect, it } from "vitest";
import { defineJob, type JobStore, MemoryJobStore, TestClock, type Worker } from "wheelwright";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { anApp, START, turn } from "./an-app.ts";
import { faultStore } from "./fault-store.ts";

const ring = defineJob("Ring", {}, () => undefined);

/** A store that tells whoever listens when `tell` is called, as PostgreSQL does at a commit. */
function aTellingStore(): {
  store: JobStore;
  tell: () => void;
  claims: () => number;
  /** Ends the connection over which it is told. */
  lose: () => void;
  ears: ReadonlySet<() => void>;
  /** How often it was listened to. */
  listens: () => number;
  onClaim: (at: () => void) => void;
} {
  const ears = new Set<() => void>();
  const losses = new Set<(error: unknown) => void>();
  let claimed: () => void = () => undefined;
  const inner: JobStore = Object.assign(new MemoryJobStore(), {
    listen: async (wake: () => void, lost: (error: unknown) => void) => {
      ears.add(wake);
      losses.add(lost);
      return async () => void ears.delete(wake);
    },
  });
  const store = faultStore(inner, (method) => {
    if (method === "claim") claimed();
    return null;
  });
  return {
    store,
    tell: () => {
      for (const wake of ears) wake();
    },
    claims: () => store.calls.get("claim") ?? 0,
    lose: () => {
      ears.clear();
      for (const lost of [...losses].slice(-1)) lost(new Error("the connection was closed"));
    },
    ears,
    listens: () => store.calls.get("listen") ?? 0,
    onClaim: (listener) => {
      claimed = listener;
    },
  };
}

/** Workers of so many processes, at rest: each has heard nothing yet, and has looked once. */
async function processes(count: number, store: JobStore, clock: TestClock): Promise<readonly Worker[]> {
  const workers: Worker[] = [];
  for (let index = 0; index < count; index++) {
    const { jobs } = anApp({ jobs: [ring], store, clock, random: seededRandom(`process ${index}`) });
    const worker = jobs.worker({ interval: "1h" });
    await worker.start();
    workers.push(worker);
  }
  await anApp({ jobs: [], store, clock }).advance("100ms");
  return workers;
}

describe("a worker that listens", () => {
  it.each([
    ["one enqueue", 1],
    ["a hundred enqueues", 100],
  ])("R46 asks within 10 ms of hearing of %s, and fifty do not ask at one instant (BM-109)", async (_what, told) => {
    const { store, tell, claims, onClaim } = aTellingStore();
    const clock = new TestClock(START);
    const workers = await processes(50, store, clock);
    const before = claims();
    const heardAt = clock.now().getTime();
    const askedAt = new Map<number, number>();
    onClaim(() => {
      const ms = clock.now().getTime() - heardAt;
      askedAt.set(ms, (askedAt.get(ms) ?? 0) + 1);
    });

    for (let n = 0; n < told; n++) tell();
    await anApp({ jobs: [], store, clock }).advance("1m");

    expect(claims() - before).toBe(50);
    expect(Math.max(...askedAt.keys())).toBeLessThanOrEqual(10);
    expect(askedAt.size).toBeGreaterThan(6);
    expect(Math.max(...askedAt.values())).toBeLessThan(15);
    for (const worker of workers) await worker.stop();
  });

  it("asks once for a hundred enqueues that it hears of together", async () => {
    const { store, tell, claims } = aTellingStore();
    const clock = new TestClock(START);
    const [worker] = await processes(1, store, clock);
    const before = claims();

    for (let i = 0; i < 100; i++) tell();
    await anApp({ jobs: [], store, clock }).advance("1m");

    expect(claims() - before).toBe(1);
    await worker?.stop();
  });

  it("asks again for what it hears while it asks, and after a round that somebody else brought about", async () => {
    const { store, tell, claims, onClaim } = aTellingStore();
    const clock = new TestClock(START);
    const [worker] = await processes(1, store, clock);
    const { advance } = anApp({ jobs: [], store, clock });
    const before = claims();
    let echoes = 2;
    onClaim(() => {
      if (echoes-- > 0) tell();
    });

    tell();
    void worker?.idle(); // A round at once, before the one that was heard for.
    await advance("1m");

    expect(claims() - before).toBe(3);
    await worker?.stop();
  });

  it.each([
    [0, 0],
    [1 - Number.EPSILON, 10],
  ])("R46 asks at once at the least, 10 ms later at the most (%d)", async (random, waitMs) => {
    const { store, tell, onClaim } = aTellingStore();
    const app = anApp({ jobs: [ring], store, random: () => random });
    const worker = app.jobs.worker({ interval: "1h" });
    await worker.start();
    await app.advance("1s");
    const askedAt: number[] = [];
    onClaim(() => askedAt.push(app.elapsed() - 1000));

    tell();
    await app.advance("1s");

    expect(askedAt).toEqual([waitMs]);
    await worker.stop();
  });

  it("listens again when its connection is lost, and looks for what it may have missed (BM-102)", async () => {
    const { store, tell, lose, ears, claims } = aTellingStore();
    const clock = new TestClock(START);
    const [worker] = await processes(1, store, clock);
    const { advance } = anApp({ jobs: [], store, clock });
    const before = claims();

    lose();
    await advance("1s");
    expect(ears.size).toBe(1);
    expect(claims() - before).toBe(1);
    tell();
    await advance("1s");

    expect(claims() - before).toBe(2);
    await worker?.stop();
  });

  it("listens once, though it is told twice that its connection is lost", async () => {
    const { store, lose, ears, listens } = aTellingStore();
    const clock = new TestClock(START);
    const [worker] = await processes(1, store, clock);
    const { advance } = anApp({ jobs: [], store, clock });

    const before = listens();
    lose();
    lose();
    await advance("1s");
    expect(listens() - before).toBe(1);
    await worker?.stop();

    expect(ears.size).toBe(0);
  });

  it("listens again where its connection is lost before it is told that it listens", async () => {
    let listens = 0;
    const store: JobStore = Object.assign(new MemoryJobStore(), {
      listen: async (_wake: () => void, lost: (error: unknown) => void) => {
        if (++listens === 1) lost(new Error("the connection was closed"));
        return async () => undefined;
      },
    });
    const { jobs, advance } = anApp({ jobs: [ring], store });
    const worker = jobs.worker();
    await worker.start();

    await advance("1m");

    expect(listens).toBe(2);
    await worker.stop();
  });

  it("stops though its store fails to end the listening, and says so", async () => {
    const error = new Error("it broke on its way out");
    const store: JobStore = Object.assign(new MemoryJobStore(), { listen: async () => () => Promise.reject(error) });
    const { jobs, clock, lines } = anApp({ jobs: [ring], store });
    const worker = jobs.worker();
    await worker.start();
    await turn();

    await worker.stop();
    await worker.ended();

    expect(lines.filter(({ level }) => level === "warn")).toEqual([
      { level: "warn", message: expect.stringMatching(/could not end its listening$/), fields: { error } },
    ]);
    expect(clock.nextWakeAt()).toBeNull();
  });

  it("listens no more when it has stopped, even where the answer to its listening comes later", async () => {
    const ears = new Set<() => void>();
    let answer: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const store: JobStore = Object.assign(new MemoryJobStore(), {
      listen: async (wake: () => void) => {
        await slow;
        ears.add(wake);
        return async () => void ears.delete(wake);
      },
    });
    const { jobs, advance } = anApp({ jobs: [ring], store });
    const worker = jobs.worker();
    await worker.start();
    await turn();

    await Promise.all([worker.stop({ now: true }), advance("10s")]);
    answer();
    await turn();

    expect(ears.size).toBe(0);
  });

  it("performs at once what its own process enqueues", async () => {
    const { store, tell } = aTellingStore();
    const clock = new TestClock(START);
    const { jobs } = anApp({ jobs: [ring], store, clock, random: () => 0.99 });
    const worker = jobs.worker({ interval: "1h" });
    await worker.start();
    await turn();

    const { id } = await jobs.enqueue(ring);
    tell();
    await turn();

    expect(await jobs.find(id)).toMatchObject({ status: "completed", completedAt: START });
    await worker.stop();
  });
});
