// One measurement: n jobs in, n jobs out, after a warm-up on queues of its own. Prints one line of JSON.

import { now } from "../stopwatch.ts";
import type { OpenSubject } from "../subject.ts";
import { openerOf } from "../subjects/open.ts";

/** Jobs per second. */
export interface Throughput {
  readonly enqueue: number;
  readonly drain: number;
  /** Resident memory at the end, in MiB. */
  readonly rssMb: number;
}

/** The same for all. Fifty thousand jobs: without them, ten thousand measure the compiler. */
const WARM_UP = { queues: 5, jobs: 10_000 };

const [name = "", jobs = ""] = process.argv.slice(2);

async function measure(open: OpenSubject, n: number): Promise<Throughput> {
  const subject = await open();
  globalThis.gc?.();
  const start = now();
  await subject.enqueue(n);
  const enqueued = now();
  globalThis.gc?.(); // The garbage of the enqueues is not the drain's.
  const draining = now();
  await subject.drain();
  const end = now();
  if (subject.handled() !== n) throw new Error(`${name} handled ${subject.handled()} of ${n} jobs.`);
  const rssMb = process.memoryUsage.rss() / 2 ** 20;
  await subject.close?.();
  return { enqueue: (n / (enqueued - start)) * 1000, drain: (n / (end - draining)) * 1000, rssMb };
}

const open = await openerOf(name);
for (let queue = 0; queue < WARM_UP.queues; queue++) await measure(open, WARM_UP.jobs);
console.log(JSON.stringify(await measure(open, Number(jobs))));
