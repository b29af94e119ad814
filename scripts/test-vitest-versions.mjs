// Runs ci/vitest-suite on the oldest and the newest vitest that the package supports, against the built package in dist:
// its types first, then its tests, on this Node.js and on those that ci/nodes holds.
// Install before: npm ci --prefix ci/vitest-3 && npm ci --prefix ci/vitest-5
// With TEST_REPORT_DIR set, each run's results are written to a folder of its own in there.

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const reportDir = process.env.TEST_REPORT_DIR;

if (!existsSync(join(root, "dist"))) fail("There is no dist folder: run `npm run build` first.");

for (const version of ["3", "5"]) {
  const folder = join(root, "ci", `vitest-${version}`);
  if (!existsSync(join(folder, "node_modules/vitest")))
    fail(`vitest ${version} is not installed: run \`npm ci --prefix ci/vitest-${version}\` first.`);
  install(folder);

  title(`Types with vitest ${version}`);
  run(process.execPath, ["node_modules/typescript/bin/tsc", "-p", join(folder, "suite")], root);

  for (const [name, node] of nodes()) {
    title(`vitest ${version} on Node.js ${name}`);
    run(node, ["node_modules/vitest/vitest.mjs", "run", "--root", ".", ...reporters(version, name)], folder);
  }
}

/** Copies, for a link would lead back to the project's own vitest. */
function install(folder) {
  const installed = join(folder, "node_modules/wheelwright");
  for (const target of [installed, join(folder, "suite")]) rmSync(target, { recursive: true, force: true });
  mkdirSync(installed, { recursive: true });
  cpSync(join(root, "dist"), join(installed, "dist"), { recursive: true });
  cpSync(join(root, "package.json"), join(installed, "package.json"));
  cpSync(join(root, "ci/vitest-suite"), join(folder, "suite"), { recursive: true });
}

/** Names and paths. Where an async scope reaches differs between 22 and 24. */
function nodes() {
  const others = ["22", "24", "26"].map((name) => [name, join(root, `ci/nodes/node_modules/node${name}/bin/node`)]);
  return [[process.versions.node, process.execPath], ...others.filter(([, path]) => existsSync(path))];
}

function reporters(version, node) {
  if (!reportDir) return ["--reporter=default"];
  const file = join(reportDir, `vitest-${version}-node-${node}`, "vitest.json");
  return ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
}

function run(command, args, cwd) {
  const { status } = spawnSync(command, args, { cwd, stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) fail(`It failed with exit code ${status}.`);
}

function title(text) {
  console.log(`\n-- ${text}`);
}

function fail(text) {
  console.error(text);
  process.exit(1);
}
