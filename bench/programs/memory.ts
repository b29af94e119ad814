// One measurement: the heap that n jobs hold while they wait, and after they ran. Prints one line of JSON.

import { setImmediate } from "node:timers/promises";
import { openerOf } from "../subjects/open.ts";

/** Bytes per job. */
export interface Memory {
  readonly waiting: number;
  readonly done: number;
}

const [name = "", jobs = ""] = process.argv.slice(2);
const n = Number(jobs);
const open = await openerOf(name);

// Code and tables that the first jobs bring into being are not theirs.
const first = await open();
await first.enqueue(1000);
await first.drain();
await first.close?.();

const subject = await open();
const empty = await heapBytes();
await subject.enqueue(n);
const waiting = await heapBytes();
await subject.drain();
const done = await heapBytes();
if (subject.handled() !== n) throw new Error(`${name} handled ${subject.handled()} of ${n} jobs.`);
await subject.close?.();
console.log(JSON.stringify({ waiting: (waiting - empty) / n, done: (done - empty) / n } satisfies Memory));

async function heapBytes(): Promise<number> {
  // Twice, a turn apart: what a finalizer or a pending callback still held goes with the second.
  globalThis.gc?.();
  await setImmediate();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
