// One measurement: n jobs in, n jobs out, after a warm-up on queues of its own. Prints one line of JSON.

import { now } from "../stopwatch.ts";
import type { Subject } from "../subject.ts";
import { openerOf } from "../subjects/open.ts";

/** Jobs per second. */
export interface Throughput {
  readonly enqueue: number;
  readonly drain: number;
}

/** The same for all. Without these fifty thousand jobs, ten thousand measure the compiler. */
const WARM_UP = { queues: 5, jobs: 10_000 };

/** Small queues are measured several times over: 10,000 jobs take the bare loop a hundredth of a second. */
const LEAST_JOBS = 50_000;

const [name = "", jobs = ""] = process.argv.slice(2);
const open = await openerOf(name);

// The warm-up's queues live on until the end, and nothing is collected by force: V8 throws compiled code away together
// with the objects that it was compiled for, and would be measured compiling it again.
const subjects: Subject[] = [];
await measure(WARM_UP);
const throughput = await measure({ queues: Math.max(1, LEAST_JOBS / Number(jobs)), jobs: Number(jobs) });
for (const subject of subjects) await subject.close?.();
console.log(JSON.stringify(throughput));

async function measure({ queues, jobs: n }: typeof WARM_UP): Promise<Throughput> {
  let enqueueMs = 0;
  let drainMs = 0;
  for (let queue = 0; queue < queues; queue++) {
    const subject = await open();
    subjects.push(subject);
    const start = now();
    await subject.enqueue(n);
    const enqueued = now();
    await subject.drain();
    enqueueMs += enqueued - start;
    drainMs += now() - enqueued;
    if (subject.handled() !== n) throw new Error(`${name} handled ${subject.handled()} of ${n} jobs.`);
  }
  return { enqueue: ((queues * n) / enqueueMs) * 1000, drain: ((queues * n) / drainMs) * 1000 };
}
