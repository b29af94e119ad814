// One measurement: a year of one schedule in a kit, each tick a job that runs at its own instant. No warm-up: a test run
// has none. Prints one line of JSON.

import { defineJob } from "wheelwright";
import { createTestKit } from "wheelwright/testing";
import { now } from "../stopwatch.ts";

/** Milliseconds. */
export interface Year {
  readonly advance: number;
}

const [schedule = "", ticks = ""] = process.argv.slice(2);
let ran = 0;
const report = defineJob("Report", { schedule }, () => {
  ran++;
});
const kit = await createTestKit({ jobs: [report], now: "2026-01-01T12:00:00Z" });

const start = now();
await kit.advance("365d", { includeSchedules: true });
const advance = now() - start;
if (ran !== Number(ticks)) throw new Error(`"${schedule}" ran ${ran} times in a year, not ${ticks}.`);
console.log(JSON.stringify({ advance } satisfies Year));
