// What Stryker's report says of each mutant, and what survivors.md says of those that nothing notices.

/** A small change of a file, and whether a test noticed it. */
export interface Mutant {
  readonly file: string;
  /** `12:4-12:20`, as Stryker takes it. */
  readonly range: string;
  /** The same in each run over the same source. */
  readonly key: string;
  /** The line that it begins on, and what it makes of its part. */
  readonly line: string;
  readonly original: string;
  readonly replacement: string;
  isNoticed: boolean;
}

interface Position {
  readonly line: number;
  readonly column: number;
}

interface Report {
  readonly files: Record<
    string,
    {
      readonly source: string;
      readonly mutants: readonly {
        readonly status: string;
        readonly replacement?: string;
        readonly location: { readonly start: Position; readonly end: Position };
      }[];
    }
  >;
}

/** A mutant that cannot be run (CompileError, RuntimeError) or was not to be (Ignored) is none. */
const NOTICED: ReadonlyMap<string, boolean> = new Map([
  ["Killed", true],
  ["Timeout", true],
  ["Survived", false],
  ["NoCoverage", false],
]);

export function readReport(text: string): Mutant[] {
  const report = JSON.parse(text) as Report; // `as`: Stryker's schema
  return Object.entries(report.files).flatMap(([file, { source, mutants }]) => {
    const lines = source.split("\n");
    return mutants.flatMap(({ status, replacement = "", location: { start, end } }) => {
      const isNoticed = NOTICED.get(status);
      if (isNoticed === undefined) return [];
      const range = `${start.line}:${start.column - 1}-${end.line}:${end.column}`; // Stryker counts columns from 0 where it is told them.
      const line = inOneLine(lines[start.line - 1] ?? "");
      const original = inOneLine(textBetween(lines, start, end));
      return [
        {
          file,
          range,
          key: `${file}:${range}:${replacement}`,
          line,
          original,
          replacement: inOneLine(replacement),
          isNoticed,
        },
      ];
    });
  });
}

/** How survivors.md names it: file, line, and what became of which part of it. */
export function survivorLine({ file, line, original, replacement }: Mutant): string {
  return `${file} \`${line}\`: \`${original}\` → \`${replacement}\``;
}

/** The lines of survivors.md, each with its reason. A reason is the text of the paragraph before the list. */
export function listed(page: string): ReadonlyMap<string, { readonly file: string; readonly reason: string }> {
  const reasons = new Map<string, { file: string; reason: string }>();
  let reason = "";
  for (const paragraph of page.split(/\n{2,}/)) {
    if (!paragraph.startsWith("- ")) reason = paragraph;
    else
      for (const item of paragraph.trimEnd().split("\n")) {
        const line = item.slice(2);
        reasons.set(line, { file: line.slice(0, line.indexOf(" ")), reason });
      }
  }
  return reasons;
}

/** A row for each room: how many mutants, and how many were noticed. */
export function statusTable(mutants: readonly Mutant[]): string {
  const rooms = new Map<string, { all: number; noticed: number }>();
  for (const { file, isNoticed } of mutants) {
    for (const name of [file.slice(0, file.lastIndexOf("/")), file]) {
      const count = rooms.get(name) ?? { all: 0, noticed: 0 };
      rooms.set(name, { all: count.all + 1, noticed: count.noticed + Number(isNoticed) });
    }
  }
  return [...rooms]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, { all, noticed }]) =>
        `${name.padEnd(40)} ${String(noticed).padStart(5)} of ${String(all).padStart(5)}  ${((100 * noticed) / all).toFixed(1).padStart(5)} %`,
    )
    .join("\n");
}

function textBetween(lines: readonly string[], start: Position, end: Position): string {
  if (start.line === end.line) return (lines[start.line - 1] ?? "").slice(start.column - 1, end.column - 1);
  const [first = "", ...rest] = lines.slice(start.line - 1, end.line);
  const last = rest.pop() ?? "";
  return [first.slice(start.column - 1), ...rest, last.slice(0, end.column - 1)].join("\n");
}

/** White space as one blank, and no more than fits a list. */
export function inOneLine(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}
