// Tables and figures as text: the first column left, the others right.

import type { Spread } from "./statistics.ts";

/** Lines of a table, aligned. The first row is its heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const lines = rows.map((row) =>
    widths
      .map((width, column) => (row[column] ?? "")[column === 0 ? "padEnd" : "padStart"](width))
      .join("  ")
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => "─".repeat(width)).join("  "));
  return lines.join("\n");
}

/** 1234567 → "1.23 M", 12345 → "12.3 k", 12.345 → "12.3": three digits. */
export function short(value: number): string {
  if (value >= 999_500) return `${digits(value / 1e6)} M`;
  if (value >= 999.5) return `${digits(value / 1e3)} k`;
  return digits(value);
}

/** "123 k (110 k – 130 k)". */
export function spread({ median, min, max }: Spread): string {
  return `${short(median)} (${short(min)} – ${short(max)})`;
}

function digits(value: number): string {
  return value.toFixed(value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2);
}
