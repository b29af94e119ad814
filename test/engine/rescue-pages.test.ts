// A rescue of many claims: page by page, past those that cannot be taken back, and no further than it was told.

import { describe, expect, it } from "vitest";
import { defineJob, type JobStore, MemoryJobStore, StoreUnavailableError } from "wheelwright";
import { type EngineJobs, engineJobsOf } from "../../src/engine/jobs.ts";
import { rescue, WorkerLostError } from "../../src/engine/rescue.ts";
import { anApp, START } from "./an-app.ts";

const plain = defineJob("Plain", {}, () => undefined);

/** An app with so many claims of a dead worker, their leases over; the first `stuck` of them cannot be settled. */
async function lostClaims(count: number, stuck: number) {
  const store = new MemoryJobStore();
  const settle: JobStore["settle"] = (claim, outcome, at) =>
    claim.seq <= stuck
      ? Promise.reject(new StoreUnavailableError("this row is locked"))
      : store.settle(claim, outcome, at);
  const stubborn = new Proxy<JobStore>(store, {
    get(target, property) {
      if (property === "settle") return settle;
      const member: unknown = Reflect.get(target, property);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  const app = anApp({ jobs: [plain], store: stubborn });
  await app.jobs.enqueueMany(Array.from({ length: count }, () => [plain] as const));
  await store.claim({ limit: count, now: START, workerId: "dead", leaseMs: 30_000 });
  await app.advance("1m");
  return { ...app, engine: (engineJobsOf(app.jobs) as EngineJobs).engine() }; // `as`: createJobs made it
}

describe("rescue of many", () => {
  it("R25 goes on past a page of claims that cannot be taken back (BM-039)", async () => {
    const { jobs, lines } = await lostClaims(250, 100);

    expect(await jobs.rescue()).toBe(150);

    expect(await jobs.queueStats()).toMatchObject({ processing: 100, pending: 150 });
    expect(lines.filter(({ level }) => level === "error")).toHaveLength(100);
  });

  it("R25 says of a claim that cannot be taken back which it is, and why", async () => {
    const { jobs, lines } = await lostClaims(1, 1);

    await jobs.rescue();

    const [job] = await jobs.list();
    expect(lines).toContainEqual({
      level: "error",
      message: "a claim whose lease is over could not be taken back; it is tried again",
      fields: { jobId: job?.id, error: expect.objectContaining({ message: "this row is locked" }) },
    });
  });

  it("takes back as many as it is told, those that cannot be left out of the count", async () => {
    const { engine, jobs } = await lostClaims(5, 1);

    const rescued = await rescue(engine, 2);

    expect(rescued.map(({ claim }) => claim.seq)).toEqual([2, 3]);
    expect(await jobs.queueStats()).toMatchObject({ processing: 3, pending: 2 });
  });

  it("tells of each what was decided, and with which error", async () => {
    const { engine } = await lostClaims(1, 0);

    const [rescued] = await rescue(engine);

    expect(rescued).toMatchObject({ claim: { seq: 1, attempts: 1 }, outcome: { type: "retry", error: "worker lost" } });
    expect(rescued?.error).toBeInstanceOf(WorkerLostError);
  });
});
