// Whether the simulation notices mistakes in our own source: each patch is caught. With which seed is told in
// docs/simulation.md; `npm run test:simulation -- --mistakes` finds them anew.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PATCHES } from "./index.ts";
import { firstToCatchPatch, patched } from "./patch.ts";

const THOROUGH = process.env.TEST_THOROUGH === "1";
/** A few in every run, one of each room; all where there is time. */
const PLAYED = THOROUGH ? PATCHES : PATCHES.filter((_, index) => index % 8 === 0);

const page = readFileSync(new URL("../../../docs/simulation.md", import.meta.url), "utf8");
const table = page.slice(page.indexOf("| patch |"), page.indexOf("| mistake |"));
const rows = [...table.matchAll(/^\| (.+?) \| `.+?` \| (\d+) \| .+ \|$/gm)].map(([, name, seed]) => ({
  name,
  seed: Number(seed),
}));

describe("patches of our own source", () => {
  it("are all in the table of docs/simulation.md, and no other", () => {
    expect(rows.map(({ name }) => name)).toEqual(PATCHES.map(({ name }) => name));
  });

  it.each(PATCHES)("$name: still fits the source", async (patch) => {
    expect(await patched(patch)).not.toBe(patch.from);
  });

  it.each(PLAYED)("$name: is caught within 1,000 seeds", async (patch) => {
    // The seed of the table, while it is true.
    const known = rows.find(({ name }) => name === patch.name)?.seed ?? 0;
    const caught = THOROUGH ? null : await firstToCatchPatch(patch, 1, known);

    expect((caught ?? (await firstToCatchPatch(patch, 1000)))?.violation).toEqual(expect.any(String));
  });

  it("says which patch no longer fits, and where", async () => {
    const patch = { name: "gone", file: "engine/decide.ts", from: "no such text", to: "" };

    await expect(patched(patch)).rejects.toThrow(
      /^The patch "gone" replaces a text that src\/engine\/decide\.ts no longer holds:\nno such text\n/,
    );
  });
});
