// The planted mistakes, and what catches them, as the table of docs/simulation.md.

import { PATCHES } from "../patches/index.ts";
import { firstToCatchPatch } from "../patches/patch.ts";
import { MISTAKES } from "./index.ts";
import { firstToCatch } from "./mistake.ts";

/** How many seeds a mistake may stay unseen. */
export const MOST_SEEDS = 1000;

export async function mistakesTable(): Promise<string> {
  const lines = ["| mistake | first seed | what is said |", "|---|---:|---|"];
  for (const mistake of MISTAKES) {
    const caught = await firstToCatch(mistake, MOST_SEEDS);
    lines.push(
      `| ${mistake.name} | ${caught?.seed ?? "none"} | ${caught?.violation ?? `not caught in ${MOST_SEEDS} seeds`} |`,
    );
  }
  return lines.join("\n");
}

/** The same of the patches of our own source. */
export async function patchesTable(): Promise<string> {
  const lines = ["| patch | source | first seed | what is said |", "|---|---|---:|---|"];
  for (const patch of PATCHES) {
    const caught = await firstToCatchPatch(patch, MOST_SEEDS);
    const said = caught?.violation ?? `not caught in ${MOST_SEEDS} seeds`;
    lines.push(`| ${patch.name} | \`${patch.file}\` | ${caught?.seed ?? "none"} | ${said} |`);
  }
  return lines.join("\n");
}
