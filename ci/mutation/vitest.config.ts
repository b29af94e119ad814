// The tests that mutants are tried on: those of the mutated rooms and of what stands on them, without servers, programs of
// their own and pages.

import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { doors, specifierOf } from "../../doors.ts";

export default defineConfig({
  resolve: {
    alias: doors.map((door) => ({
      find: new RegExp(`^${specifierOf(door)}$`),
      replacement: fileURLToPath(new URL(`../../${door.source}`, import.meta.url)),
    })),
  },
  test: {
    root: fileURLToPath(new URL("../..", import.meta.url)),
    include: [
      "test/{job,clock,engine}/**/*.test.ts",
      ...(process.env.MUTATION_TESTS === "all"
        ? [
            "test/{simulation,fast-check}/**/*.test.ts",
            "test/testing/*.test.ts",
            "test/testing/{assertions,faults,workers,idempotency,explore}/**/*.test.ts",
          ]
        : []),
      "test/store/memory/**/*.test.ts",
      "test/contract/memory.test.ts",
      "ci/mutation/mutants.test.ts",
    ],
    // Programs of their own, real time, tests that wait for each other, which Stryker runs one at a time, and those of pages.
    exclude: [
      "**/{rolled-back,mistakes,patches}.test.ts",
      "**/{process,two-copies,leaks,real-milliseconds,fake-timers,run,scope,runner-hooks,kit-store}.test.ts",
      "**/*real-time*",
    ],
    pool: "threads",
    // A mutant is switched on and off in modules that are loaded already, not anew for each file.
    isolate: false,
    maxWorkers: 1,
    runner: "ci/mutation/kept-runner.ts",
  },
});
