// Compares a text as a page shows it with the real one.

import { stripVTControlCharacters } from "node:util";

/**
 * Whether the real text is what is shown. In what is shown, `…` stands for anything within a line, and a line that is
 * `…` alone for any lines, or none.
 */
export function isShown(shown: string, real: string): boolean {
  return patternOf(shown).test(`${plain(real)}\n`);
}

/** Without colours, ends of lines and empty lines at the end. */
export function plain(text: string): string {
  return stripVTControlCharacters(text)
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")
    .trimEnd();
}

function patternOf(shown: string): RegExp {
  const lines = plain(shown).split("\n");
  const patterns = lines.map((line) =>
    line.trim() === "…" ? "(?:.*\\n)*" : `${escaped(line).replaceAll("…", ".*")}\\n`,
  );
  return new RegExp(`^${patterns.join("")}$`);
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
