// Ours, in its two forms: the app's side and the test's.

import { createJobs, Job, MemoryJobStore } from "wheelwright";
import { createTestKit } from "wheelwright/testing";
import type { Subject } from "../subject.ts";

/** Jobs listed by one call of processQueue: large enough that listing does not count, small enough to be realistic. */
const BATCH = 100;

let handled = 0;

export class NoOpJob extends Job<{ i: number }> {
  async perform(): Promise<void> {
    handled++;
  }
}

/** As an app has it: `createJobs` on a memory store, drained by calls of `processQueue`. */
export async function openProcessQueue(): Promise<Subject> {
  const jobs = createJobs({ store: new MemoryJobStore(), jobs: [NoOpJob] });
  const before = handled;
  return {
    async enqueue(n) {
      for (let i = 0; i < n; i++) await jobs.enqueue(NoOpJob, { i });
    },
    async drain() {
      while ((await jobs.processQueue({ limit: BATCH })).processed > 0);
    },
    handled: () => handled - before,
    close: () => jobs.close(),
  };
}

/** As a test has it: a kit, drained by `kit.drain`. */
export async function openKit(): Promise<Subject> {
  const kit = await createTestKit({ jobs: [NoOpJob], leftovers: "ignore" });
  const before = handled;
  return {
    async enqueue(n) {
      for (let i = 0; i < n; i++) await kit.jobs.enqueue(NoOpJob, { i });
    },
    async drain() {
      await kit.drain({ maxJobs: Number.POSITIVE_INFINITY });
    },
    handled: () => handled - before,
    close: () => kit.dispose(),
  };
}
