// Claims whose lease is over are taken back, decided like any failed attempt; live ones never are.

import { describe, expect, it } from "vitest";
import { type Claim, defineJob, type JobStore, MemoryJobStore } from "wheelwright";
import { running } from "./a-running-job.ts";
import { anApp, START, turn } from "./an-app.ts";
import { faultStore } from "./fault-store.ts";

const plain = defineJob("Plain", {}, () => undefined);

/** An app with one job that a worker claimed at START, for 30 s, before it died. */
async function aLostClaim(options: { maxRetries?: number; timeout?: number } = {}) {
  const app = anApp({ jobs: [plain] });
  const { id } = await app.jobs.enqueue(plain, {}, options);
  const [claim] = await app.store.claim({ limit: 1, now: START, workerId: "dead", leaseMs: 30_000 });
  if (claim === undefined) throw new Error("it was not claimed");
  return { ...app, id, claim, find: () => app.jobs.find(id) };
}

describe("rescue", () => {
  it("R25 takes a claim back at lockedUntil, and not a millisecond before", async () => {
    const { jobs, advance, find } = await aLostClaim();

    await advance("29s 999ms");
    expect(await jobs.rescue()).toBe(0);
    expect(await find()).toMatchObject({ status: "processing" });

    await advance("1ms");
    expect(await jobs.rescue()).toBe(1);
    expect(await find()).toMatchObject({
      status: "pending",
      attempts: 1,
      lastError: "worker lost",
      lockedBy: null,
      runAt: new Date(START.getTime() + 34_000),
    });
  });

  it.each([
    [29.999, "Job timed out after 29.999 seconds"],
    [30, "Job timed out after 30 seconds"],
    [30.001, "worker lost"],
    [36_000, "worker lost"],
  ])("R25 says whether the timeout of %d s had passed by then: %s (BM-043)", async (timeout, lastError) => {
    const { jobs, advance, find } = await aLostClaim({ timeout });

    await advance("30s");
    await jobs.rescue();

    expect((await find())?.lastError).toBe(lastError);
  });

  it("R25 counts the timeout from the attempt's start, however often its lease was extended since", async () => {
    const { jobs, store, claim, clock, find, advance } = await aLostClaim({ timeout: 60 });
    for (let beat = 0; beat < 2; beat++) {
      await advance("20s");
      await store.extend(claim, { now: clock.now(), leaseMs: 30_000 });
    }

    await advance("30s");
    await jobs.rescue();

    expect((await find())?.lastError).toBe("Job timed out after 60 seconds");
  });

  it("R25 decides the last attempt too: it has failed, with failedAt (BM-050)", async () => {
    const { jobs, advance, find, record } = await aLostClaim({ maxRetries: 1 });
    const events = record("rescued", "retried", "failed");

    await advance("1h");
    await jobs.rescue();

    expect(await find()).toMatchObject({
      status: "failed",
      attempts: 1,
      failedAt: new Date(START.getTime() + 3_600_000),
    });
    expect(events).toEqual([
      expect.objectContaining({ type: "rescued", error: expect.objectContaining({ code: "JOB_TIMEOUT" }) }),
      expect.objectContaining({ type: "failed" }),
    ]);
  });

  it("BM-049 ends a job that kills every worker that takes it, after maxRetries of them", async () => {
    const { jobs, store, clock, advance } = anApp({ jobs: [plain] });
    const { id } = await jobs.enqueue(plain, {}, { maxRetries: 3 });

    let victims = 0;
    for (let round = 0; round < 10; round++) {
      const claims = await store.claim({ limit: 1, now: clock.now(), workerId: `victim ${round}`, leaseMs: 1000 });
      victims += claims.length;
      await advance("1m");
      await jobs.rescue();
    }

    expect(victims).toBe(3);
    expect(await jobs.find(id)).toMatchObject({ status: "failed", attempts: 3 });
  });

  it("R25 never takes a lease that was extended after the list was read (BM-051)", async () => {
    const inner = new MemoryJobStore();
    const store: JobStore = new Proxy(inner, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        if (name !== "expired") return member.bind(target);
        return async (...args: Parameters<JobStore["expired"]>) => {
          const claims = await inner.expired(...args);
          for (const claim of claims) await inner.extend(claim, { now: args[0].now, leaseMs: 30_000 });
          return claims;
        };
      },
    });
    const { jobs, advance } = anApp({ jobs: [plain], store });
    const { id } = await jobs.enqueue(plain);
    await inner.claim({ limit: 1, now: START, workerId: "slow", leaseMs: 1000 });
    await advance("1s");

    expect(await jobs.rescue()).toBe(0);
    expect(await jobs.find(id)).toMatchObject({ status: "processing", lockedBy: "slow" });
  });

  it("R25 goes on where one row cannot be read or taken back, and reports that one (BM-039)", async () => {
    const inner = new MemoryJobStore();
    const unreadable = new Proxy({ id: "corrupt" } as Claim, {
      get: (target, name) => {
        if (name === "id") return target.id;
        throw new Error(`no column ${String(name)}`);
      },
    }); // `as`: that it is none is the point
    const store: JobStore = new Proxy(inner, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        if (name !== "expired") return member.bind(target);
        return async (...args: Parameters<JobStore["expired"]>) => [unreadable, ...(await inner.expired(...args))];
      },
    });
    const { jobs, advance, lines } = anApp({ jobs: [plain], store });
    for (let count = 0; count < 9; count++) await jobs.enqueue(plain);
    await inner.claim({ limit: 9, now: START, workerId: "dead", leaseMs: 1000 });
    await advance("1s");

    expect(await jobs.rescue()).toBe(9);
    expect(lines.filter(({ level }) => level === "error")).toEqual([
      expect.objectContaining({ message: expect.stringContaining("could not be taken back") }),
    ]);
  });

  it("BM-048 takes back every lost claim of hundreds, page by page, and no live one", async () => {
    const { jobs, store, advance, clock } = anApp({ jobs: [plain] });
    await jobs.enqueueMany(Array.from({ length: 550 }, () => [plain] as const));
    for (let worker = 0; worker < 250; worker++)
      await store.claim({ limit: 1, now: START, workerId: `dead ${worker}`, leaseMs: 1000 });
    await advance("1s");
    for (let worker = 0; worker < 300; worker++)
      await store.claim({ limit: 1, now: clock.now(), workerId: `live ${worker}`, leaseMs: 30_000 });

    expect(await jobs.rescue()).toBe(250);
    expect(await jobs.queueStats()).toMatchObject({ processing: 300, pending: 250 });
  });

  it("BM-040 spares the live leases of others when a process wakes after a pause of ten leases", async () => {
    const store = new MemoryJobStore();
    const slept = await running((context) => context.sleep("1h"), { store }, 7200);
    const awake = await running((context) => context.sleep("1h"), { store }, 7200);

    await awake.advance("5m"); // The first one's clock stood still, as a paused process's does.
    slept.clock.set(awake.clock.now());
    await slept.jobs.rescue();
    await slept.advance("10s");

    expect((await slept.result).errors[0]).toMatch(/was lost/);
    expect(await slept.find()).toMatchObject({ status: "pending", lastError: "worker lost" });
    expect(await awake.find()).toMatchObject({ status: "processing", attempts: 1 });
  });

  it("BM-150 makes no lease immortal when the clock is set back", async () => {
    const { jobs, clock, advance, find } = await aLostClaim();

    clock.set(new Date(START.getTime() - 3_600_000));
    expect(await jobs.rescue()).toBe(0);
    await advance("1h 30s");

    expect(await jobs.rescue()).toBe(1);
    expect(await find()).toMatchObject({ status: "pending" });
  });

  it("BM-028 hands out no delayed job before its time, however long that is beside the lease, and runs it once", async () => {
    let performed = 0;
    const later = defineJob("Later", {}, () => void performed++);
    const { jobs, advance } = anApp({ jobs: [later] });
    await jobs.enqueue(later, {}, { delay: "6h" });
    const counts: number[] = [];

    for (let hour = 0; hour < 12; hour++) {
      counts.push(performed);
      await jobs.processQueue();
      await advance("1h");
    }

    expect(counts).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
  });

  it("rejects when the list cannot be had, and does nothing by half", async () => {
    const store = faultStore(new MemoryJobStore(), (method) => (method === "expired" ? "before" : null));
    const { jobs } = anApp({ jobs: [plain], store });

    await expect(jobs.rescue()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await turn();
  });
});
