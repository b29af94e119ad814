// The page of mutants that nothing notices: that what it says is about the source as it is, and how it is read.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { inOneLine, listed, readReport, survivorLine } from "../../ci/mutation/report.ts";

const root = new URL("../../", import.meta.url);
const page = readFileSync(fileURLToPath(new URL("ci/mutation/survivors.md", root)), "utf8");

describe("ci/mutation/survivors.md", () => {
  it("names lines that are in the source", () => {
    const gone = [...listed(page)].filter(([item, { file }]) => {
      const [, line = "?"] = /^\S+ `(.*?)`: `/.exec(item) ?? [];
      return !linesOf(file).has(line);
    });

    expect(gone.map(([item]) => item)).toEqual([]);
  });

  it("gives a reason for each", () => {
    const without = [...listed(page)].filter(([, { reason }]) => !/^[^#-].*\.$/s.test(reason));

    expect(without.map(([item]) => item)).toEqual([]);
  });
});

describe("listed", () => {
  it("takes the paragraph before a list for the reason of each of its items", () => {
    const text =
      "# Title\n\nThe same\neither way.\n\n- a.ts `x < y`: `<` → `<=`\n- b.ts `x`: `x` → ``\n\nSaves time.\n\n- a.ts `z`: `z` → `true`\n";

    expect([...listed(text)]).toEqual([
      ["a.ts `x < y`: `<` → `<=`", { file: "a.ts", reason: "The same\neither way." }],
      ["b.ts `x`: `x` → ``", { file: "b.ts", reason: "The same\neither way." }],
      ["a.ts `z`: `z` → `true`", { file: "a.ts", reason: "Saves time." }],
    ]);
  });
});

describe("readReport", () => {
  it("tells of each mutant where it is, what became of it and whether it was noticed", () => {
    const source = "if (a) {\n  b();\n}\n";
    const location = { start: { line: 1, column: 8 }, end: { line: 3, column: 2 } };
    const mutants = ["Killed", "Timeout", "Survived", "NoCoverage", "Ignored", "CompileError"].map((status) => ({
      status,
      replacement: "{}",
      location,
    }));

    const read = readReport(JSON.stringify({ files: { "src/a.ts": { source, mutants } } }));

    expect(read.map(({ isNoticed }) => isNoticed)).toEqual([true, true, false, false]);
    expect(read.map(({ range }) => range)).toEqual(["1:7-3:2", "1:7-3:2", "1:7-3:2", "1:7-3:2"]);
    expect(read.map(survivorLine)).toContain("src/a.ts `if (a) {`: `{ b(); }` → `{}`");
  });
});

function linesOf(file: string): ReadonlySet<string> {
  const text = readFileSync(fileURLToPath(new URL(file, root)), "utf8");
  return new Set(text.split("\n").map(inOneLine));
}
