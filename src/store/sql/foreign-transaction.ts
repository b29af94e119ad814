// Statements run inside a transaction that the app began with a library of its own: Kysely, Knex, Drizzle, Prisma, or a
// driver.

import { TransactionNotSupportedError } from "../../job/errors.ts";
import type { Dialect } from "./dialect.ts";
import { type Executor, StatementTexts, type SyncExecutor } from "./driver.ts";
import type { SqlRow, SqlValue, Step, StepResult } from "./step.ts";

const GIVES_ROWS = /^\s*SELECT\b|\bRETURNING\b/;

type Fn = (...args: never[]) => unknown;
type Call = (...args: unknown[]) => unknown;

/**
 * An executor for whatever object the app's client calls a transaction, recognised by its shape.
 * Throws: TransactionNotSupportedError that names what is taken.
 */
export function foreignExecutor(transaction: unknown, dialect: Dialect): Executor {
  const found =
    prisma(transaction, dialect) ??
    kysely(transaction, dialect) ??
    knex(transaction) ??
    drizzle(transaction, dialect) ??
    driver(transaction, dialect);
  if (found !== null) return found;
  throw new TransactionNotSupportedError(
    `The ${dialect.name} store was handed a transaction it does not know. It takes the client's own: a pg client, a better-sqlite3 or node:sqlite connection, a mysql2 connection, or the transaction object of Kysely, Knex, Drizzle or Prisma.`,
  );
}

/**
 * The same for a connection that answers at once, or a Drizzle transaction on one: better-sqlite3, node:sqlite. Null for
 * whatever has to be awaited.
 */
export function foreignSyncExecutor(transaction: unknown): SyncExecutor | null {
  if (typeof transaction === "function" || method(transaction, "executeQuery") !== null) return null;
  const prepare = method(transaction, "prepare") ?? method(drizzleClient(transaction), "prepare");
  return prepare === null ? null : (step) => sqlite(prepare, step);
}

/** Prisma's interactive transaction: its raw statements, one kind that gives rows and one that gives their count. */
function prisma(transaction: unknown, dialect: Dialect): Executor | null {
  const queryRaw = method(transaction, "$queryRawUnsafe");
  const executeRaw = method(transaction, "$executeRawUnsafe");
  if (queryRaw === null || executeRaw === null) return null;
  const texts = textsOf(dialect);
  return async ({ sql, params }) => {
    const text = texts(sql);
    try {
      if (!GIVES_ROWS.test(sql)) return { rows: [], changes: Number(await executeRaw(text, ...params)) };
      const rows = (await queryRaw(text, ...params)) as SqlRow[]; // `as`: what it documents
      return { rows, changes: rows.length };
    } catch (error) {
      throw driversOwn(error);
    }
  };
}

/** Prisma's error with the code of the database, which its driver adapter has told it; else as it is. */
function driversOwn(error: unknown): unknown {
  const told = property(property(property(error, "meta"), "driverAdapterError"), "cause");
  const code = property(told, "originalCode");
  const message = property(told, "originalMessage");
  return code === undefined ? error : Object.assign(new Error(String(message), { cause: error }), { code });
}

/** Kysely's Transaction: `executeQuery` of a compiled query. */
function kysely(transaction: unknown, dialect: Dialect): Executor | null {
  const executeQuery = method(transaction, "executeQuery");
  if (executeQuery === null) return null;
  const texts = textsOf(dialect);
  return async ({ sql, params }) => {
    const query = { kind: "RawNode", sqlFragments: [sql], parameters: [] };
    const compiled = { sql: texts(sql), parameters: [...params], query, queryId: { queryId: "wheelwright" } };
    const result = (await executeQuery(compiled)) as { rows: SqlRow[]; numAffectedRows?: bigint; insertId?: bigint }; // `as`: Kysely's QueryResult
    return {
      rows: result.rows,
      changes: Number(result.numAffectedRows ?? result.rows.length),
      lastSeq: numberOr(result.insertId),
    };
  };
}

/** Knex's Transaction: a function with `raw`, which takes `?` on every database. */
function knex(transaction: unknown): Executor | null {
  const raw = method(transaction, "raw");
  if (raw === null || typeof transaction !== "function") return null;
  return async ({ sql, params }) => resultOf(await raw(sql, [...params]), sql);
}

/** Drizzle's transaction: it holds the driver's own client. */
function drizzle(transaction: unknown, dialect: Dialect): Executor | null {
  const client = drizzleClient(transaction);
  return client === undefined ? null : driver(client, dialect);
}

function drizzleClient(transaction: unknown): unknown {
  const session = property(transaction, "session") ?? property(property(transaction, "_"), "session");
  return property(session, "client");
}

/** A driver's own connection. */
function driver(client: unknown, dialect: Dialect): Executor | null {
  const prepare = method(client, "prepare");
  if (dialect.name === "sqlite" && prepare !== null) return async (step) => sqlite(prepare, step);
  const query = method(client, "query");
  if (query === null) return null;
  const texts = textsOf(dialect);
  if (dialect.name !== "mysql") return async ({ sql, params }) => resultOf(await query(texts(sql), [...params]), sql);
  const promised = method(client, "promise");
  const own = promised === null ? query : (method(promised(), "query") ?? query);
  return async ({ sql, params }) => resultOf(await own(plainQuery(sql, [...params])), sql);
}

/** A statement for mysql2, with what would give its rows another shape turned off, whatever the app's connection says. */
export interface PlainQuery {
  readonly sql: string;
  readonly values: SqlValue[];
  readonly rowsAsArray: false;
  readonly nestTables: false;
  /** A function, for only that goes before the connection's. */
  typeCast(field: unknown, next: () => unknown): unknown;
}

export function plainQuery(sql: string, values: SqlValue[] = []): PlainQuery {
  return { sql, values, rowsAsArray: false, nestTables: false, typeCast: (_, next) => next() };
}

function sqlite(prepare: Call, { sql, params }: Step): StepResult {
  const statement = prepare(sql) as {
    all(...values: unknown[]): SqlRow[];
    run(...values: unknown[]): { changes: number | bigint };
    setReturnArrays?(on: boolean): void;
  }; // `as`: what `prepare` gives
  statement.setReturnArrays?.(false);
  if (/^\s*SELECT\b|\bRETURNING\b/.test(sql)) {
    const rows = statement.all(...params);
    return { rows, changes: rows.length };
  }
  return { rows: [], changes: Number(statement.run(...params).changes) };
}

/** What the drivers call rows and counts: pg and PGlite an object, mysql2 a pair, better-sqlite3 through Knex a list or an info. */
export function resultOf(result: unknown, sql: string): StepResult {
  const first =
    Array.isArray(result) && !/^\s*SELECT\b|\bRETURNING\b/.test(sql)
      ? result[0]
      : Array.isArray(result) && Array.isArray(result[0])
        ? result[0]
        : result;
  if (Array.isArray(first)) return { rows: first as SqlRow[], changes: first.length }; // `as`: a list of rows
  const info = (first ?? {}) as {
    rows?: SqlRow[];
    rowCount?: number | null;
    affectedRows?: number;
    changes?: number | bigint;
    insertId?: unknown;
  }; // `as`: asked for each name
  const rows = info.rows ?? [];
  const changes = info.rowCount ?? info.affectedRows ?? info.changes ?? rows.length;
  return { rows, changes: Number(changes), lastSeq: numberOr(info.insertId) };
}

function textsOf(dialect: Dialect): (sql: string) => string {
  const { placeholder } = dialect;
  if (placeholder === null) return (sql) => sql;
  const texts = new StatementTexts(placeholder);
  return (sql) => texts.of(sql);
}

function numberOr(value: unknown): number | undefined {
  const number = Number(value);
  return value !== undefined && value !== null && number > 0 ? number : undefined;
}

function property(value: unknown, name: string): unknown {
  return value !== null && (typeof value === "object" || typeof value === "function")
    ? Reflect.get(value, name)
    : undefined;
}

function method(value: unknown, name: string): Call | null {
  const found = property(value, name);
  return typeof found === "function" ? ((found as Fn).bind(value) as Call) : null; // `as`: called with what its library documents
}
