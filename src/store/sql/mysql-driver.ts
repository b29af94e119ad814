// Runs plans on MySQL and MariaDB through mysql2: a pool or a connection, promised or not.

import { InvalidOptionError } from "../../job/errors.ts";
import { untilSettled } from "./again.ts";
import type { Dialect } from "./dialect.ts";
import type { Executor, How, SqlDriver } from "./driver.ts";
import { foreignExecutor, type PlainQuery, plainQuery, resultOf } from "./foreign-transaction.ts";
import { hadWithin, insideTransaction, Turns } from "./single-use.ts";
import { play, type Work } from "./step.ts";

/** The part of a mysql2 connection (of `mysql2/promise`) that is used. */
export interface MysqlConnection {
  query(sql: string | PlainQuery): Promise<unknown>;
  execute(sql: PlainQuery): Promise<unknown>;
  release?(): void;
  destroy?(): void;
  end?(): Promise<void>;
}

/** The part of a mysql2 pool that is used. */
export interface MysqlPool {
  getConnection(): Promise<MysqlConnection>;
  end(): Promise<void>;
}

/** mysql2 without promises: a pool or connection that gives its promised self. */
export interface CallbackMysql {
  promise(): unknown;
}

export interface MysqlDriverOptions {
  readonly ownsClient: boolean;
  readonly acquireTimeoutMs: number;
  readonly random: () => number;
  /** The dialect for a server, by its word on its version. */
  dialectOf(version: string): Dialect;
}

/** Locking reads see what is committed and lock no gaps: enqueues and claims do not wait for each other (solid_queue#162). */
const BEGIN = ["SET TRANSACTION ISOLATION LEVEL READ COMMITTED", "START TRANSACTION"];

export class MysqlDriver implements SqlDriver {
  #dialect: Dialect | null = null;
  readonly #pool: MysqlPool | null;
  readonly #connection: MysqlConnection | null;
  readonly #turns = new Turns();
  readonly #options: MysqlDriverOptions;

  constructor(client: MysqlPool | MysqlConnection | CallbackMysql, options: MysqlDriverOptions) {
    this.#options = options;
    const promised = promisedOf(client);
    this.#pool = isPool(promised) ? promised : null;
    this.#connection = isPool(promised) ? null : promised;
  }

  get dialect(): Dialect | null {
    return this.#dialect;
  }

  async connect(): Promise<Dialect> {
    if (this.#dialect !== null) return this.#dialect;
    return this.#withConnection("ask the server for its version", async (connection) => {
      const { rows } = resultOf(await connection.query(plainQuery("SELECT VERSION() AS version")), "SELECT");
      this.#dialect = this.#options.dialectOf(String(rows[0]?.version));
      return this.#dialect;
    });
  }

  async run<T>(make: () => Work<T>, how: How): Promise<T> {
    const dialect = await this.connect();
    if (how.within !== undefined) return play(make(), foreignExecutor(how.within, dialect));
    const isTransient = (error: unknown): boolean =>
      dialect.isTransient(error) || (how.againOnDuplicate === true && dialect.isDuplicate(error));
    return untilSettled({ isTransient, random: this.#options.random }, () =>
      this.#withConnection(how.verb, (connection) =>
        how.transaction === true
          ? inTransaction(connection, (execute) => play(make(), execute))
          : play(make(), executorOn(connection)),
      ),
    );
  }

  async close(): Promise<void> {
    if (this.#options.ownsClient) await (this.#pool ?? this.#connection)?.end?.();
  }

  async #withConnection<T>(verb: string, work: (connection: MysqlConnection) => Promise<T>): Promise<T> {
    const own = this.#connection;
    if (own !== null)
      return this.#turns.take(async () => {
        // A transaction of ours would commit the app's (R9).
        if (await isInTransaction(own)) throw insideTransaction(verb, "connection");
        return work(own);
      });
    const asked = (this.#pool as MysqlPool).getConnection(); // `as`: one of the two is there
    const connection = await hadWithin(asked, this.#options.acquireTimeoutMs, verb, (late) => late.release?.());
    try {
      const result = await work(connection);
      connection.release?.();
      return result;
    } catch (error) {
      // A connection that failed other than by the server's own answer is not to be used again.
      if (error instanceof Error && !("sqlState" in error)) connection.destroy?.();
      else connection.release?.();
      throw error;
    }
  }
}

/** By the server's word, which comes with every answer. Source: MySQL internals manual, SERVER_STATUS_IN_TRANS. */
async function isInTransaction(connection: MysqlConnection): Promise<boolean> {
  const answer = await connection.query("DO 0");
  const header = (Array.isArray(answer) ? answer[0] : answer) as { serverStatus?: number } | null; // `as`: mysql2's ResultSetHeader
  return ((header?.serverStatus ?? 0) & 1) === 1;
}

function executorOn(connection: MysqlConnection): Executor {
  // Prepared statements take no DDL and few other kinds; those that are asked for often all have parameters.
  return async ({ sql, params }) =>
    resultOf(
      params.length === 0
        ? await connection.query(plainQuery(sql))
        : await connection.execute(plainQuery(sql, [...params])),
      sql,
    );
}

async function inTransaction<T>(connection: MysqlConnection, work: (execute: Executor) => Promise<T>): Promise<T> {
  for (const statement of BEGIN) await connection.query(statement);
  try {
    const result = await work(executorOn(connection));
    await connection.query("COMMIT");
    return result;
  } catch (error) {
    await connection.query("ROLLBACK").catch(() => undefined); // A connection that is gone has rolled back by itself.
    throw error;
  }
}

function promisedOf(client: MysqlPool | MysqlConnection | CallbackMysql): MysqlPool | MysqlConnection {
  const candidate = client as Partial<CallbackMysql & MysqlPool & MysqlConnection> | null; // `as`: asked for its methods
  if (candidate !== null && typeof candidate === "object") {
    if (typeof candidate.promise === "function") return candidate.promise() as MysqlPool | MysqlConnection; // `as`: mysql2's own word
    if (typeof candidate.query === "function" || typeof candidate.getConnection === "function")
      return client as MysqlPool | MysqlConnection; // `as`: it has the methods
  }
  throw new InvalidOptionError("the MySQL client", client, "a pool or connection of mysql2");
}

function isPool(client: MysqlPool | MysqlConnection): client is MysqlPool {
  return "getConnection" in client;
}
