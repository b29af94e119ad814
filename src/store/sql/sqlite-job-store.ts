// Jobs in an SQLite file, or in memory: the embedded default, worked by one process or by several on one machine.

import { InvalidOptionError } from "../../job/errors.ts";
import type { Dialect } from "./dialect.ts";
import { SqlJobStore, type SqlStoreOptions } from "./sql-job-store.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";
import { type SqliteDatabase, SqliteDriver } from "./sqlite-driver.ts";

export interface SqliteStoreOptions extends SqlStoreOptions {
  /** How long a write waits for another process's, in milliseconds; 10,000 unless told. */
  readonly busyTimeoutMs?: number | undefined;
  /** Whether `close` closes the database too; false unless told: it is the app's. */
  readonly closeDatabase?: boolean | undefined;
  /** `"optimistic"`: the origin's way, for trying it. */
  readonly claims?: "update-returning" | "optimistic" | undefined;
}

/**
 * A store on the app's own connection.
 *
 * ```ts skip
 * const store = new SqliteJobStore(new Database("jobs.db")); // better-sqlite3, or DatabaseSync of node:sqlite
 * ```
 * Every call has done its work when it returns its promise. `enqueueSync` is part of the connection's open transaction
 * when that connection is passed as `transaction`.
 */
export class SqliteJobStore extends SqlJobStore {
  constructor(database: SqliteDatabase, options: SqliteStoreOptions = {}) {
    const { busyTimeoutMs = 10_000, closeDatabase = false, claims = "update-returning" } = options;
    if (!Number.isInteger(busyTimeoutMs) || busyTimeoutMs < 0)
      throw new InvalidOptionError("busyTimeoutMs", busyTimeoutMs, "whole milliseconds");
    const dialect: Dialect = { ...sqliteDialect, claim: claims };
    super("sqlite", new SqliteDriver(database, dialect, { ownsDatabase: closeDatabase, busyTimeoutMs }), options);
  }
}
