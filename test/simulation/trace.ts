// What happened in a simulation, as a table that people can read.

/** One line. `atMs`: milliseconds since the simulation began. */
export interface TraceLine {
  readonly step: number;
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
  readonly came: string;
}

export function renderTrace(lines: readonly TraceLine[]): string {
  const cells = lines.map(({ step, atMs, who, what, came }) => [`${step}`, secondsOf(atMs), who, what, came]);
  const table = [["step", "time", "who", "what", "what came of it"], ...cells];
  const widths = [0, 1, 2, 3].map((column) => Math.min(76, Math.max(...table.map((row) => row[column]?.length ?? 0))));
  return table
    .map((row) =>
      row.map((cell, column) => (column < 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))),
    )
    .map((row) => row.join("  ").trimEnd())
    .join("\n");
}

function secondsOf(ms: number): string {
  return `${(ms / 1000).toFixed(3)}s`;
}
