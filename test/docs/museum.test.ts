// The bug museum: what docs/museum.md says of each entry is true of the tests.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { exhibits, titlesById, titlesIn } from "./museum.ts";

const text = readFileSync(fileURLToPath(new URL("../../docs/museum.md", import.meta.url)), "utf8");
const page = exhibits(text);
const titles = titlesById();

describe("docs/museum.md", () => {
  it("lists every entry once, in order", () => {
    const ids = page.map(({ id }) => id);

    expect(ids).toEqual([...new Set(ids)].sort());
    expect(ids).toHaveLength(158);
  });

  it("lists every entry that a test names", () => {
    const listed = new Set(page.map(({ id }) => id));

    expect([...titles.keys()].filter((id) => !listed.has(id))).toEqual([]);
  });

  it("names tests that are there, under the titles they have", () => {
    const gone = page.flatMap(({ id, tests }) =>
      tests
        .filter(({ file, title }) => !titles.get(id)?.some((one) => one.file === file && one.title === title))
        .map(({ file, title }) => `${id}: ${file} has no test "${title}"`),
    );

    expect(gone).toEqual([]);
  });

  it("says why an entry is tested on one kind of store alone, and only of those", () => {
    const alone = page.filter(
      ({ tests }) => tests.length > 0 && tests.every(({ file }) => file.startsWith("test/store/")),
    );

    const explained = [...text.matchAll(/^\| (BM-\d{3}) \| [^|]+ \| [^|]+ \|$/gm)].map((match) => match[1]);
    expect(alone.map(({ id }) => id)).toEqual(explained);
  });

  it("gives a reason where there is no test, and only there", () => {
    const wrong = page.flatMap(({ id, tests, reason }) => {
      const [test] = titles.get(id) ?? [];
      if (tests.length === 0 && test !== undefined)
        return [`${id} has a test, which the page should name: \`${test.file}\` › ${test.title}`];
      return tests.length > 0 || /^(needs .+|does not apply: .+)$/.test(reason)
        ? []
        : [`${id}: "${reason}" is no reason`];
    });

    expect(wrong).toEqual([]);
  });
});

describe("exhibits", () => {
  it("reads tests and reasons from the last column", () => {
    const rows = [
      "| BM-001 | a | b | `x.test.ts` › BM-001 is \\| was<br>`y.ts` › R1 (BM-001) |",
      "| BM-002 | a | b | needs a cat |",
      "| other | a | b | c |",
    ];

    expect(exhibits(rows.join("\n"))).toEqual([
      {
        id: "BM-001",
        tests: [
          { file: "x.test.ts", title: "BM-001 is | was" },
          { file: "y.ts", title: "R1 (BM-001)" },
        ],
        reason: "",
      },
      { id: "BM-002", tests: [], reason: "needs a cat" },
    ]);
  });
});

describe("titlesIn", () => {
  it("finds string literals that name an entry, and no comments", () => {
    const source = [
      '  it("BM-001 is", () => {',
      "  // BM-002",
      "  it.each([1])(`a %s (BM-003)`, f) // it('BM-004')",
    ].join("\n");

    expect(titlesIn(source)).toEqual(["BM-001 is", "a %s (BM-003)", "BM-004"]);
  });
});
