// What every verb's plan is made from: the dialect and the table, with the pieces of text they share.

import type { Dialect } from "./dialect.ts";
import type { SqlValue } from "./step.ts";
import { selectList } from "./table.ts";

export interface Plan {
  readonly dialect: Dialect;
  readonly table: string;
  /** A whole row's select list. */
  readonly columns: string;
  /** The same without what a claim has just written. */
  readonly claimedColumns: string;
  /** Statements that are asked for at every job, by a short name: see `kept`. */
  readonly texts: Map<string, string>;
  /** The highest number of a row that was seen so far. */
  highestSeq: number;
  /** So many claims of one queue begin with a walk: at the highest priority nothing was due when last looked at. */
  walksFirst: number;
}

export function planFor(dialect: Dialect, table: string): Plan {
  const columns = selectList(dialect);
  return {
    dialect,
    table,
    columns,
    claimedColumns: selectList(dialect, "", "claimed"),
    texts: new Map(),
    highestSeq: 0,
    walksFirst: 0,
  };
}

/** A statement's text, put together once: on SQLite that takes a good part of the time of the statement itself. */
export function kept({ texts }: Plan, name: string, make: () => string): string {
  let text = texts.get(name);
  if (text === undefined) {
    text = make();
    texts.set(name, text);
  }
  return text;
}

/**
 * How far the table has grown, in steps of four times as many rows numbered. A database that keeps the plan of a prepared
 * statement has made it for the table as it was: of a hundred rows it reads all, and goes on to when they are a million.
 * Prepared anew at every step, it is planned anew. Source: PostgreSQL manual, PREPARE, "Notes".
 */
export function growth(plan: Plan): number {
  return Math.floor(Math.log2(plan.highestSeq + 1) / 2);
}

/** ` AND queue IN (?, ?)`, or nothing for all queues. */
export function inQueues(queues: readonly string[] | undefined, column = "queue"): string {
  return queues === undefined ? "" : ` AND ${oneOf(column, queues.length)}`;
}

/** `column IN (?, …)`; never true for an empty list. */
export function oneOf(column: string, count: number): string {
  return count === 0 ? "1 = 0" : `${column} IN (${places(count)})`;
}

/** `?, ?, ?` */
export function places(count: number): string {
  return new Array<string>(count).fill("?").join(", ");
}

export function instantOf(plan: Plan, date: Date): SqlValue {
  return plan.dialect.instant(date.getTime());
}
