// Whether the simulation would notice: every planted mistake is caught. With which seed is told in docs/simulation.md.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { MISTAKES } from "./index.ts";
import { firstToCatch, simulateWith } from "./mistake.ts";

const THOROUGH = process.env.TEST_THOROUGH === "1";

const page = readFileSync(new URL("../../../docs/simulation.md", import.meta.url), "utf8");
const table = page.slice(page.indexOf("| mistake |"));
const rows = [...table.matchAll(/^\| (.+) \| (\d+) \| .+ \|$/gm)].map(([, name, seed]) => ({
  name,
  seed: Number(seed),
}));

describe("the planted mistakes", () => {
  it("are all in the table of docs/simulation.md, and no other", () => {
    expect(rows.map(({ name }) => name)).toEqual(MISTAKES.map(({ name }) => name));
  });

  it.each(MISTAKES)("$name: is caught within 1,000 seeds", async (mistake) => {
    // The seed of the table, while it is true: it moves when the engine comes to call its store otherwise.
    const known = rows.find(({ name }) => name === mistake.name)?.seed ?? 0;
    const caught = await simulateWith(mistake, known);

    const { violation } =
      caught.violation !== null && !THOROUGH ? caught : ((await firstToCatch(mistake, 1000)) ?? caught);

    expect(violation).not.toBeNull();
  });
});
