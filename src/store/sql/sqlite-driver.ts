// Runs plans on a synchronous SQLite connection: better-sqlite3, node:sqlite, or what is shaped like them.

import { InvalidOptionError, StoreUnavailableError, TransactionNotSupportedError } from "../../job/errors.ts";
import type { Dialect } from "./dialect.ts";
import type { How, SqlDriver } from "./driver.ts";
import { foreignExecutor } from "./foreign-transaction.ts";
import { play, playSync, type SqlRow, type Step, type StepResult, type Work } from "./step.ts";

/** The part of a statement that is used; both packages have it. */
export interface SqliteStatement {
  all(...params: unknown[]): unknown[];
  run(...params: unknown[]): { readonly changes: number | bigint };
}

/** The part of a connection that is used: `new Database(…)` of better-sqlite3, `new DatabaseSync(…)` of node:sqlite. */
export interface SqliteDatabase {
  prepare(sql: string): SqliteStatement;
  exec(sql: string): unknown;
  close(): unknown;
  /** better-sqlite3. */
  readonly inTransaction?: boolean;
  /** node:sqlite. */
  readonly isTransaction?: boolean;
}

const GIVES_ROWS = /^\s*(SELECT|WITH)\b|\bRETURNING\b/;

/** SQLite runs one writer at a time, so a plan is played without a break, and `BEGIN IMMEDIATE` waits for other processes. */
export class SqliteDriver implements SqlDriver {
  readonly dialect: Dialect;
  readonly #database: SqliteDatabase;
  readonly #ownsDatabase: boolean;
  readonly #statements = new Map<string, { readonly statement: SqliteStatement; readonly givesRows: boolean }>();

  constructor(
    database: SqliteDatabase,
    dialect: Dialect,
    options: { readonly ownsDatabase: boolean; readonly busyTimeoutMs: number },
  ) {
    if (
      database === null ||
      typeof database !== "object" ||
      typeof database.prepare !== "function" ||
      typeof database.exec !== "function"
    ) {
      throw new InvalidOptionError("the SQLite database", database, "a connection of better-sqlite3 or node:sqlite");
    }
    this.#database = database;
    this.dialect = dialect;
    this.#ownsDatabase = options.ownsDatabase;
    // Readers and the writer do not wait for each other, and a writer waits for another process's instead of failing.
    if (!this.#inTransaction()) database.exec("PRAGMA journal_mode = WAL");
    database.exec(`PRAGMA busy_timeout = ${options.busyTimeoutMs}`);
    if (options.ownsDatabase) database.exec("PRAGMA synchronous = NORMAL");
  }

  async connect(): Promise<Dialect> {
    return this.dialect;
  }

  async run<T>(make: () => Work<T>, how: How): Promise<T> {
    if (how.within !== undefined && !this.canRunSync(how.within)) {
      return play(make(), foreignExecutor(how.within, this.dialect));
    }
    return this.runSync(make, how);
  }

  canRunSync(within: unknown): boolean {
    return within === this.#database;
  }

  readonly runSync = <T>(make: () => Work<T>, how: How): T => {
    const inside = this.#inTransaction();
    if (how.within !== undefined) {
      if (!this.canRunSync(how.within)) throw foreignSync();
    } else if (inside) {
      throw new StoreUnavailableError(
        `Cannot ${how.verb}: this connection is inside a transaction of the app's, and what is stored now would share its fate. Pass the connection as { transaction }, or give the store a connection of its own.`,
      );
    }
    if (how.transaction !== true || inside) return playSync(make(), (step) => this.#execute(step));
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = playSync(make(), (step) => this.#execute(step));
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      if (this.#inTransaction() !== false) this.#rollBack();
      throw error;
    }
  };

  async close(): Promise<void> {
    this.#statements.clear();
    if (this.#ownsDatabase) this.#database.close();
  }

  #execute({ sql, params }: Step): StepResult {
    let prepared = this.#statements.get(sql);
    if (prepared === undefined) {
      prepared = { statement: this.#database.prepare(sql), givesRows: GIVES_ROWS.test(sql) };
      this.#statements.set(sql, prepared);
    }
    if (!prepared.givesRows) return { rows: [], changes: Number(prepared.statement.run(...params).changes) };
    const rows = prepared.statement.all(...params) as SqlRow[]; // `as`: a row is an object of its columns
    return { rows, changes: rows.length };
  }

  #inTransaction(): boolean {
    return this.#database.inTransaction ?? this.#database.isTransaction ?? false;
  }

  #rollBack(): void {
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // SQLite has rolled back by itself; the error that made it do so is the one to tell.
    }
  }
}

function foreignSync(): TransactionNotSupportedError {
  return new TransactionNotSupportedError(
    "enqueueSync can be part of a transaction of the store's own connection only: pass that connection as { transaction }. For a query builder's transaction use enqueue and await it.",
  );
}
