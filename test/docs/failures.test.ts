// docs/failures.md shows what is printed today. To write it anew: npx vitest run test/docs/failures.test.ts --update

import { describe, expect, it } from "vitest";
import { cases } from "./failing-cases.ts";
import { failuresPage, shownCases } from "./failures-page.ts";

describe("docs/failures.md", () => {
  it("shows each failing case with the message that it fails with", async () => {
    await expect(await failuresPage()).toMatchFileSnapshot("../../docs/failures.md");
  });

  it("leaves no case out", () => {
    expect([...shownCases()].sort()).toEqual(Object.keys(cases).sort());
  });

  it("keeps to the width of a terminal, but for the lines that name a whole call", async () => {
    const wide = (await failuresPage()).split("\n").filter((line) => line.length > 120);

    expect(wide).toEqual([expect.stringContaining("was never awaited")]);
  });
});
