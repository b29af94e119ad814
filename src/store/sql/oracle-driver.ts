// Runs plans on Oracle Database through oracledb: a pool or a connection, in thin mode or thick.

import { InvalidOptionError, TransactionNotSupportedError } from "../../job/errors.ts";
import { untilSettled } from "./again.ts";
import type { Dialect } from "./dialect.ts";
import type { Executor, How, SqlDriver } from "./driver.ts";
import { asGiven, lossless } from "./lossless-text.ts";
import { hadWithin, insideTransaction, Turns } from "./single-use.ts";
import { play, type SqlRow, type Step, type Work } from "./step.ts";

/** How a statement is run; oracledb's options of these names. */
export interface OracleExecuteOptions {
  readonly autoCommit: boolean;
  readonly outFormat: number;
  readonly maxRows: number;
  readonly resultSet: false;
}

/** The part of oracledb's Connection that is used. */
export interface OracleConnection {
  execute(sql: string, binds: (string | number | null)[], options: OracleExecuteOptions): Promise<unknown>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  close(): Promise<void>;
  /** From oracledb 6.3 on. */
  readonly transactionInProgress?: boolean | undefined;
}

/** The part of oracledb's Pool that is used. */
export interface OraclePool {
  getConnection(): Promise<OracleConnection>;
  close(drainSeconds?: number): Promise<void>;
}

export interface OracleDriverOptions {
  readonly ownsClient: boolean;
  readonly acquireTimeoutMs: number;
  readonly random: () => number;
}

/** OUT_FORMAT_OBJECT of oracledb. */
const ROWS_AS_OBJECTS = 4002;
/** How an instant is written, whatever NLS_TIMESTAMP_FORMAT the session has. */
const INSTANT_FORMAT = `'YYYY-MM-DD"T"HH24:MI:SS.FF3'`;

export class OracleDriver implements SqlDriver {
  readonly dialect: Dialect;
  readonly #pool: OraclePool | null;
  readonly #connection: OracleConnection | null;
  readonly #turns = new Turns();
  readonly #options: OracleDriverOptions;

  constructor(client: OraclePool | OracleConnection, dialect: Dialect, options: OracleDriverOptions) {
    const isPool = has(client, "getConnection");
    if (!isPool && !has(client, "execute"))
      throw new InvalidOptionError("the Oracle client", client, "a pool or connection of oracledb");
    this.#pool = isPool ? (client as OraclePool) : null; // `as`: it has the method
    this.#connection = isPool ? null : (client as OracleConnection); // `as`: likewise
    this.dialect = dialect;
    this.#options = options;
  }

  async connect(): Promise<Dialect> {
    return this.dialect;
  }

  async run<T>(make: () => Work<T>, how: How): Promise<T> {
    if (how.within !== undefined) return play(make(), executorOn(connectionOf(how.within), false));
    const { dialect } = this;
    const isTransient = (error: unknown): boolean =>
      dialect.isTransient(error) || (how.againOnDuplicate === true && dialect.isDuplicate(error));
    return untilSettled({ isTransient, random: this.#options.random }, () =>
      this.#withConnection(how.verb, (connection) =>
        how.transaction === true ? inTransaction(connection, make) : play(make(), executorOn(connection, true)),
      ),
    );
  }

  async close(): Promise<void> {
    if (!this.#options.ownsClient) return;
    // 0: connections that are still out are closed, too.
    await (this.#pool === null ? this.#connection?.close() : this.#pool.close(0));
  }

  async #withConnection<T>(verb: string, work: (connection: OracleConnection) => Promise<T>): Promise<T> {
    const own = this.#connection;
    if (own !== null)
      return this.#turns.take(async () => {
        // A commit of ours would be the app's, too (R9).
        if (own.transactionInProgress === true) throw insideTransaction(verb, "connection");
        return work(own);
      });
    const asked = (this.#pool as OraclePool).getConnection(); // `as`: one of the two is there
    const giveBack = (connection: OracleConnection): void => void connection.close().catch(() => undefined);
    const connection = await hadWithin(asked, this.#options.acquireTimeoutMs, verb, giveBack);
    try {
      return await work(connection);
    } finally {
      await connection.close().catch(() => undefined); // Back into the pool, which drops one that is broken.
    }
  }
}

async function inTransaction<T>(connection: OracleConnection, make: () => Work<T>): Promise<T> {
  try {
    const result = await play(make(), executorOn(connection, false));
    await connection.commit();
    return result;
  } catch (error) {
    await connection.rollback().catch(() => undefined); // A connection that is gone has rolled back by itself.
    throw error;
  }
}

/** Each option is told: the app may have set another default for all of its process. */
function executorOn(connection: OracleConnection, autoCommit: boolean): Executor {
  const options = { autoCommit, outFormat: ROWS_AS_OBJECTS, maxRows: 0, resultSet: false } as const;
  return async (step) => {
    const { text, binds } = written(step);
    const result = (await connection.execute(text, binds, options)) as { rows?: SqlRow[]; rowsAffected?: number }; // `as`: oracledb's Result
    const rows: SqlRow[] = [];
    for (const row of result.rows ?? []) rows.push(await asGivenRow(row));
    return { rows, changes: result.rowsAffected ?? rows.length };
  };
}

function written({ sql, params }: Step): { readonly text: string; readonly binds: (string | number | null)[] } {
  let n = 0;
  const text = sql.replace(/\?/g, () => {
    const isInstant = params[n] instanceof Date;
    n++;
    return isInstant ? `TO_TIMESTAMP(:${n}, ${INSTANT_FORMAT})` : `:${n}`;
  });
  const binds = params.map((value) => {
    if (value instanceof Date) return value.toISOString().slice(0, 23);
    return typeof value === "string" ? lossless(value) : value;
  });
  return { text, binds };
}

/** Names come in capitals, and long texts as locators, unless the app has them fetched as texts. */
async function asGivenRow(row: SqlRow): Promise<SqlRow> {
  const entries: [string, unknown][] = [];
  for (const [name, value] of Object.entries(row)) {
    const read = has(value, "getData") ? await (value as { getData(): Promise<unknown> }).getData() : value; // `as`: oracledb's Lob
    entries.push([name.toLowerCase(), typeof read === "string" ? asGiven(read) : read]);
  }
  return Object.fromEntries(entries);
}

/** Throws: TransactionNotSupportedError that names what is taken. */
function connectionOf(transaction: unknown): OracleConnection {
  if (has(transaction, "execute") && has(transaction, "commit")) return transaction as OracleConnection; // `as`: it has the methods
  throw new TransactionNotSupportedError(
    "The oracle store was handed a transaction it does not know. It takes the connection of oracledb that the transaction is open on.",
  );
}

function has(value: unknown, method: string): boolean {
  return value !== null && typeof value === "object" && typeof Reflect.get(value, method) === "function";
}
