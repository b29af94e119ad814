// Runs the examples whose runner is not vitest, each as its user would: on the built package in dist.
// With TEST_REPORT_DIR set, the results are written there as well.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const reportDir = process.env.TEST_REPORT_DIR;

runNodeTest("examples/plain-node", "examples/tracing");
runJest("examples/jest");

function runNodeTest(...folders) {
  const files = folders.flatMap(testFiles);
  for (const folder of folders) if (testFiles(folder).length === 0) skip(folder);
  if (files.length === 0) return;

  const reporters = ["--test-reporter=spec", "--test-reporter-destination=stdout"];
  if (reportDir) reporters.push("--test-reporter=tap", `--test-reporter-destination=${reportDir}/node.tap`);
  // File names, since Node.js 20 knows no glob here and later versions take no folder.
  run(["--test", ...reporters, ...files]);
}

function runJest(folder) {
  if (testFiles(folder).length === 0) return skip(folder);

  const reporters = reportDir ? ["--json", `--outputFile=${reportDir}/jest.json`] : [];
  run(
    [
      "--experimental-vm-modules",
      "--no-warnings",
      "node_modules/jest/bin/jest.js",
      // Jest looks for its configuration where it is started, not in --rootDir.
      `--config=${folder}/jest.config.cjs`,
      ...reporters,
    ],
    {
      // --json prints the report to the standard output as well; the readable one goes to the error output.
      stdout: reportDir ? "ignore" : "inherit",
    },
  );
}

function testFiles(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.test\.[cm]?js$/.test(file) && !file.includes("node_modules"))
    .map((file) => join(folder, file))
    .sort();
}

function skip(folder) {
  console.log(`${folder} skipped: it holds no *.test.js, *.test.mjs or *.test.cjs`);
}

function run(args, { stdout = "inherit" } = {}) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", stdout, "inherit"] });
  if (status !== 0) process.exit(status ?? 1);
}
