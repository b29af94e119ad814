// docs/semantics.md and the tests speak of the same rules.

import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { pathOf, textOf } from "./pages.ts";

/** `"R12"` for each rule that the page states, in its order. */
function rulesOnPage(): readonly string[] {
  return [...textOf("docs/semantics.md").matchAll(/^\*\*(R\d+)\b/gm)].map(([, rule = ""]) => rule);
}

/** Each rule that a text in the tests or in the contract names. Comments do not count. */
function rulesInTests(): ReadonlySet<string> {
  const named = new Set<string>();
  for (const file of ["test", "src/contract", "examples"].flatMap(sources)) {
    for (const line of textOf(file).split("\n")) {
      if (/^\s*(\/\/|\*|\/\*)/.test(line)) continue;
      for (const [text] of line.matchAll(/(["'`])(?:(?!\1).)*\1/g))
        for (const [rule] of text.matchAll(/\bR\d{1,2}\b/g)) named.add(rule);
    }
  }
  return named;
}

/** Tests, and what writes them; this folder is about the pages. */
function sources(folder: string): readonly string[] {
  return readdirSync(pathOf(folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return path === "test/docs" || entry.name === "node_modules" ? [] : sources(path);
    return path.endsWith(".ts") ? [path] : [];
  });
}

describe("docs/semantics.md", () => {
  it("states each rule once", () => {
    expect(new Set(rulesOnPage()).size).toBe(rulesOnPage().length);
    expect(rulesOnPage().length).toBeGreaterThan(40);
  });

  it("states no rule that no test is named after", () => {
    const inTests = rulesInTests();
    expect(rulesOnPage().filter((rule) => !inTests.has(rule))).toEqual([]);
  });

  it("states every rule that a test is named after", () => {
    expect([...rulesInTests()].filter((rule) => !rulesOnPage().includes(rule))).toEqual([]);
  });
});
