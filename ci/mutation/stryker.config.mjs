// Mutants of the rooms that decide: would a test notice each small change? Run from the project's root: npm run test:mutation.

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
  testRunner: "kept-vitest",
  plugins: ["./ci/mutation/runner.mjs"],
  // Of the tests only the ones that reach the mutant.
  coverageAnalysis: "perTest",
  mutate: ["src/job/**/*.ts", "src/engine/**/*.ts", "src/clock/**/*.ts", "src/store/memory/**/*.ts"],
  // Texts of errors and log lines are compared where they matter; to break every one of them says little.
  mutator: { excludedMutations: ["StringLiteral"] },
  ignorePatterns: [
    "biome.json",
    "bench",
    "dist",
    "examples",
    "ci/*/node_modules",
    "ci/frameworks",
    "ci/vitest-*",
    "docs",
    "*.log",
  ],
  tempDirName: "ci/mutation/.stryker-tmp",
  cleanTempDir: "always",
  reporters: ["clear-text", "progress-append-only", "html", "json"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportScoreTable: true },
  htmlReporter: { fileName: "ci/mutation/reports/mutation.html" },
  jsonReporter: { fileName: "ci/mutation/reports/mutation.json" },
  // A mutant that waits for ever is caught by this: no test waits in real time, so a slow one hangs.
  timeoutMS: 10_000,
  concurrency: 2,
  ignoreStatic: true,
  allowEmpty: true,
  thresholds: { high: 95, low: 90, break: null },
};
