// Adds the reports of all test runs together and prints one closing line: "123 passed, 0 failed".
// Usage: node .ci/count.mjs <folder of report folders> <exit code of the run so far>
// A run that broke off without a failed test counts as one failure, so that the line never looks better than the run.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [reports, exitCode] = process.argv.slice(2);
const total = { passed: 0, failed: 0, skipped: 0 };

console.log();
for (const run of readdirSync(reports).sort()) {
  for (const [file, read] of [
    ["vitest.json", fromJson],
    ["jest.json", fromJson],
    ["node.tap", fromTap],
  ]) {
    const path = join(reports, run, file);
    if (!existsSync(path)) continue;
    const counts = read(readFileSync(path, "utf8"));
    console.log(`${run}, ${file}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
    for (const key of Object.keys(total)) total[key] += counts[key];
  }
}
if (Number(exitCode) !== 0 && total.failed === 0) total.failed = 1;

console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

/** The report of vitest and of jest. A file that could not be loaded has no tests, and is one failure. */
function fromJson(text) {
  const report = JSON.parse(text);
  const broken = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** The report of node:test, which ends with lines like "# pass 12". */
function fromTap(text) {
  const count = (word) => Number(text.match(new RegExp(`^# ${word} (\\d+)$`, "m"))?.[1] ?? 0);
  return {
    passed: count("pass"),
    failed: count("fail") + count("cancelled"),
    skipped: count("skipped") + count("todo"),
  };
}
