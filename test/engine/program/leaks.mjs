// Runs many jobs on the built package and prints the heap after each round, in bytes, as JSON. Run it with --expose-gc.

import { createJobs, defineJob, MemoryJobStore, TestClock } from "wheelwright";

const ROUNDS = 5;
const JOBS_PER_ROUND = 20_000;
const quiet = { info() {}, warn() {}, error() {} };

/** Half of the jobs fail, all end, and are purged: what is left then is what was leaked. */
async function endingJobs() {
  let count = 0;
  const work = defineJob("Work", { maxRetries: 1 }, async (_data, context) => {
    context.signal.addEventListener("abort", () => undefined);
    if (count++ % 2 === 0) throw new Error(`no ${count}`);
  });
  const clock = new TestClock(new Date("2030-01-01T00:00:00Z"));
  const jobs = createJobs({ store: new MemoryJobStore(), jobs: [work], clock, logger: quiet });
  return heapByRound(async () => {
    await jobs.enqueueMany(Array.from({ length: JOBS_PER_ROUND }, (_, n) => [work, { n }]));
    for (let left = JOBS_PER_ROUND; left > 0; left -= 1000) await jobs.processQueue({ limit: 1000 });
    clock.moveTo(new Date(clock.now().getTime() + 1000));
    const purged = await jobs.purge({ status: ["completed", "failed"], days: 0 });
    if (purged !== JOBS_PER_ROUND) throw new Error(`purged ${purged}`);
  });
}

/** Handlers that never end: each is given up at its timeout, and nothing may hold on to it. */
async function hungJobs() {
  const hung = defineJob("Hung", { maxRetries: 1, timeout: 5 }, async (_data, context) => {
    void context.sleep("1h");
    await new Promise(() => undefined);
  });
  const clock = new TestClock(new Date("2030-01-01T00:00:00Z"));
  const jobs = createJobs({ store: new MemoryJobStore(), jobs: [hung], clock, logger: quiet });
  return heapByRound(async () => {
    for (let batch = 0; batch < 20; batch++) {
      await jobs.enqueueMany(Array.from({ length: 100 }, () => [hung]));
      const running = Array.from({ length: 100 }, () => jobs.processNext());
      await new Promise(setImmediate);
      clock.moveTo(new Date(clock.now().getTime() + 5000));
      await Promise.all(running);
    }
    clock.moveTo(new Date(clock.now().getTime() + 1000));
    await jobs.purge({ status: "failed", days: 0 });
  });
}

async function heapByRound(round) {
  const heap = [];
  for (let count = 0; count < ROUNDS; count++) {
    await round();
    await new Promise(setImmediate);
    globalThis.gc();
    heap.push(process.memoryUsage().heapUsed);
  }
  return heap;
}

process.stdout.write(JSON.stringify({ ending: await endingJobs(), hung: await hungJobs() }));
