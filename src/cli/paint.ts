// Colours, where they are wanted.

import util from "node:util";
import type { Io, Output } from "./io.ts";

export type Paint = (colour: "bold" | "dim" | "red" | "green" | "yellow", text: string) => string;

/**
 * Colours for one output: those of a terminal, unless NO_COLOR or FORCE_COLOR say otherwise.
 * Source: no-color.org (set and not empty); FORCE_COLOR as Node.js reads it (0 and false are no).
 */
export function paintFor(output: Output, env: Io["env"]): Paint {
  // Looked up here, not imported by name: Node.js before 20.12 has none, and does without colours.
  const { styleText } = util as { styleText?: typeof util.styleText };
  if (!wanted(output, env) || styleText === undefined) return (_, text) => text;
  // Newer versions look at process.stdout themselves, which may be another output.
  const options = { validateStream: false } as object; // `as`: the types of Node.js 20 do not have it yet
  return (colour, text) => styleText(colour, text, options);
}

function wanted(output: Output, { NO_COLOR, FORCE_COLOR, TERM }: Io["env"]): boolean {
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  return output.isTTY === true && TERM !== "dumb";
}
