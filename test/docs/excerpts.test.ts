// What the pages show of other files is what stands there; those files have suites of their own.

import { describe, expect, it } from "vitest";
import { allPages, pageOf, textOf } from "./pages.ts";

const excerpts = allPages().flatMap((page) => pageOf(page).excerpts.map((excerpt) => ({ page, ...excerpt })));

describe("excerpts", () => {
  it("are found", () => {
    expect(excerpts.length).toBeGreaterThan(10);
  });

  it.each(excerpts)("$page:$line stands in $file", ({ file, code }) => {
    const text = textOf(file);

    expect(code.trim()).not.toBe("");
    // Whole lines, a page's may stand further left; `toContain` only for what it says when they are not there.
    const indented = [0, 2, 4, 6, 8].map((width) => code.replace(/^(?=.)/gm, " ".repeat(width)));
    if (!indented.some((lines) => `\n${text}`.includes(`\n${lines}\n`))) expect(text).toContain(`\n${code}\n`);
  });

  it.each(excerpts)("$page:$line shows a file that a suite runs", ({ file }) => {
    expect(file).toMatch(/^(?:ci\/frameworks|examples)\/|^test\/.*\.test\.ts$/);
  });
});
