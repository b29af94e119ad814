// Mutants of the rooms that decide: would a test notice each small change? Run from the project's root: npm run test:mutation.
// First the tests of the rooms themselves, which are quick; then all that reach what those did not notice and survivors.md does
// not list (--all: what it lists as well). What nothing notices has to stand there, with a reason; it ends with 1 when
// something does not, or when too little was noticed.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { listed, type Mutant, readReport, statusTable, survivorLine } from "./report.ts";

const WANTED_PERCENT = 90;
const REPORT = "ci/mutation/reports/mutation.json";

const { values } = parseArgs({
  options: {
    mutate: { type: "string" },
    near: { type: "boolean", default: false },
    all: { type: "boolean", default: false },
  },
});
const reasons = listed(readFileSync("ci/mutation/survivors.md", "utf8"));

tryMutants(values.mutate, "near");
const mutants = readReport(readFileSync(REPORT, "utf8"));
const left = mutants.filter((mutant) => !mutant.isNoticed && (values.all || !reasons.has(survivorLine(mutant))));
if (!values.near && left.length > 0) {
  tryMutants(left.map(({ file, range }) => `${file}:${range}`).join(","), "all");
  const noticed = new Set(
    readReport(readFileSync(REPORT, "utf8"))
      .filter(({ isNoticed }) => isNoticed)
      .map(({ key }) => key),
  );
  for (const mutant of left) if (noticed.has(mutant.key)) mutant.isNoticed = true;
}

const tried = new Set(mutants.map(({ file }) => file));
const survivors = new Set(mutants.filter(({ isNoticed }) => !isNoticed).map(survivorLine));
const unexplained = [...survivors].filter((line) => !reasons.has(line));
const stale = [...reasons].filter(([line, { file }]) => tried.has(file) && !survivors.has(line)).map(([line]) => line);

console.log(statusTable(mutants));
tell("Nothing notices these, and survivors.md has no reason for them:", unexplained);
tell("These stand in survivors.md, and were noticed, as what costs time alone is on a busy machine:", stale);
const percent = percentOf(mutants);
console.log(
  `${percent.toFixed(1)} % of ${mutants.length} mutants were noticed; at least ${WANTED_PERCENT} % is wanted.`,
);
process.exitCode = percent < WANTED_PERCENT || unexplained.length > 0 ? 1 : 0;

function tryMutants(mutate: string | undefined, tests: "near" | "all"): void {
  const stryker = "ci/mutation/node_modules/@stryker-mutator/core/bin/stryker.js";
  const args = [
    stryker,
    "run",
    "ci/mutation/stryker.config.mjs",
    ...(mutate === undefined ? [] : ["--mutate", mutate]),
  ];
  const { status } = spawnSync(process.execPath, args, {
    stdio: "inherit",
    env: { ...process.env, MUTATION_TESTS: tests },
  });
  if (status !== 0) throw new Error(`Stryker ended with ${status}.`);
}

function percentOf(all: readonly Mutant[]): number {
  return all.length === 0 ? 100 : (100 * all.filter(({ isNoticed }) => isNoticed).length) / all.length;
}

function tell(what: string, lines: readonly string[]): void {
  if (lines.length > 0) console.log(`\n${what}\n\n${lines.map((line) => `- ${line}`).join("\n")}\n`);
}
