// What is left of a million jobs, half of them failing, that a worker ran and a purge deleted. Prints one line of JSON.

import { setImmediate } from "node:timers/promises";
import { createJobs, Job, MemoryJobStore } from "wheelwright";

/** Megabytes of heap after each tenth of the jobs. */
export interface Leak {
  readonly megabytes: readonly number[];
}

const TENTHS = 10;
const BULK = 10_000;

class EvenJob extends Job<{ i: number }> {
  override config(): void {
    this.maxRetries = 2;
    this.baseDelay = 0.001;
    this.maxDelay = 0.001;
  }

  async perform({ i }: { i: number }): Promise<void> {
    if (i % 2 === 1) throw new Error(`${i} is odd`);
  }
}

const jobs = createJobs({
  store: new MemoryJobStore(),
  jobs: [EvenJob],
  logger: { debug() {}, info() {}, warn() {}, error() {} },
});
const worker = jobs.worker({ concurrency: 100 });
await worker.start();
await run(BULK); // What the first jobs bring into being is not theirs.

const n = Number(process.argv[2]);
const megabytes: number[] = [];
for (let tenth = 0; tenth < TENTHS; tenth++) {
  for (let done = 0; done < n / TENTHS; done += BULK) await run(BULK);
  megabytes.push(await heapMegabytes());
}
await worker.stop();
console.log(JSON.stringify({ megabytes } satisfies Leak));

async function run(count: number): Promise<void> {
  await jobs.enqueueMany(Array.from({ length: count }, (_, i) => [EvenJob, { i }] as const));
  for (;;) {
    await worker.idle();
    const { pending, processing, failed, completed } = await jobs.queueStats();
    if (pending + processing > 0) {
      await setImmediate();
      continue;
    }
    if (failed !== count / 2 || completed !== count / 2) throw new Error(`${failed} failed, ${completed} completed.`);
    break;
  }
  await new Promise((resolve) => setTimeout(resolve, 2)); // A purge takes what ended before it.
  await jobs.purge({ status: ["completed", "failed"], days: 0 });
}

async function heapMegabytes(): Promise<number> {
  globalThis.gc?.();
  await setImmediate();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}
