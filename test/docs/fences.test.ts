// How examples are taken out of a page, and that what is wrong with one is told.

import { describe, expect, it } from "vitest";
import { withImports } from "./docstrings.ts";
import { type Example, readPage } from "./examples.ts";
import { fencesOf } from "./fences.ts";
import { failureOf, makeFolder } from "./run-example.ts";
import { isShown } from "./shown.ts";

const page = (...lines: readonly string[]): string => lines.join("\n");

describe("fencesOf", () => {
  it("tells language, code, line, heading and the remark before", () => {
    const fences = fencesOf(page("# Top", "## Time `now`", "<!-- prints -->", "", "```text", "a", "", "b", "```"));

    expect(fences).toEqual([{ lang: "text", code: "a\n\nb", line: 6, heading: "Time `now`", remarks: ["prints"] }]);
  });

  it("forgets a remark that other text follows", () => {
    const [fence] = fencesOf(page("<!-- prints -->", "Words.", "```text", "a", "```"));

    expect(fence?.remarks).toEqual([]);
  });

  it("refuses a fence that never ends", () => {
    expect(() => fencesOf(page("", "```ts", "a"))).toThrow("The fence that begins in line 2 never ends.");
  });

  it("refuses a fence that it would not see", () => {
    expect(() => fencesOf(page("- item", "  ```ts", "  a", "  ```"))).toThrow(
      "Line 2 begins a fence that no test would see",
    );
  });
});

describe("readPage", () => {
  it("joins a fence to the one that it continues, each on its own lines", () => {
    const { examples } = readPage(
      "P.md",
      page("```ts", "a", "```", "Words.", "<!-- continues -->", "```ts", "b", "```"),
    );

    expect(examples).toHaveLength(1);
    expect(examples[0]?.code.split("\n")).toEqual(["", "a", "", "", "", "", "b"]);
  });

  it("keeps what an example prints and how it fails", () => {
    const lines = ["```ts", "a(1)", "```", "<!-- prints -->", "```text", "x", "```"];
    const { examples } = readPage(
      "P.md",
      page(...lines, "<!-- fails with `a(2)` for `a(1)` -->", "```text", "y", "```"),
    );

    expect(examples[0]?.outputs).toEqual([
      { type: "prints", text: "x", line: 6 },
      { type: "fails", text: "y", line: 10, from: "a(1)", to: "a(2)", code: "\na(1)" },
    ]);
  });

  it("takes no example from other languages, nor from sketches and excerpts", () => {
    const sketch = ["<!-- sketch: no broker here -->", "```ts", "a", "```"];
    const excerpt = ["<!-- from ci/a.ts -->", "```ts", "b", "```"];
    const { examples, excerpts } = readPage("P.md", page("```sh", "npm ci", "```", ...sketch, ...excerpt));

    expect(examples).toEqual([]);
    expect(excerpts).toEqual([{ file: "ci/a.ts", code: "b", line: 10 }]);
  });

  it("refuses a remark that it does not know", () => {
    const markdown = page("```ts", "a", "```", "<!-- continued -->", "```ts", "b", "```");

    expect(() => readPage("P.md", markdown)).toThrow(
      'P.md:6: nobody knows the remark "continued" before a fence of "ts"',
    );
  });

  it("refuses an output that no example comes before", () => {
    expect(() => readPage("P.md", page("<!-- prints -->", "```text", "a", "```"))).toThrow("has no example before it");
  });
});

describe("isShown", () => {
  it.each([
    ["a\nb", "a\nb\n\n", true],
    ["a\nb", "a\nc", false],
    ["a", "a\nb", false],
    ["at … o'clock", "at 9 o'clock", true],
    ["at … o'clock", "at\n9 o'clock", false],
    ["a\n…\nz", "a\nb\nc\nz", true],
    ["a\n…\nz", "a\nz", true],
    ["a.c", "abc", false],
    ["red", "\u001b[31mred\u001b[39m", true],
  ])("%j for %j: %s", (shown, real, expected) => {
    expect(isShown(shown, real)).toBe(expected);
  });
});

describe("failureOf", () => {
  const code = page('import { expect, it } from "vitest";', 'it("adds", () => expect(1 + 1).toBe(2));');
  const example: Example = { page: "P.md", heading: "", line: 1, code, outputs: [] };
  const output = { type: "fails", text: "", line: 9, from: "toBe(2)", to: "toBe(3)", code } as const;

  it("gives the message of the failure, seen in the example as it is written", async () => {
    const folder = makeFolder();

    const message = await failureOf(folder.path, example, output);
    folder.clear();

    expect(message).toContain("expected 2 to be 3");
  });

  it("refuses an example that does not fail", async () => {
    const folder = makeFolder();

    await expect(failureOf(folder.path, example, { ...output, from: "1 + 1", to: "2 + 0" })).rejects.toThrow(
      "0 of 1 tests failed",
    );
    folder.clear();
  });

  it("refuses a text to replace that is not there once", async () => {
    const folder = makeFolder();

    await expect(failureOf(folder.path, example, { ...output, from: "toBe(9)" })).rejects.toThrow(
      "`toBe(9)` stands 0 times in P.md:1",
    );
    folder.clear();
  });
});

describe("withImports", () => {
  const offers = new Map([
    ["wheelwright", ["Job", "defineJob"]],
    ["./stage.ts", ["SendEmailJob", "Job", "kit"]],
  ]);

  it("imports what is used, from the first that offers it", () => {
    expect(withImports("await kit.run(() => new Job());", offers).split("\n").slice(0, 2)).toEqual([
      'import { Job } from "wheelwright";',
      'import { kit } from "./stage.ts";',
    ]);
  });

  it("imports nothing that the example declares or imports", () => {
    const code = page('import { kit, Job } from "mine";', "class SendEmailJob {}", "kit(Job, SendEmailJob);");

    expect(withImports(code, offers)).toBe(`${code}\nexport {};`);
  });
});
