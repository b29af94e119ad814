// Text that comes from jobs may hold anything; a terminal must not obey it.

/**
 * What moves a cursor, rings a bell, ends a line or turns the direction of writing: C0, DEL, C1, line and paragraph
 * separators, and the bidirectional controls (CVE-2021-42574).
 */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The text on one line, every control character written as JavaScript would: `\n`, `\u001b`. */
export function cleanText(text: string): string {
  return text.replace(UNSAFE, (character) => SHORT[character] ?? escaped(character));
}

/** A value as JSON that no terminal obeys either. Still the same JSON. */
export function cleanJson(value: unknown, indent?: number): string {
  return cleanLines(JSON.stringify(value, null, indent), escaped);
}

/** Lines in the format of Prometheus, in which a backslash has to be doubled. */
export function cleanMetrics(text: string): string {
  return cleanLines(text, (character) => `\\${escaped(character)}`);
}

function cleanLines(text: string, toEscape: (character: string) => string): string {
  return text
    .split("\n")
    .map((line) => line.replace(UNSAFE, toEscape))
    .join("\n");
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
