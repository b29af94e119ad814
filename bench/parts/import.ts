// What loading the doors adds to the start of a process.

import { inTurns, type Measured } from "../measure.ts";
import type { Plan } from "../plan.ts";
import type { Importing } from "../programs/import.ts";
import { spreadOf } from "../statistics.ts";
import { spread, table } from "../table.ts";
import { atMost, type Verdict } from "../verdict.ts";

/** Milliseconds for both doors, over a process that imports nothing. */
const WANTED = 30;

const NOTHING = "nothing";
const BOTH = "wheelwright and wheelwright/testing";
const OURS: Readonly<Record<string, readonly string[]>> = {
  [NOTHING]: [],
  [BOTH]: ["wheelwright", "wheelwright/testing"],
  wheelwright: ["wheelwright"],
};
const PEERS: Readonly<Record<string, readonly string[]>> = {
  "@sinonjs/fake-timers": ["@sinonjs/fake-timers"],
  fastq: ["fastq"],
  "p-queue": ["p-queue"],
  "better-queue": ["better-queue"],
};

export async function importing({ quick, peers, byCpu }: Plan): Promise<readonly Verdict[]> {
  const rounds = quick ? 5 : 31;
  const imports = Object.entries(peers ? { ...OURS, ...PEERS } : OURS);
  const measured = await inTurns<Importing>(
    imports.map(([, args]) => ({ program: "import", args })),
    { rounds, byCpu },
  );
  const wholeOf = ({ result, wallMs }: Measured<Importing>): number => (byCpu ? result.processCpu : wallMs);
  const empty = (measured[0] ?? []).map(wholeOf);
  const rows = imports.map(([name], index) => {
    const runs = measured[index] ?? [];
    const whole = runs.map(wholeOf);
    return {
      name,
      inside: spreadOf(runs.map(({ result }) => result.inside)),
      whole: spreadOf(whole),
      over: spreadOf(whole.map((ms, round) => ms - (empty[round] ?? Number.NaN))),
    };
  });
  console.log(`\nMilliseconds to import, median (least – most) of ${rounds}\n`);
  console.log(
    table([
      ["", "import() itself", "whole process", "over one that imports nothing"],
      ...rows.map(({ name, inside, whole, over }) => [name, spread(inside), spread(whole), over.median.toFixed(1)]),
    ]),
  );
  const both = rows.find(({ name }) => name === BOTH);
  return [atMost("both doors imported, process over process", WANTED, both?.over.median ?? Number.NaN, " ms")];
}
