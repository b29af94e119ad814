// The message when two stores part: which step, and the two answers or rows side by side with the fields that differ
// marked. People look before they read.

import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";

export interface Seen {
  readonly answer: unknown;
  readonly rows: readonly object[];
}

const WIDTH = 34;

/** Where two sides differ after a step, as text; null where they do not. `names`: the two stores'. */
export function difference(names: readonly [string, string], left: Seen, right: Seen): string | null {
  const parts: string[] = [];
  if (!isDeepStrictEqual(left.answer, right.answer)) {
    parts.push(sideBySide("the answer", names, fieldsOf(left.answer), fieldsOf(right.answer)));
  }
  const before = new Map(left.rows.map((row) => [titleOf(row), row]));
  const after = new Map(right.rows.map((row) => [titleOf(row), row]));
  for (const title of new Set([...before.keys(), ...after.keys()])) {
    const [a, b] = [before.get(title), after.get(title)];
    if (!isDeepStrictEqual(a, b)) parts.push(sideBySide(title, names, fieldsOf(a), fieldsOf(b)));
  }
  if (parts.length === 0 && !isDeepStrictEqual(left.rows, right.rows)) {
    parts.push(sideBySide("the order of the rows", names, ids(left.rows), ids(right.rows)));
  }
  return parts.length === 0 ? null : parts.join("\n\n");
}

function sideBySide(
  title: string,
  names: readonly [string, string],
  left: ReadonlyMap<string, unknown>,
  right: ReadonlyMap<string, unknown>,
): string {
  const keys = [...new Set([...left.keys(), ...right.keys()])];
  const first = Math.max(title.length, ...keys.map((key) => key.length));
  const lines = keys.map((key) => {
    const differs = !isDeepStrictEqual(left.get(key), right.get(key)) || left.has(key) !== right.has(key);
    return `${differs ? "≠" : " "} ${key.padEnd(first)}  ${shown(left, key)}  ${shown(right, key)}`.trimEnd();
  });
  const head = `  ${title.padEnd(first)}  ${names[0].padEnd(WIDTH)}  ${names[1]}`;
  return [head, ...lines].join("\n");
}

function shown(fields: ReadonlyMap<string, unknown>, key: string): string {
  const text = fields.has(key) ? textOf(fields.get(key)) : "–";
  return (text.length > WIDTH ? `${text.slice(0, WIDTH - 1)}…` : text).padEnd(WIDTH);
}

function textOf(value: unknown): string {
  return value instanceof Date ? value.toISOString() : fc.stringify(value);
}

/** An answer of several records is shown field by field, too, each with its place in front. */
function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  if (value === undefined) return new Map([["", "no such row"]]);
  if (value === null || typeof value !== "object" || value instanceof Date) return new Map([["", value]]);
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const fields = value.flatMap((each, place) =>
    [...fieldsOf(each)].map(([key, field]): [string, unknown] => [`[${place}] ${key}`.trimEnd(), field]),
  );
  return new Map(value.length === 0 ? [["length", 0]] : fields);
}

const titleOf = (row: object): string => `the row ${"id" in row ? row.id : "?"}`;
const ids = (rows: readonly object[]): ReadonlyMap<string, unknown> =>
  new Map(rows.map((row, place) => [`[${place}]`, titleOf(row)]));
