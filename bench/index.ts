// npm run bench [-- --quick --cpu throughput memory kit import time sql worker]: builds the package and prints what it costs.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildAll, removeBuild } from "./build.ts";
import { isBusy, machine } from "./machine.ts";
import { importing } from "./parts/import.ts";
import { kit } from "./parts/kit.ts";
import { memory } from "./parts/memory.ts";
import { sql } from "./parts/sql.ts";
import { throughput } from "./parts/throughput.ts";
import { time } from "./parts/time.ts";
import { worker } from "./parts/worker.ts";
import type { Part } from "./plan.ts";
import { profile } from "./profile.ts";
import { type Verdict, verdictTable } from "./verdict.ts";

const parts: Readonly<Record<string, Part>> = { throughput, memory, kit, import: importing, time, sql, worker };

const args = process.argv.slice(2);
const names = args.filter((arg) => !arg.startsWith("--"));
try {
  if (names[0] === "profile") await profile(names[1], names[2]);
  else await bench(names.length === 0 ? Object.keys(parts) : names);
} catch (error) {
  if (!(error instanceof RangeError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
} finally {
  await removeBuild();
}

async function bench(wanted: readonly string[]): Promise<void> {
  const chosen = wanted.map(partNamed);
  const peers = existsSync(fileURLToPath(new URL("node_modules/fastq", import.meta.url)));
  console.log(machine());
  const byCpu = args.includes("--cpu");
  if (byCpu) console.log("All times are what the processes used of the processor, over all their threads.");
  else if (isBusy()) console.log("Others keep this machine busy: add --cpu, or look at the ratios alone.");
  if (!peers) console.log("Ours alone: npm ci --prefix bench brings the others.");
  await buildAll();

  const verdicts: Verdict[] = [];
  for (const part of chosen) verdicts.push(...(await part({ quick: args.includes("--quick"), byCpu, peers })));
  if (verdicts.length > 0) console.log(`\nPromised\n\n${verdictTable(verdicts)}`);
}

function partNamed(name: string): Part {
  const part = parts[name];
  if (part === undefined)
    throw new RangeError(
      `There is no part "${name}". Usage: npm run bench -- [--quick] [--cpu] [${Object.keys(parts).join(" ")}] or profile SUBJECT [JOBS]`,
    );
  return part;
}
