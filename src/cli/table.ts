// Tables for people: columns that hold with wide characters too, and no frame.

import Table from "cli-table3";

export interface Column {
  readonly head: string;
  readonly align?: "left" | "right";
  /** Characters, the two between columns included; what does not fit ends in "…". As wide as its cells unless told. */
  readonly width?: number;
}

const NO_FRAME = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
};

/** The lines of a table, its head first unless all heads are empty. Cells must be clean already (see cleanText). */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[]): readonly string[] {
  const heads = columns.map(({ head }) => head);
  const table = new Table({
    chars: NO_FRAME,
    colAligns: columns.map(({ align = "left" }) => align),
    colWidths: columns.map(({ width = null }) => width),
    style: { "padding-left": 0, "padding-right": 2, head: [], border: [], compact: true },
    ...(heads.some((head) => head !== "") ? { head: heads } : {}),
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
}
