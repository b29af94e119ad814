// What every verb's plan is made from: the dialect and the table, with the pieces of text they share.

import type { Dialect } from "./dialect.ts";
import type { SqlValue } from "./step.ts";
import { selectList } from "./table.ts";

export interface Plan {
  readonly dialect: Dialect;
  readonly table: string;
  /** A whole row's select list. */
  readonly columns: string;
  /** Statements that are asked for at every job, by a short name: see `kept`. */
  readonly texts: Map<string, string>;
}

export function planFor(dialect: Dialect, table: string): Plan {
  return { dialect, table, columns: selectList(dialect), texts: new Map() };
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
