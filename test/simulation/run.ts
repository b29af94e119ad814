// npm run test:simulation -- --seeds 100000 [--from 0] [--store memory|sqlite|pglite] [--trace] [--mistakes]
//
// Plays so many seeds, counts them per second, and stops at the first that breaks a rule: its trace, and how to play it
// again. `--trace` shows what happened in each seed, `--mistakes` the first seed that catches each planted mistake.

import { parseArgs } from "node:util";
import { mistakesTable, patchesTable } from "./mistakes/table.ts";
import { type SimulationResult, simulate } from "./simulate.ts";
import { openStoreFor, STORE_NAMES, type StoreName } from "./stores.ts";
import { renderTrace } from "./trace.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "0" },
    store: { type: "string", default: "memory" },
    trace: { type: "boolean", default: false },
    mistakes: { type: "boolean", default: false },
  },
});

if (values.mistakes) console.log(`${await patchesTable()}\n\n${await mistakesTable()}`);
else await play(storeNamed(values.store), wholeNumber("--from", values.from), wholeNumber("--seeds", values.seeds));

async function play(name: StoreName, from: number, count: number): Promise<void> {
  const store = await openStoreFor(name);
  // Errors by the thousand are made and thrown away: nobody reads where.
  Error.stackTraceLimit = 0;
  const began = performance.now();
  const usedBefore = process.cpuUsage();
  let steps = 0;
  for (let seed = from; seed < from + count; seed++) {
    const result = await simulate({ store: await store.fresh(), seed, trace: values.trace });
    steps += result.steps;
    if (values.trace) console.log(renderTrace(result.trace));
    if (result.violation === null) continue;
    await report(name, await simulate({ store: await store.fresh(), seed, trace: true }));
    process.exitCode = 1;
    break;
  }
  await store.close();
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(usedBefore);
  const perSecond = (in_: number): string => Math.round(count / in_).toLocaleString("en");
  if (process.exitCode !== 1)
    console.log(
      `${count.toLocaleString("en")} seeds from ${from} on ${name}, no violation: ${perSecond(seconds)} seeds per second ` +
        `(${perSecond((user + system) / 1e6)} per second of processor time), ${Math.round(steps / count)} steps each.`,
    );
}

async function report(name: StoreName, { seed, violation, trace }: SimulationResult): Promise<void> {
  console.log(`${renderTrace(trace)}\n\nSeed ${seed} on ${name} breaks a rule: ${violation}`);
  console.log(`Play it again: npm run test:simulation -- --store ${name} --from ${seed} --seeds 1 --trace`);
}

function storeNamed(text: string): StoreName {
  const name = STORE_NAMES.find((each) => each === text);
  if (name === undefined) throw new RangeError(`--store is ${text}; expected one of ${STORE_NAMES.join(", ")}.`);
  return name;
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new RangeError(`${option} is ${text}; expected a whole number.`);
  return Number(text);
}
