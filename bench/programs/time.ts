// One measurement: jobs spread over thirty days, a third of them failing twice, played in virtual time. No warm-up: a
// test run has none. Prints one line of JSON.

import { now } from "../stopwatch.ts";
import { type Simulate, simulatorOf } from "../subjects/simulators.ts";

/** Milliseconds. */
export interface TimeTravel {
  readonly enqueue: number;
  readonly drain: number;
}

const [name = "", jobs = ""] = process.argv.slice(2);
const n = Number(jobs);
const simulate: Simulate = await simulatorOf(name);

const start = now();
const simulation = await simulate(n);
const enqueued = now();
await simulation.play();
const end = now();
const expected = n + 2 * Math.ceil(n / 3);
if (simulation.attempts() !== expected)
  throw new Error(`${name} made ${simulation.attempts()} attempts of ${expected}.`);
console.log(JSON.stringify({ enqueue: enqueued - start, drain: end - enqueued } satisfies TimeTravel));
