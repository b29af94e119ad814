// One measurement: imports what it is given, if anything. Prints one line of JSON.

import { cpuMs, now } from "../stopwatch.ts";

/** Milliseconds. The real time of the whole process is for whoever started it to take. */
export interface Importing {
  readonly inside: number;
  /** What the whole process has used of the processor. */
  readonly processCpu: number;
}

const start = now();
for (const specifier of process.argv.slice(2)) await import(specifier);
console.log(JSON.stringify({ inside: now() - start, processCpu: cpuMs() } satisfies Importing));
