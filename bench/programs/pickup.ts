// How long a job waits, due and alone, from the call that enqueues it to the start of its handler; or, with "idle", what a
// worker costs that has nothing to do. Prints one line of JSON.
// Usage: pickup SUBJECT same|other|idle JOBS PLACES; as a worker of the other process: with the queue's name behind.

import { fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { openPickUp, POLL_MS } from "../sql/pickup.ts";

export interface PickUps {
  /** Milliseconds per job. */
  readonly latencies: readonly number[];
}

export interface Idle {
  /** Milliseconds of processor time per second of real time. */
  readonly cpu: number;
}

const WARM_UP = 5;
const IDLE_MS = 6000;
const [name = "", where = "", jobs = "", placesText = "{}", given] = process.argv.slice(2);
const places = JSON.parse(placesText);
const queue = given ?? `pickup_${randomUUID().slice(0, 8)}`;
const subject = await openPickUp(name, queue, places);

if (given !== undefined) await workForOther();
else console.log(JSON.stringify(where === "idle" ? await idle() : await pickUps(Number(jobs))));
if (given === undefined) process.exit(0); // Its timers are nobody's business.

/** The monotonic clock is the machine's, and so the same in both processes. */
async function workForOther(): Promise<void> {
  await subject.work((sentAt) => process.send?.(elapsedSince(sentAt)));
  process.send?.("ready");
}

async function pickUps(count: number): Promise<PickUps> {
  await subject.setup();
  let arrived: (ms: number) => void = () => undefined;
  if (where === "same") await subject.work((sentAt) => arrived(elapsedSince(sentAt)));
  else {
    const child = fork(process.argv[1] ?? "", [...process.argv.slice(2), queue]);
    await once(child, "message"); // "ready"
    child.on("message", (ms) => arrived(Number(ms)));
    process.once("exit", () => child.kill("SIGKILL"));
  }
  await setTimeout(POLL_MS); // Whoever looks at its start has looked.
  const latencies: number[] = [];
  for (let n = 0; n < WARM_UP + count; n++) {
    // At any moment between two looks.
    await setTimeout(10 + Math.random() * (looks() ? POLL_MS : 40));
    const latency = new Promise<number>((resolve) => {
      arrived = resolve;
    });
    await subject.enqueue(String(process.hrtime.bigint()));
    latencies.push(await latency);
  }
  return { latencies: latencies.slice(WARM_UP) };
}

/** Whether the worker finds the job by looking, rather than being told. */
function looks(): boolean {
  return name.endsWith("pg-boss") || (where === "other" && name.startsWith("sqlite"));
}

async function idle(): Promise<Idle> {
  await subject.setup();
  await subject.work(() => undefined);
  await setTimeout(1000);
  const before = process.cpuUsage();
  const start = performance.now();
  await setTimeout(IDLE_MS);
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / (performance.now() - start) };
}

function elapsedSince(sentAt: string): number {
  return Number(process.hrtime.bigint() - BigInt(sentAt)) / 1e6;
}
