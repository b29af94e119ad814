// The suites of docs/frameworks.md, on the built package: `npm run build` in the project comes first.
// The runner is the project's own, so that nothing is installed twice.

import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const dist = fileURLToPath(new URL("../../dist", import.meta.url));
// Set by .ci/run, as for the project's own suites.
const reportDir = process.env.TEST_REPORT_DIR;

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  resolve: {
    alias: [
      { find: /^wheelwright$/, replacement: `${dist}/index.js` },
      { find: /^wheelwright\/(\w+)$/, replacement: `${dist}/$1.js` },
    ],
  },
  test: {
    include: ["*/*.test.ts"],
    reporters: reportDir ? ["default", ["json", { outputFile: `${reportDir}/vitest.json` }]] : ["default"],
    pool: "threads",
  },
});
