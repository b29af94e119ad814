// The lines that say which stores a test run was about.

import { describe, expect, it } from "vitest";
import { storeLines } from "../stores-reporter.ts";

const contract = "the job store contract: ";

describe("storeLines", () => {
  it("counts the tests of each store, by its name", () => {
    const tests = [
      { path: [`${contract}sqlite`, "claim", "R12 one"], state: "passed" },
      { path: [`${contract}sqlite`, "claim", "R12 two"], state: "failed" },
      { path: [`${contract}sqlite`, "claim", "R12 three"], state: "skipped" },
      { path: ["memory, step by step", "does what the model does"], state: "passed" },
      { path: ["something else", "passes"], state: "passed" },
    ];

    expect(storeLines(tests)).toEqual(["memory: 1 passed", "sqlite: 1 passed, 1 FAILED"]);
  });

  it("says what a store needs that did not run", () => {
    const tests = [{ path: [`${contract}mysql`, "needs a server in MYSQL_URL"], state: "passed" }];

    expect(storeLines(tests)).toEqual(["mysql: skipped, it needs a server in MYSQL_URL"]);
  });

  it("is silent where no test was about a store", () => {
    expect(storeLines([{ path: ["decide", "retries"], state: "passed" }])).toEqual([]);
  });
});
