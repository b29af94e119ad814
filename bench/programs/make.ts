// One measurement: what it takes to have something to enqueue to, the first time and after a hundred. One line of JSON.

import { spreadOf } from "../statistics.ts";
import { now } from "../stopwatch.ts";
import { makerOf } from "../subjects/makers.ts";

/** Milliseconds. */
export interface Making {
  /** The first of the process, its code just imported. */
  readonly first: number;
  /** The median of a hundred, after a hundred. */
  readonly later: number;
}

const make = await makerOf(process.argv[2] ?? "");
const first = await timeOf();
const times: number[] = [];
for (let index = 0; index < 200; index++) times.push(await timeOf());
console.log(JSON.stringify({ first, later: spreadOf(times.slice(100)).median } satisfies Making));

async function timeOf(): Promise<number> {
  const start = now();
  const remove = await make();
  const time = now() - start;
  await remove();
  return time;
}
