// Ours on a database: the store by its own calls, as the bare statements are, and the worker, as the peers are.

import { randomUUID } from "node:crypto";
import { createJobs, Job, type JobStore, type NewJob } from "wheelwright";
import { BATCH, inBulks, type SqlSubject } from "./subject.ts";

const OPTIONS = { workerId: "worker", leaseMs: 30_000 };

function newJob(i: number): NewJob {
  return {
    id: randomUUID(),
    idGiven: false,
    jobClass: "NoOpJob",
    queue: "default",
    data: JSON.stringify({ i }),
    priority: 0,
    maxRetries: 3,
    timeout: 300,
    runAt: new Date(),
    uniqueKey: null,
    uniqueWhile: "live",
    carried: null,
  };
}

/** Claim, perform, settle: nothing but the store. */
export async function ourStore(store: JobStore): Promise<SqlSubject> {
  await store.setup();
  const perform = async (job: { readonly data: unknown }): Promise<unknown> => job.data;
  const drain = async (n: number, limit: number): Promise<void> => {
    for (let done = 0; done < n; ) {
      const claims = await store.claim({ ...OPTIONS, limit, now: new Date(), queues: ["default"] });
      if (claims.length === 0) throw new Error(`The store ran dry after ${done} of ${n} jobs.`);
      for (const claim of claims) await perform(claim);
      const settlements = claims.map((claim) => ({ claim, outcome: { type: "completed" } as const }));
      if (limit === 1)
        for (const { claim, outcome } of settlements) await store.settle(claim, outcome, { now: new Date() });
      else await store.settleMany?.(settlements, { now: new Date() });
      done += claims.length;
    }
  };
  return {
    async enqueueEach(n) {
      for (let i = 0; i < n; i++) await store.insert([newJob(i)], { now: new Date() });
    },
    enqueueBulk: (n) => inBulks(n, (numbers) => store.insert(numbers.map(newJob), { now: new Date() })),
    drainEach: (n) => drain(n, 1),
    drainMany: (n) => drain(n, BATCH),
    close: () => store.close(),
  };
}

class NoOpJob extends Job<{ i: number }> {
  async perform(): Promise<void> {}
}

/** As an app has it: `createJobs`, `enqueue`, and a worker of one slot, or `workers` that share `slots`. */
export async function ourWorker(store: JobStore, slots: number, workers: number): Promise<SqlSubject> {
  const jobs = createJobs({ store, jobs: [NoOpJob] });
  const drain = async (concurrency: number, count: number): Promise<void> => {
    const all = Array.from({ length: count }, () => jobs.worker({ concurrency, queue: "default" }));
    await Promise.all(all.map((worker) => worker.start()));
    await Promise.all(all.map((worker) => worker.idle()));
    await Promise.all(all.map((worker) => worker.stop()));
  };
  return {
    async enqueueEach(n) {
      for (let i = 0; i < n; i++) await jobs.enqueue(NoOpJob, { i });
    },
    enqueueBulk: (n) => inBulks(n, (numbers) => jobs.enqueueMany(numbers.map((i) => [NoOpJob, { i }] as const))),
    drainEach: () => drain(1, 1),
    drainMany: () => drain(slots / workers, workers),
    close: () => jobs.close(),
  };
}
