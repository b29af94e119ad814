// Runs the whole suite again and again, and tells which tests failed in some of the runs: npm run test:repeat -- --times 100.
// A test that fails now and then is a defect, of it or of what it tests.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  options: { times: { type: "string", default: "100" } },
  allowPositionals: true,
});
const times = Number(values.times);
const folder = mkdtempSync(join(tmpdir(), "wheelwright-repeat-"));
const report = join(folder, "vitest.json");
/** The report of a run that ended before it wrote one. */
const NOTHING = { numPassedTests: 0, testResults: [] };
/** How often each test failed. */
const failures = new Map();
let failedRuns = 0;

for (let run = 1; run <= times; run++) {
  const began = performance.now();
  const args = ["node_modules/vitest/vitest.mjs", "run", ...positionals, "--reporter=json", `--outputFile=${report}`];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: 2 ** 28 });
  const { numPassedTests, testResults } = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : NOTHING;
  rmSync(report, { force: true });
  const failed = testResults.flatMap(failuresOf);
  // A run can also fail by an error that no test has caught; vitest tells it on stderr only.
  if (status !== 0 && failed.length === 0) failed.push({ title: "in no test", message: stderr.slice(-2000) });
  if (status !== 0) failedRuns++;
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`run ${run} of ${times}: ${numPassedTests} passed, ${failed.length} failed, ${seconds} s`);
  for (const { title, message } of failed) {
    const count = (failures.get(title) ?? 0) + 1;
    failures.set(title, count);
    if (count === 1) console.log(`  ${title}\n${message.replace(/^/gm, "    ")}`); // At once: who stops it early has read it.
  }
}

console.log("");
for (const [title, count] of failures) console.log(`${count} × ${title}`);
console.log(`${times} runs, ${failedRuns} of them with a failure.`);
rmSync(folder, { recursive: true, force: true });
process.exitCode = failedRuns === 0 ? 0 : 1;

function failuresOf({ name, message, status, assertionResults }) {
  const failed = assertionResults.filter((one) => one.status === "failed");
  if (failed.length === 0 && status === "failed") return [{ title: name, message }];
  return failed.map(({ fullName, failureMessages }) => ({
    title: `${name} › ${fullName}`,
    message: failureMessages[0],
  }));
}
