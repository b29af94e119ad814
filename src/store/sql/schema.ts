// Makes the table, or adds what it lacks, whoever else does the same at the same moment (R32).

import type { Dialect } from "./dialect.ts";
import { schedulesStatement } from "./schedules.ts";
import { ask, type Work } from "./step.ts";
import { COLUMNS } from "./table.ts";

/** The statements that make the table and its indexes, for printing or for a migration of the app's own. */
export function schemaStatements(dialect: Dialect, table: string): readonly string[] {
  return [createTable(dialect, table), ...indexesOf(dialect, table).map(({ statement }) => statement)];
}

/** The same, and the statement that makes the table of schedules. */
export function allStatements(dialect: Dialect, table: string): readonly string[] {
  return [...schemaStatements(dialect, table), schedulesStatement(dialect, table)];
}

/** Makes the table, or adds the columns and indexes it lacks; loses no row. */
export function* setUp(dialect: Dialect, table: string): Work<void> {
  const existing = yield* columnsOf(dialect, table);
  if (existing === null || existing.size === 0) {
    for (const statement of schemaStatements(dialect, table)) yield* make(dialect, statement);
    return;
  }
  if (!existing.has("seq") && dialect.addedSeqColumn === null) yield* makeAnew(dialect, table, existing);
  else yield* addMissing(dialect, table, existing);
  // An index that is there is not asked for again: the request alone would wait for every open transaction.
  const indexes = yield* namesIn(dialect, dialect.listIndexes, table);
  for (const { name, statement } of indexesOf(dialect, table)) {
    if (indexes?.has(name.toLowerCase()) !== true) yield* make(dialect, statement);
  }
}

/** The columns a table lacks; all of them where there is no table. */
export function* missingColumns(dialect: Dialect, table: string): Work<readonly string[]> {
  const existing = (yield* columnsOf(dialect, table)) ?? new Set();
  return ["seq", ...COLUMNS.map(({ name }) => name)].filter((name) => !existing.has(name.toLowerCase()));
}

/** The columns of a table, in lower case; none where there is no table. Null: the database cannot tell. */
export function* columnsOf(dialect: Dialect, table: string): Work<ReadonlySet<string> | null> {
  return yield* namesIn(dialect, dialect.listColumns, table);
}

/** What a listing of the dialect's names, in lower case. */
function* namesIn(dialect: Dialect, listing: string | null, table: string): Work<ReadonlySet<string> | null> {
  if (listing === null) return null;
  const parts = table.includes(".") ? table.split(".") : [null, table];
  const { rows } = yield* ask(listing, dialect.name === "mysql" ? parts : [table]);
  return new Set(rows.map((row) => String(row.name ?? row.NAME).toLowerCase()));
}

function* addMissing(dialect: Dialect, table: string, existing: ReadonlySet<string>): Work<void> {
  if (!existing.has("seq")) yield* make(dialect, `ALTER TABLE ${table} ADD ${dialect.addedSeqColumn}`);
  for (const { name, type, rest } of COLUMNS) {
    if (existing.has(name.toLowerCase())) continue;
    yield* make(dialect, `ALTER TABLE ${table} ADD ${name} ${type(dialect)} ${rest}`);
  }
}

/** A table whose rows are not numbered is copied into one whose rows are, oldest first. */
function* makeAnew(dialect: Dialect, table: string, existing: ReadonlySet<string>): Work<void> {
  const old = `${table}_unnumbered`;
  const shared = COLUMNS.map(({ name }) => name).filter((name) => existing.has(name.toLowerCase()));
  yield* ask(`ALTER TABLE ${table} RENAME TO ${lastPart(old)}`);
  yield* ask(createTable(dialect, table));
  yield* ask(
    `INSERT INTO ${table} (${shared.join(", ")}) SELECT ${shared.join(", ")} FROM ${old} ORDER BY createdAt, id`,
  );
  yield* ask(`DROP TABLE ${old}`);
}

function createTable(dialect: Dialect, table: string): string {
  const columns = COLUMNS.map(
    ({ name, type, rest }) => `  ${name} ${type(dialect)} ${rest}${name === "id" ? ` ${dialect.idKey}` : ""}`,
  );
  return `CREATE TABLE ${dialect.ifThere.createTable}${table} (\n  ${dialect.seqColumn},\n${columns.join(",\n")}\n)${dialect.tableOptions}`;
}

/**
 * Claims walk `_due` (all queues) or `_queue` (one queue) in R11's order, priority by priority; rescues walk `_leases`.
 * Where indexes can leave rows out they hold the jobs that are not done, so that a million done ones cost nothing.
 */
function indexesOf(dialect: Dialect, table: string): readonly { readonly name: string; readonly statement: string }[] {
  const base = lastPart(table);
  const index = (suffix: string, columns: string, where: string, unique = "") => {
    const name = `${base}_${suffix}`;
    const partial = dialect.partialIndexes ? ` WHERE ${where}` : "";
    return {
      name,
      statement: `CREATE ${unique}INDEX ${dialect.ifThere.createIndex}${name} ON ${table} (${columns})${partial}`,
    };
  };
  // Where an index cannot leave rows out, the status in front keeps them apart.
  const status = dialect.partialIndexes ? "" : "status, ";
  return [
    index("due", `${status}priority, runAt, seq`, "status = 'pending'"),
    index("queue", `${status}queue, priority, runAt, seq`, "status = 'pending'"),
    index("leases", `${status}lockedUntil, seq`, "status = 'processing'"),
    index("live_key", "liveKey", "liveKey IS NOT NULL", "UNIQUE "),
  ];
}

/** Drops a table, if it is there. */
export function* dropTable(dialect: Dialect, table: string): Work<void> {
  try {
    yield* ask(`DROP TABLE ${dialect.ifThere.dropTable}${table}`);
  } catch (error) {
    if (!dialect.isMissingTable(error)) throw error;
  }
}

function* make(dialect: Dialect, statement: string): Work<void> {
  try {
    yield* ask(statement);
  } catch (error) {
    if (!dialect.isMadeMeanwhile(error)) throw error;
  }
}

function lastPart(table: string): string {
  return table.slice(table.lastIndexOf(".") + 1);
}
