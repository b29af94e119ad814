// SQLite: one writer at a time, no type for instants.

import { codeOf, type Dialect, SAVEPOINT } from "./dialect.ts";

/** SQLite's primary result codes, as node:sqlite tells them in `errcode`. Source: sqlite.org/rescode.html. */
const BUSY = 5;
const LOCKED = 6;
const CONSTRAINT_UNIQUE = 2067;
const CONSTRAINT_PRIMARYKEY = 1555;

/** Instants are integers: text of different precision compares wrongly (durable-workflow#505). */
export const sqliteDialect: Dialect = {
  name: "sqlite",
  claim: "update-returning",
  returning: true,
  passOverDuplicates: "ON CONFLICT DO NOTHING",
  placeholder: null,
  rowsPerInsert: 200,
  instant: (milliseconds) => milliseconds,
  readInstant: (column) => column,
  plusSeconds: (column, seconds) => `(${column} + CAST(${seconds} * 1000 AS INTEGER))`,
  limit: (n) => `LIMIT ${n}`,
  anyRows: (n) => `LIMIT ${n}`,
  savepoint: SAVEPOINT,
  many: "one by one",
  rowsAsJson: false,
  columns: {
    text: (n) => `VARCHAR(${n})`,
    longText: "TEXT",
    int: "INTEGER",
    bigint: "INTEGER",
    seconds: "REAL",
    instant: "INTEGER",
  },
  now: "SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) AS now",
  seqColumn: "seq INTEGER PRIMARY KEY AUTOINCREMENT",
  idKey: "UNIQUE",
  addedSeqColumn: null,
  partialIndexes: true,
  ifThere: { createTable: "IF NOT EXISTS ", createIndex: "IF NOT EXISTS ", dropTable: "IF EXISTS " },
  tableOptions: "",
  listColumns: "SELECT name FROM pragma_table_info(?)",
  listTables: "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE ?",
  listIndexes: "SELECT name FROM pragma_index_list(?)",
  isDuplicate: (error) =>
    [CONSTRAINT_UNIQUE, CONSTRAINT_PRIMARYKEY].includes(resultCode(error)) ||
    ["SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"].includes(String(codeOf(error))),
  isTransient: (error) =>
    [BUSY, LOCKED].includes(resultCode(error) & 0xff) ||
    /^SQLITE_(BUSY|LOCKED)/.test(String(codeOf(error))) ||
    // @photostructure/sqlite 1.2 has no code on what `all` throws.
    /^database (table )?is locked/.test(messageOf(error)),
  isMadeMeanwhile: (error) => /already exists|duplicate column/.test(messageOf(error)),
  isMissingTable: (error) => /no such table/.test(messageOf(error)),
};

function resultCode(error: unknown): number {
  const code = error !== null && typeof error === "object" ? (error as { errcode?: unknown }).errcode : undefined;
  return typeof code === "number" ? code : -1;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "";
}
