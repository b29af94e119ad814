import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { doors, specifierOf } from "./doors.ts";
import { LongestFirst } from "./test/longest-first.ts";
import { StoresReporter } from "./test/stores-reporter.ts";

// Set by .ci/run, which adds the counts of several runs together.
const reportDir = process.env.TEST_REPORT_DIR;
const isThorough = process.env.TEST_THOROUGH === "1";
/** Each step of a kit goes to a database. */
const isOnDatabase = process.env.WHEELWRIGHT_STORE !== undefined;

export default defineConfig({
  resolve: {
    // Whole names only: "wheelwright" must not swallow "wheelwright/testing".
    alias: doors.map((door) => ({
      find: new RegExp(`^${specifierOf(door)}$`),
      replacement: fileURLToPath(new URL(door.source, import.meta.url)),
    })),
  },
  test: {
    sequence: { sequencer: LongestFirst },
    globalSetup: ["test/servers.ts"],
    include: ["test/**/*.test.ts", "examples/{shop,payments,own-store}/**/*.test.ts"],
    reporters: [
      "default",
      ...(reportDir ? [["json", { outputFile: `${reportDir}/vitest.json` }] as ["json", object]] : []), // `as`: a pair
      new StoresReporter(),
    ],
    // A thread starts about 60 ms sooner than a process.
    pool: "threads",
    // The files of a thread share its modules, as they do in many an app's suite: what one leaves behind is found by the next.
    isolate: false,
    // vitest leaves a processor free, and so has one where there are two. In CI the databases have the other.
    ...(process.env.CI === undefined && { maxWorkers: Math.max(2, availableParallelism() - 1) }),
    // No test waits in real time, so a slow one tells of a busy machine only: properties run a hundred times over.
    testTimeout: isThorough || isOnDatabase ? 240_000 : 60_000,
    hookTimeout: 60_000,
  },
});
