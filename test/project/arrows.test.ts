// The arrows between the rooms of src go one way (CONTRIBUTING.md, "Rooms"), and no two files run each other.

import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { forbiddenArrows, importCycles } from "./arrows.ts";
import { type Import, type ImportMap, importsOf, readImports } from "./imports.ts";

describe("the source", () => {
  const imports = readImports(fileURLToPath(new URL("../../src", import.meta.url)));

  it("imports along the arrows only", () => {
    expect(forbiddenArrows(imports)).toEqual([]);
  });

  it("has no import cycle", () => {
    expect(importCycles(imports)).toEqual([]);
  });
});

describe("forbiddenArrows", () => {
  it.each([
    ["job", "job/job.ts", "../clock/clock.ts"],
    ["clock", "clock/test-clock.ts", "../store/job-store.ts"],
    ["the seam", "store/claim-order.ts", "./memory/memory-store.ts"],
    ["the seam", "store/claim-order.ts", "./open-store.ts"],
    ["one store", "store/memory/memory-store.ts", "../sql/rows.ts"],
    ["engine", "engine/claim.ts", "../store/memory/memory-store.ts"],
    ["engine", "engine/claim.ts", "../store/open-store.ts"],
    ["engine", "engine/claim.ts", "../testing/drain.ts"],
    ["testing", "testing/drain.ts", "../store/sql/rows.ts"],
    ["testing", "testing/drain.ts", "../vitest/index.ts"],
    ["contract", "contract/claiming.ts", "../clock/clock.ts"],
    ["contract", "contract/claiming.ts", "../store/claim-order.ts"],
    ["vitest", "vitest/index.ts", "../jest/index.ts"],
    ["the main door", "index.ts", "./testing/drain.ts"],
  ])("refuses that %s imports a room beyond it: %s, %s", (_, file, specifier) => {
    const problems = forbiddenArrows(planted({ [file]: [specifier] }));

    expect(problems).toEqual([expect.stringContaining(`${file} imports `)]);
  });

  it("allows the ways that are open", () => {
    const problems = forbiddenArrows(
      planted({
        "job/ambient.ts": ["node:async_hooks"],
        "store/memory/memory-store.ts": ["../job-store.ts", "../claim-order.ts", "../../job/job.ts"],
        "store/open-store.ts": ["./sql/rows.ts"],
        "engine/claim.ts": ["../store/job-store.ts", "../store/claim-order.ts", "../clock/clock.ts", "node:os"],
        "testing/drain.ts": ["../store/memory/memory-store.ts", "../store/open-store.ts", "../engine/claim.ts"],
        "contract/claiming.ts": ["node:assert", "../store/job-store.ts", "../job/job.ts"],
        "vitest/index.ts": ["vitest", "../testing/drain.ts"],
        "index.ts": ["./job/job.ts", "./store/memory/memory-store.ts"],
      }),
    );

    expect(problems).toEqual([]);
  });

  it("counts an import of types, for the words of a room are part of it", () => {
    const problems = forbiddenArrows(planted({ "job/job.ts": [{ specifier: "../clock/clock.ts", kind: "type" }] }));

    expect(problems).toEqual(["job/job.ts imports clock/clock.ts; job/ may import job/."]);
  });

  it("keeps every runner behind its own door", () => {
    const problems = forbiddenArrows(
      planted({ "testing/drain.ts": ["vitest"], "jest/index.ts": ["sinon"], "sinon/index.ts": ["@jest/globals"] }),
    );

    expect(problems).toEqual([
      "testing/drain.ts imports the package vitest; testing/ may import none.",
      "jest/index.ts imports the package sinon; jest/ may import @jest/globals, expect.",
      "sinon/index.ts imports the package @jest/globals; sinon/ may import sinon.",
    ]);
  });

  it("keeps the modules of Node.js out of the words, but for the async scope", () => {
    const problems = forbiddenArrows(planted({ "job/job.ts": ["node:async_hooks"], "job/ambient.ts": ["node:fs"] }));

    expect(problems).toEqual([
      "job/job.ts imports node:async_hooks; of Node.js, job/ may import node:util.",
      "job/ambient.ts imports node:fs; of Node.js, job/ambient.ts may import node:async_hooks.",
    ]);
  });

  it("asks for a rule when a room is new, and names an import that leads nowhere", () => {
    const problems = forbiddenArrows(planted({ "attic/box.ts": [], "job/job.ts": ["./gone.ts", "../../test/a.ts"] }));

    expect(problems).toEqual([
      "job/job.ts imports ./gone.ts, which is not a file of src.",
      "job/job.ts imports ../../test/a.ts, which is not a file of src.",
      "attic/box.ts is in no room that test/project/arrows.ts knows: add a line for it to ROOMS.",
    ]);
  });
});

describe("importCycles", () => {
  it("names the files of a circle in the order they run each other", () => {
    const cycles = importCycles(planted({ "job/a.ts": ["./b.ts"], "job/b.ts": ["./c.ts"], "job/c.ts": ["./a.ts"] }));

    expect(cycles).toEqual(["job/a.ts → job/b.ts → job/c.ts → job/a.ts"]);
  });

  it("tells two circles apart, and a file that imports itself", () => {
    const cycles = importCycles(
      planted({
        "job/a.ts": ["./b.ts"],
        "job/b.ts": ["./a.ts"],
        "engine/a.ts": ["./a.ts"],
        "clock/a.ts": ["../job/a.ts"],
      }),
    );

    expect(cycles).toEqual(["job/a.ts → job/b.ts → job/a.ts", "engine/a.ts → engine/a.ts"]);
  });

  it("lets types and later imports close a circle, since neither runs a file at once", () => {
    const cycles = importCycles(
      planted({
        "job/a.ts": ["./b.ts", "./c.ts"],
        "job/b.ts": [{ specifier: "./a.ts", kind: "type" }],
        "job/c.ts": [{ specifier: "./a.ts", kind: "dynamic" }],
      }),
    );

    expect(cycles).toEqual([]);
  });
});

describe("importsOf", () => {
  it("finds each form of import and its kind", () => {
    const text = `
      // import "./comment.ts";
      import "./side-effect.ts";
      import { a, type B } from "./value.ts";
      import { type C } from "./still-runs.ts";
      import type { D } from "./type.ts";
      export * from "./again.ts";
      export type { E } from "./again-type.ts";
      const text = 'import "./string.ts"';
      async function later(): Promise<unknown> { return import("./later.ts"); }
      type F = import("./written.ts").F;
      const g = require("./common.cjs");
      const h = () => require("./lazy.cjs");
    `;

    expect(importsOf("a.ts", text).map(({ kind, specifier }) => `${kind} ${specifier}`)).toEqual([
      "value ./side-effect.ts",
      "value ./value.ts",
      "value ./still-runs.ts",
      "type ./type.ts",
      "value ./again.ts",
      "type ./again-type.ts",
      "dynamic ./later.ts",
      "type ./written.ts",
      "value ./common.cjs",
      "dynamic ./lazy.cjs",
    ]);
  });
});

/** A source of one file per room, with the given files put in or in the place of theirs. */
function planted(files: Readonly<Record<string, readonly (string | Import)[]>>): ImportMap {
  const existing = [
    "job/job.ts",
    "clock/clock.ts",
    "store/job-store.ts",
    "store/claim-order.ts",
    "store/open-store.ts",
    "store/memory/memory-store.ts",
    "store/sql/rows.ts",
    "engine/claim.ts",
    "testing/drain.ts",
    "vitest/index.ts",
    "jest/index.ts",
  ];
  const map = new Map<string, readonly Import[]>(existing.map((file) => [file, []]));
  for (const [file, imports] of Object.entries(files)) {
    map.set(
      file,
      imports.map((each) => (typeof each === "string" ? { specifier: each, kind: "value" } : each)),
    );
  }
  return map;
}
