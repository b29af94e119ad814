// How databases differ, as data. A statement asks the dialect; it never asks which database it is.

import type { SqlValue } from "./step.ts";

/**
 * How due jobs are claimed.
 *
 * `update-returning`: one UPDATE per priority whose sub-select picks the rows; the database runs one writer at a time.
 * `skip-locked`: one statement that locks, updates and returns the rows, passing over those that others have locked.
 * `lock-then-update`: the same in a transaction of two statements, for databases without RETURNING.
 * `optimistic`: candidates are read, and each is updated only if it is as it was read; affected rows are the answer.
 * Source of the last: the Wheels framework's job worker.
 */
export type ClaimWay = "update-returning" | "skip-locked" | "lock-then-update" | "optimistic";

export interface Dialect {
  readonly name: "sqlite" | "postgres" | "mysql" | "mssql" | "oracle";
  readonly claim: ClaimWay;
  /** Whether INSERT can give back the numbers of the rows it stored. */
  readonly returning: boolean;
  /** What follows INSERT … VALUES so that a row which exists already is passed over; null where it is an error instead. */
  readonly passOverDuplicates: string | null;
  /** Writes the nth parameter, n from 1; null where all are `?`. */
  readonly placeholder: ((n: number) => string) | null;
  /** How many rows one INSERT may have, by the database's limit of parameters. */
  readonly rowsPerInsert: number;
  /** An instant (milliseconds since 1970) as a parameter. */
  instant(milliseconds: number): SqlValue;
  /** A column or expression of an instant, read as milliseconds since 1970. */
  readInstant(column: string): string;
  /** A column's instant plus another column's seconds. */
  plusSeconds(column: string, seconds: string): string;
  /** The first n rows of a SELECT: what goes after ORDER BY. */
  limit(n: number): string;
  /** Any n rows of a SELECT that has no ORDER BY: what goes at its end. */
  anyRows(n: number): string;
  /** What begins, keeps and undoes a part of a transaction; null where there is nothing to be said to keep it. */
  readonly savepoint: { readonly begin: string; readonly keep: string | null; readonly undo: string };
  /**
   * How many rows are written at once. `arrays`: by one statement, its values in arrays. `lists`: by one statement, its values
   * in lists. `one by one`: the same, but outcomes by statements of their own, for a database in the same process.
   */
  readonly many: "arrays" | "lists" | "one by one";
  /** Whether claimed rows come as one JSON text each: for a client to which a column is dear. Asked where rows are locked. */
  readonly rowsAsJson: boolean;
  readonly columns: ColumnTypes;
  /** A SELECT of the database's own time as `now`, in milliseconds since 1970: for `databaseClock` only (R45). */
  readonly now: string;
  /** The rows of a table are numbered by this column definition. */
  readonly seqColumn: string;
  /** What makes the id a key; the primary one, but where the rows' number has to be. */
  readonly idKey: "PRIMARY KEY" | "PRIMARY KEY NONCLUSTERED" | "UNIQUE";
  /** What a new column `seq` is when it is added to a table that has rows; null where the table must be made anew. */
  readonly addedSeqColumn: string | null;
  /** Whether indexes can leave rows out. */
  readonly partialIndexes: boolean;
  /** What lets CREATE TABLE and CREATE INDEX pass over what is there, and DROP TABLE what is not: a clause, or nothing. */
  readonly ifThere: {
    readonly createTable: "IF NOT EXISTS " | "";
    readonly createIndex: "IF NOT EXISTS " | "";
    readonly dropTable: "IF EXISTS " | "";
  };
  /** What follows CREATE TABLE (…). */
  readonly tableOptions: string;
  /**
   * Lists the columns of a table as rows `{ name }`. Its one parameter is the table's name as it was given; on MySQL there are
   * two, its schema or NULL, and its name within it. Null where that cannot be asked.
   */
  readonly listColumns: string | null;
  /** Lists tables whose names are like its one parameter, likewise. */
  readonly listTables: string | null;
  /** Lists the indexes of a table likewise. */
  readonly listIndexes: string | null;
  /** Which of the driver's errors mean: this row exists already. */
  isDuplicate(error: unknown): boolean;
  /** … do it again: a deadlock, a serialization failure, a lock that was not had in time. */
  isTransient(error: unknown): boolean;
  /** … somebody else has just made it. */
  isMadeMeanwhile(error: unknown): boolean;
  /** … the table is not there. */
  isMissingTable(error: unknown): boolean;
}

export interface ColumnTypes {
  /** A text of at most n characters, compared byte by byte. */
  text(n: number): string;
  readonly longText: string;
  readonly int: string;
  readonly bigint: string;
  readonly seconds: string;
  readonly instant: string;
}

/** As SQL has it: SQLite, PostgreSQL and MySQL. */
export const SAVEPOINT: Dialect["savepoint"] = {
  begin: "SAVEPOINT wheelwright",
  keep: "RELEASE SAVEPOINT wheelwright",
  undo: "ROLLBACK TO SAVEPOINT wheelwright",
};

/** A driver error's own code, whatever the driver calls it. */
export function codeOf(error: unknown): string | number | undefined {
  if (error === null || typeof error !== "object") return undefined;
  const { code, errno } = error as { code?: unknown; errno?: unknown }; // `as`: asked for what drivers add
  if (typeof code === "string" || typeof code === "number") return code;
  return typeof errno === "number" ? errno : undefined;
}
