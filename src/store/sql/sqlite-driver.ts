// Runs plans on a synchronous SQLite connection: better-sqlite3, node:sqlite, or what is shaped like them.

import { InvalidOptionError, TransactionNotSupportedError } from "../../job/errors.ts";
import { pause } from "./again.ts";
import type { Dialect } from "./dialect.ts";
import type { How, SqlDriver } from "./driver.ts";
import { foreignExecutor, foreignSyncExecutor } from "./foreign-transaction.ts";
import { insideTransaction } from "./single-use.ts";
import { play, playSync, type SqlRow, type Step, type StepResult, type Work } from "./step.ts";

/** The part of a statement that is used; both packages have it. */
export interface SqliteStatement {
  all(...params: unknown[]): unknown[];
  run(...params: unknown[]): { readonly changes: number | bigint };
  /** node:sqlite, where an app may have asked for rows as lists. */
  setReturnArrays?(on: boolean): void;
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

/** SQLite's own waits for a lock, in milliseconds; the last goes on. Source: sqliteDefaultBusyCallback in SQLite's main.c. */
const WAITS_MS = [1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100];

const GIVES_ROWS = /^\s*(SELECT|WITH)\b|\bRETURNING\b/;

/**
 * SQLite runs one writer at a time, so a plan is played without a break.
 *
 * A writer waits for another connection's transaction instead of failing. On a connection of its own the store waits
 * without holding up the process: that transaction may be one of this very process, and would never end. On the app's
 * connection SQLite waits, for the setting is the connection's, and so the app's too.
 */
export class SqliteDriver implements SqlDriver {
  readonly dialect: Dialect;
  readonly #database: SqliteDatabase;
  readonly #ownsDatabase: boolean;
  readonly #busyTimeoutMs: number;
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
    this.#busyTimeoutMs = options.busyTimeoutMs;
    this.#waitAtMost(options.busyTimeoutMs);
    // Readers and the writer do not wait for each other.
    if (!this.#inTransaction()) database.exec("PRAGMA journal_mode = WAL");
    if (!options.ownsDatabase) return;
    database.exec("PRAGMA synchronous = NORMAL");
    this.#waitAtMost(0);
  }

  async connect(): Promise<Dialect> {
    return this.dialect;
  }

  async run<T>(make: () => Work<T>, how: How): Promise<T> {
    if (how.within !== undefined && !this.canRunSync(how.within)) {
      return play(make(), foreignExecutor(how.within, this.dialect));
    }
    for (let waitedMs = 0, turn = 0; ; turn++) {
      try {
        return this.#runOnce(make, how);
      } catch (error) {
        if (!this.canWait(error) || waitedMs >= this.#busyTimeoutMs) throw error;
      }
      const ms = WAITS_MS[turn] ?? 100;
      await pause(ms);
      waitedMs += ms;
    }
  }

  canRunSync(within: unknown): boolean {
    return within === this.#database || foreignSyncExecutor(within) !== null;
  }

  canWait(error: unknown): boolean {
    return this.#ownsDatabase && this.dialect.isTransient(error);
  }

  readonly runSync = <T>(make: () => Work<T>, how: How): T => {
    try {
      return this.#runOnce(make, how);
    } catch (error) {
      if (how.atOnce === true || !this.canWait(error)) throw error;
    }
    this.#waitAtMost(this.#busyTimeoutMs);
    try {
      return this.#runOnce(make, how);
    } finally {
      this.#waitAtMost(0);
    }
  };

  #runOnce<T>(make: () => Work<T>, how: How): T {
    const inside = this.#inTransaction();
    if (how.within !== undefined && how.within !== this.#database) {
      const execute = foreignSyncExecutor(how.within);
      if (execute === null) throw foreignSync();
      return playSync(make(), execute);
    }
    if (how.within === undefined && inside) {
      throw insideTransaction(how.verb, "connection");
    }
    if (how.transaction !== true || inside) return playSync(make(), (step) => this.#execute(step));
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = playSync(make(), (step) => this.#execute(step));
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      if (this.#inTransaction()) this.#rollBack();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#statements.clear();
    if (this.#ownsDatabase) this.#database.close();
  }

  #execute({ sql, params }: Step): StepResult {
    let prepared = this.#statements.get(sql);
    if (prepared === undefined) {
      const statement = this.#database.prepare(plainly(sql));
      statement.setReturnArrays?.(false);
      prepared = { statement, givesRows: GIVES_ROWS.test(sql) };
      this.#statements.set(sql, prepared);
    }
    if (!prepared.givesRows) return { rows: [], changes: Number(prepared.statement.run(...params).changes) };
    const rows = prepared.statement.all(...params) as SqlRow[]; // `as`: a row is an object of its columns
    return { rows, changes: rows.length };
  }

  #waitAtMost(ms: number): void {
    this.#database.exec(`PRAGMA busy_timeout = ${ms}`);
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

/**
 * A bare parameter that is compared with an indexed column may make SQLite prepare the statement anew at every run,
 * which takes ten times as long as the look-up; a `+` in front keeps it from that, and changes no value.
 * Source: sqlite.org/optoverview.html, "Disqualifying WHERE-Clause Terms Using Unary-+"; seen with SQLite 3.54.
 */
function plainly(sql: string): string {
  return sql.replace(/([=<>] )\?/g, "$1+?");
}

function foreignSync(): TransactionNotSupportedError {
  return new TransactionNotSupportedError(
    "enqueueSync can be part of a transaction of a connection of better-sqlite3 or node:sqlite: pass that connection as { transaction }. For a query builder's transaction use enqueue and await it.",
  );
}
