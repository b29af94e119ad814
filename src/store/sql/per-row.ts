// Values that differ from row to row in a statement that writes many rows: of each row by its number.

import { places } from "./plan.ts";
import type { SqlValue } from "./step.ts";

/** A piece of a statement and its parameters. */
export interface Piece {
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

/** An expression that gives each row its value; where all have the same, it is that value. */
export type PerRow = (values: readonly SqlValue[], type: string) => Piece;

/**
 * Looked up in arrays: the statement's text is the same however many rows there are. `seqs`: in ascending order, for among
 * them a row's place is found by halving, where `array_position` would go through them all.
 */
export function byArrays(seqs: readonly number[]): PerRow {
  return (values, type) => {
    if (areSame(values)) return { sql: "?", params: values.slice(0, 1) };
    const nth = "width_bucket(seq, CAST(? AS BIGINT[]))";
    return { sql: `(CAST(? AS ${type}[]))[${nth}]`, params: [arrayOf(values), arrayOf(seqs)] };
  };
}

/** Told one by one. */
export function byCases(seqs: readonly number[]): PerRow {
  return (values) => {
    if (areSame(values)) return { sql: "?", params: values.slice(0, 1) };
    const cases = "WHEN ? THEN ? ".repeat(seqs.length);
    return { sql: `CASE seq ${cases}END`, params: seqs.flatMap((seq, index) => [seq, values[index] ?? null]) };
  };
}

/** `column` is one of a list that is one parameter. */
export function inArray(column: string, values: readonly SqlValue[], type: string): Piece {
  return { sql: `${column} = ANY (CAST(? AS ${type}[]))`, params: [arrayOf(values)] };
}

/** `column` is one of a list with a parameter for each. */
export function inList(column: string, values: readonly SqlValue[]): Piece {
  return { sql: `${column} IN (${places(values.length)})`, params: values };
}

/** PostgreSQL's way of writing an array as text. Source: PostgreSQL manual, "Array Input and Output Syntax". */
export function arrayOf(values: readonly SqlValue[]): string {
  const texts = values.map((value) => {
    if (value === null) return "NULL";
    return typeof value !== "string" ? String(value) : `"${value.replace(/["\\]/g, "\\$&")}"`;
  });
  return `{${texts.join(",")}}`;
}

export function areSame(values: readonly SqlValue[]): boolean {
  const [first] = values;
  return values.every((value) => value === first);
}
