// One measurement: ten kits made, used and disposed, a thousand times; what of them is left. Prints one line of JSON.

import { setImmediate } from "node:timers/promises";
import { createTestKit } from "wheelwright/testing";
import { now } from "../stopwatch.ts";
import { NoOpJob } from "../subjects/wheelwright.ts";

export interface KitsLeft {
  /** Bytes of heap per kit that stayed, from the hundredth round on. */
  readonly bytesPerKit: number;
  /** Timers, sockets and the like that stayed. */
  readonly handles: number;
  /** Mean time to make ten, run a job in each and dispose them, per kit, in milliseconds. */
  readonly millisecondsPerKit: number;
}

const ROUNDS = 1000;
const SETTLED = 100;
const KITS = 10;

let handles = 0;
let settledBytes = 0;
let start = 0;
for (let round = 0; round < ROUNDS; round++) {
  if (round === SETTLED) {
    settledBytes = await heapBytes();
    handles = process.getActiveResourcesInfo().length;
    start = now();
  }
  const kits = await Promise.all(Array.from({ length: KITS }, () => createTestKit({ jobs: [NoOpJob] })));
  for (const kit of kits) {
    await kit.jobs.enqueue(NoOpJob, { i: round });
    await kit.drain();
  }
  for (const kit of kits) await kit.dispose();
}
const kits = (ROUNDS - SETTLED) * KITS;
const millisecondsPerKit = (now() - start) / kits;
const bytesPerKit = ((await heapBytes()) - settledBytes) / kits;
const left = process.getActiveResourcesInfo().length - handles;
console.log(JSON.stringify({ bytesPerKit, handles: left, millisecondsPerKit } satisfies KitsLeft));

async function heapBytes(): Promise<number> {
  globalThis.gc?.();
  await setImmediate();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
