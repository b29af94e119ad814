// The shape of every message: a headline, then blocks with their name in the margin.

/** Columns of a message; most terminals have them. */
export const WIDTH = 80;
const MARGIN = 12;
/** Columns beside the margin. */
export const BODY_WIDTH: number = WIDTH - MARGIN;

/** A block's name, at most 9 characters, and its lines. */
export interface Block {
  readonly name: string;
  readonly lines: readonly string[];
  /** Without an empty line before it. */
  readonly tight?: boolean;
}

/** Blocks without lines are left out. */
export function report(headline: string, blocks: readonly Block[]): string {
  const parts = blocks
    .filter(({ lines }) => lines.length > 0)
    .map((block) => `${block.tight === true ? "\n" : "\n\n"}${blockText(block)}`);
  return `${headline}${parts.join("")}`;
}

function blockText({ name, lines }: Block): string {
  return lines.map((line, index) => `${(index === 0 ? `  ${name}` : "").padEnd(MARGIN)}${line}`.trimEnd()).join("\n");
}

/** Texts below each other, their columns aligned; the last column is left as it is. */
export function columns(rows: readonly (readonly string[])[], gap = "  "): readonly string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.slice(0, -1).forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    });
  return rows.map((row) =>
    row
      .map((cell, index) => (index < row.length - 1 ? cell.padEnd(widths[index] ?? 0) : cell))
      .join(gap)
      .trimEnd(),
  );
}

/**
 * A sentence in lines of at most `width`; later lines are indented by two. What stands in brackets, and a job's number
 * and name, stay together; what is longer than a line keeps its own.
 */
export function wrap(text: string, width: number = BODY_WIDTH): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.replaceAll(TOGETHER, (part) => part.replaceAll(" ", GLUE)).split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = `  ${word}`;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((each) => each.replaceAll(GLUE, " "));
}

const TOGETHER = /\{[^{}]*\}|\([^()]*\)|#\d+ \S+/g;
const GLUE = "\u0000";

/** `1 job`, `2 jobs`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
