// Runs plans on SQL Server through mssql (node-mssql): a connection pool.

import { InvalidOptionError, TransactionNotSupportedError } from "../../job/errors.ts";
import { untilSettled } from "./again.ts";
import type { Dialect } from "./dialect.ts";
import { type Executor, type How, type SqlDriver, StatementTexts } from "./driver.ts";
import { asGiven, lossless } from "./lossless-text.ts";
import { play, type SqlRow, type Work } from "./step.ts";

/** The part of mssql's Request that is used. */
export interface MssqlRequest {
  stream: unknown;
  arrayRowMode: unknown;
  input(name: string, value: unknown): unknown;
  query(text: string): Promise<unknown>;
}

/** The part of mssql's Transaction that is used. */
export interface MssqlTransaction {
  begin(isolationLevel?: number): Promise<unknown>;
  commit(): Promise<unknown>;
  rollback(): Promise<unknown>;
  request(): MssqlRequest;
}

/** The part of mssql's ConnectionPool that is used. */
export interface MssqlPool {
  readonly connected: boolean;
  connect(): Promise<unknown>;
  request(): MssqlRequest;
  transaction(): MssqlTransaction;
  close(): Promise<unknown>;
}

/** Source: ISOLATION_LEVEL of tedious. */
const READ_COMMITTED = 2;
/**
 * Asked for by a statement, since the counts that the protocol brings are gone with SET NOCOUNT ON, and are several
 * where a table has triggers. Without them a claim would be taken for lost that is not.
 */
const CHANGES = "SELECT @@ROWCOUNT AS changes";
const CHANGES_AND_SEQ = `${CHANGES}, CAST(SCOPE_IDENTITY() AS BIGINT) AS seq`;

export class MssqlDriver implements SqlDriver {
  readonly dialect: Dialect;
  readonly #pool: MssqlPool;
  readonly #ownsClient: boolean;
  readonly #random: () => number;
  readonly #texts: StatementTexts;

  constructor(
    pool: MssqlPool,
    dialect: Dialect,
    options: { readonly ownsClient: boolean; readonly random: () => number },
  ) {
    if (!isPool(pool)) throw new InvalidOptionError("the SQL Server client", pool, "a ConnectionPool of mssql");
    this.#pool = pool;
    this.dialect = dialect;
    this.#ownsClient = options.ownsClient;
    this.#random = options.random;
    this.#texts = new StatementTexts(dialect.placeholder ?? (() => "?"));
  }

  async connect(): Promise<Dialect> {
    return this.dialect;
  }

  async run<T>(make: () => Work<T>, how: How): Promise<T> {
    if (how.within !== undefined) return play(make(), executorOn(requestsOf(how.within), this.#texts));
    const { dialect } = this;
    const isTransient = (error: unknown): boolean =>
      dialect.isTransient(error) || (how.againOnDuplicate === true && dialect.isDuplicate(error));
    return untilSettled({ isTransient, random: this.#random }, async () => {
      // A pool refuses all requests until it has been told to connect; one that is connecting is joined.
      if (!this.#pool.connected) await this.#pool.connect();
      return how.transaction === true ? this.#inTransaction(make) : play(make(), executorOn(this.#pool, this.#texts));
    });
  }

  async close(): Promise<void> {
    if (this.#ownsClient) await this.#pool.close();
  }

  async #inTransaction<T>(make: () => Work<T>): Promise<T> {
    const transaction = this.#pool.transaction();
    await transaction.begin(READ_COMMITTED);
    try {
      const result = await play(make(), executorOn(transaction, this.#texts));
      await transaction.commit();
      return result;
    } catch (error) {
      await transaction.rollback().catch(() => undefined); // One that the server has ended, after a deadlock, refuses it.
      throw error;
    }
  }
}

interface Requests {
  request(): MssqlRequest;
}

function executorOn(requests: Requests, texts: StatementTexts): Executor {
  return async ({ sql, params }) => {
    const request = requests.request();
    // Whatever the app's pool says: rows are had when the promise is, and are objects.
    request.stream = false;
    request.arrayRowMode = false;
    params.forEach((value, index) => {
      request.input(`p${index + 1}`, typeof value === "string" ? lossless(value) : value);
    });
    const verb = /^\s*(INSERT|UPDATE|DELETE)\b/.exec(sql)?.[1];
    const count = verb === undefined ? "" : `; ${verb === "INSERT" ? CHANGES_AND_SEQ : CHANGES}`;
    const { recordsets = [] } = (await request.query(texts.of(sql) + count)) as { recordsets?: SqlRow[][] }; // `as`: mssql's IResult
    // The last one: a trigger may have given some of its own.
    const rows = recordsets.at(-1) ?? [];
    if (verb === undefined) return { rows: rows.map(asGivenRow), changes: rows.length };
    const { changes, seq } = rows[0] ?? {};
    return { rows: [], changes: Number(changes), lastSeq: seq === null || seq === undefined ? undefined : Number(seq) };
  };
}

function asGivenRow(row: SqlRow): SqlRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === "string" ? asGiven(value) : value]),
  );
}

/** Throws: TransactionNotSupportedError that names what is taken. */
function requestsOf(transaction: unknown): Requests {
  if (has(transaction, "request", "begin", "rollback")) return transaction as MssqlTransaction; // `as`: it has the methods
  throw new TransactionNotSupportedError(
    "The mssql store was handed a transaction it does not know. It takes mssql's own, that has begun: pool.transaction().",
  );
}

function isPool(value: unknown): value is MssqlPool {
  return has(value, "request", "transaction", "connect", "close");
}

function has(value: unknown, ...methods: readonly string[]): boolean {
  return (
    value !== null &&
    typeof value === "object" &&
    methods.every((method) => typeof Reflect.get(value, method) === "function")
  );
}
