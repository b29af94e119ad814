// Makes modules of a page's TypeScript fences. What stands in a comment before a fence says how it is to be taken:
//
//   <!-- continues -->                   the ts fence goes on where the one before it ended
//   <!-- from FILE -->                   the fence is a part of FILE, whose own suite runs it
//   <!-- sketch: why -->                 the ts fence is not run
//   <!-- prints -->                      the text fence is what the example before it prints
//   <!-- fails with `A` for `B` -->      the text fence is how the example before it fails when B is written as A

import { type Fence, fencesOf } from "./fences.ts";

export interface Example {
  readonly page: string;
  readonly heading: string;
  /** Of its first line, in the page. */
  readonly line: number;
  /** Padded with empty lines, so that errors tell the page's line numbers. */
  readonly code: string;
  readonly outputs: readonly Output[];
}

export type Output =
  | { readonly type: "prints"; readonly text: string; readonly line: number }
  | {
      readonly type: "fails";
      readonly text: string;
      readonly line: number;
      readonly from: string;
      readonly to: string;
      /** The example up to this output: where `from` is looked for. */
      readonly code: string;
    };

/** A fence that shows a part of a file. */
export interface Excerpt {
  readonly file: string;
  readonly code: string;
  readonly line: number;
}

export interface Page {
  readonly examples: readonly Example[];
  readonly excerpts: readonly Excerpt[];
}

const FAILS = /^fails with `(.+)` for `(.+)`$/;

/** Throws for a remark nobody knows, and for one that has no example before it. */
export function readPage(name: string, markdown: string): Page {
  const examples: { page: string; heading: string; line: number; code: string; outputs: Output[] }[] = [];
  const excerpts: Excerpt[] = [];
  for (const fence of fencesOf(markdown)) {
    const [remark, ...more] = fence.remarks;
    const where = `${name}:${fence.line}`;
    if (more.length > 0) throw new SyntaxError(`${where}: one remark at most, not ${fence.remarks.join(" and ")}`);
    const before = examples.at(-1);
    const { line, heading } = fence;
    if (remark === undefined) {
      if (fence.lang === "ts") examples.push({ page: name, heading, line, code: at(fence), outputs: [] });
    } else if (remark.startsWith("from ")) {
      excerpts.push({ file: remark.slice("from ".length), code: fence.code, line });
    } else if (remark.startsWith("sketch: ")) {
      // Not run, for the reason that is given.
    } else if (before === undefined) {
      throw new SyntaxError(`${where}: "${remark}" has no example before it`);
    } else if (remark === "continues" && fence.lang === "ts") {
      before.code += at(fence, before.code);
    } else {
      before.outputs.push(outputOf(fence, remark, before.code, where));
    }
  }
  return { examples, excerpts };
}

/** The fence's code on the lines that it has in the page, when put after `text`. */
function at(fence: Fence, text = ""): string {
  return "\n".repeat(fence.line - text.split("\n").length) + fence.code;
}

function outputOf({ code: text, line, lang }: Fence, remark: string, code: string, where: string): Output {
  const [, to, from] = FAILS.exec(remark) ?? [];
  if (lang === "text" && to !== undefined && from !== undefined) return { type: "fails", text, line, from, to, code };
  if (lang === "text" && remark === "prints") return { type: "prints", text, line };
  throw new SyntaxError(`${where}: nobody knows the remark "${remark}" before a fence of "${lang}"`);
}
