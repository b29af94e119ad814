// Whether the simulation would notice: every planted mistake is caught by the seed that docs/simulation.md says, with the
// words that it says.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { MISTAKES } from "./index.ts";
import { simulateWith } from "./mistake.ts";
import { mistakesTable } from "./table.ts";

const page = readFileSync(new URL("../../../docs/simulation.md", import.meta.url), "utf8");
const rows = [...page.matchAll(/^\| (.+) \| (\d+) \| (.+) \|$/gm)].map(([, name, seed, violation]) => ({
  name,
  seed: Number(seed),
  violation,
}));

describe("the planted mistakes", () => {
  it("are all in the table of docs/simulation.md, and no other", () => {
    expect(rows.map(({ name }) => name)).toEqual(MISTAKES.map(({ name }) => name));
  });

  it.each(MISTAKES)("$name: is caught", async (mistake) => {
    const row = rows.find(({ name }) => name === mistake.name);

    const { violation } = await simulateWith(mistake, row?.seed ?? -1);

    expect(violation).toBe(row?.violation);
  });

  it.runIf(process.env.TEST_THOROUGH === "1")("are caught by no earlier seed", { timeout: 120_000 }, async () => {
    expect(page).toContain(await mistakesTable());
  });
});
