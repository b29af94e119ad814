// What we promise about speed, beside what was measured.

import { short, table } from "./table.ts";

export interface Verdict {
  readonly what: string;
  readonly wanted: string;
  readonly measured: string;
  readonly isKept: boolean;
}

export function atLeast(what: string, wanted: number, measured: number): Verdict {
  return { what, wanted: `≥ ${wanted}`, measured: measured.toFixed(2), isKept: measured >= wanted };
}

export function atMost(what: string, wanted: number, measured: number, unit = ""): Verdict {
  const text = `${measured >= 100 ? measured.toFixed(0) : short(measured)}${unit}`;
  return { what, wanted: `≤ ${wanted}${unit}`, measured: text, isKept: measured <= wanted };
}

export function verdictTable(verdicts: readonly Verdict[]): string {
  return table([
    ["", "wanted", "measured", ""],
    ...verdicts.map(({ what, wanted, measured, isKept }) => [what, wanted, measured, isKept ? "kept" : "NOT KEPT"]),
  ]);
}
