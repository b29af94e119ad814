// Reads the fenced blocks of a Markdown page, with the remarks for the tests that stand before them.

export interface Fence {
  /** The word after the backticks: `ts`, `text`, `sh` … */
  readonly lang: string;
  readonly code: string;
  /** Number of its first line of code in the page, 1 being the page's first. */
  readonly line: number;
  /** The latest heading above it, without its marks. */
  readonly heading: string;
  /** What the HTML comments right before it say; a reader of the page does not see them. */
  readonly remarks: readonly string[];
}

const OPENING = /^```(\w*)\s*$/;
const REMARK = /^<!--\s*(.*?)\s*-->$/;
const HEADING = /^#+\s+(.*)$/;

/** Throws for a fence that never ends, and for one that is indented or otherwise not seen by `OPENING`. */
export function fencesOf(page: string): readonly Fence[] {
  const lines = page.split("\n");
  const fences: Fence[] = [];
  let heading = "";
  let remarks: string[] = [];
  for (let index = 0; index < lines.length; index++) {
    const text = lines[index] ?? "";
    const lang = OPENING.exec(text)?.[1];
    if (lang !== undefined) {
      const end = lines.indexOf("```", index + 1);
      if (end < 0) throw new SyntaxError(`The fence that begins in line ${index + 1} never ends.`);
      fences.push({ lang, code: lines.slice(index + 1, end).join("\n"), line: index + 2, heading, remarks });
      remarks = [];
      index = end;
      continue;
    }
    if (text.trimStart().startsWith("```")) {
      throw new SyntaxError(`Line ${index + 1} begins a fence that no test would see: ${text}`);
    }
    const remark = REMARK.exec(text)?.[1];
    if (remark !== undefined) remarks.push(remark);
    else if (text.trim() !== "") remarks = [];
    heading = HEADING.exec(text)?.[1] ?? heading;
  }
  return fences;
}
