// Runs plans on PostgreSQL: a pg Pool or Client, or PGlite.

import { createHash } from "node:crypto";
import { InvalidOptionError, StoreUnavailableError } from "../../job/errors.ts";
import { untilSettled } from "./again.ts";
import { codeOf, type Dialect } from "./dialect.ts";
import { type Executor, type How, type SqlDriver, StatementTexts } from "./driver.ts";
import { foreignExecutor, resultOf } from "./foreign-transaction.ts";
import { checkOut, type PostgresClient, type PostgresPool } from "./postgres-pool.ts";
import { hadWithin, insideTransaction, Turns } from "./single-use.ts";
import { play, type Step, type StepResult, type Work } from "./step.ts";

/** The part of PGlite that is used. */
export interface PgliteDatabase {
  query(sql: string, params?: unknown[]): Promise<unknown>;
  transaction<T>(
    work: (transaction: { query(sql: string, params?: unknown[]): Promise<unknown> }) => Promise<T>,
  ): Promise<T>;
  close(): Promise<void>;
  /** Fulfilled once it has started, which takes seconds. */
  readonly waitReady: Promise<void>;
  /** Waits until no `transaction` is open. */
  _runExclusiveTransaction?<T>(work: () => Promise<T>): Promise<T>;
  execProtocol?(message: Uint8Array): Promise<{
    readonly messages: readonly { readonly name: string; readonly status?: string }[];
  }>;
}

export interface PostgresDriverOptions {
  readonly ownsClient: boolean;
  /** Named statements, prepared once per connection. Off behind a pooler that mixes connections, such as PgBouncer. */
  readonly prepare: boolean;
  readonly acquireTimeoutMs: number;
  readonly random: () => number;
}

/** Values come as text: an app's own type parsers have no say in what a row means. */
const RAW = { getTypeParser: () => (value: unknown) => value };
/** Severities and error codes. */
const ENDING = /^(FATAL|PANIC|57P..)$/;
/** The protocol's Sync, which the server answers with whether a transaction is open. */
const SYNC = new Uint8Array([0x53, 0, 0, 0, 4]);
export class PostgresDriver implements SqlDriver {
  readonly dialect: Dialect;
  readonly #source: Source;
  readonly #options: PostgresDriverOptions;

  constructor(
    client: PostgresPool | PostgresClient | PgliteDatabase,
    dialect: Dialect,
    options: PostgresDriverOptions,
  ) {
    this.dialect = dialect;
    this.#options = options;
    this.#source = sourceOf(client, dialect, options);
  }

  async connect(): Promise<Dialect> {
    return this.dialect;
  }

  run<T>(make: () => Work<T>, how: How): Promise<T> {
    if (how.within !== undefined) return play(make(), foreignExecutor(how.within, this.dialect));
    const retrying = {
      isTransient: (error: unknown) =>
        this.dialect.isTransient(error) || (how.againOnDuplicate === true && this.dialect.isDuplicate(error)),
      random: this.#options.random,
    };
    return untilSettled(retrying, () =>
      how.transaction === true
        ? this.#source.transaction(how.verb, (execute) => play(make(), execute))
        : this.#source.single(how.verb, (execute) => play(make(), execute)),
    );
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}

/** Where connections come from. */
interface Source {
  single<T>(verb: string, work: (execute: Executor) => Promise<T>): Promise<T>;
  transaction<T>(verb: string, work: (execute: Executor) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

function sourceOf(client: unknown, dialect: Dialect, options: PostgresDriverOptions): Source {
  const candidate = client as Partial<PostgresPool & PostgresClient & PgliteDatabase> | null; // `as`: asked for its methods
  if (candidate !== null && typeof candidate === "object") {
    const texts = textsOf(dialect);
    if (typeof candidate.connect === "function" && "totalCount" in candidate)
      return new PoolSource(client as PostgresPool, texts, options); // `as`: it has the methods
    if (typeof candidate.transaction === "function" && "waitReady" in candidate)
      return new PgliteSource(client as PgliteDatabase, texts, options); // `as`: likewise
    if (typeof candidate.query === "function") return new ClientSource(client as PostgresClient, texts, options); // `as`: likewise
  }
  throw new InvalidOptionError("the PostgreSQL client", client, "a pg Pool, a connected pg Client, or a PGlite");
}

class PoolSource implements Source {
  readonly #pool: PostgresPool;
  readonly #texts: NamedTexts;
  readonly #options: PostgresDriverOptions;

  constructor(pool: PostgresPool, texts: NamedTexts, options: PostgresDriverOptions) {
    this.#pool = pool;
    this.#texts = texts;
    this.#options = options;
    // An idle connection that breaks is told here; unheard it would end the process (graphile/worker#178).
    if (options.ownsClient) pool.on?.("error", () => undefined);
  }

  async single<T>(verb: string, work: (execute: Executor) => Promise<T>): Promise<T> {
    const { acquireTimeoutMs, prepare } = this.#options;
    const { client, release } = await hadWithin(checkOut(this.#pool), acquireTimeoutMs, verb, (late) => late.release());
    try {
      const result = await work(executorOn(client, this.#texts, prepare));
      release();
      return result;
    } catch (error) {
      release(isBroken(error));
      throw error;
    }
  }

  transaction<T>(verb: string, work: (execute: Executor) => Promise<T>): Promise<T> {
    return this.single(verb, (execute) => inTransaction(execute, work));
  }

  async close(): Promise<void> {
    if (this.#options.ownsClient) await this.#pool.end();
  }
}

/** One connection. What the app does on it meanwhile is not kept apart: a Client is for scripts and tests. */
class ClientSource implements Source {
  readonly #client: PostgresClient;
  readonly #execute: Executor;
  readonly #options: PostgresDriverOptions;
  readonly #turns = new Turns();
  #ownTransaction = false;
  #status = "I";

  constructor(client: PostgresClient, texts: NamedTexts, options: PostgresDriverOptions) {
    this.#client = client;
    this.#options = options;
    this.#execute = executorOn(client, texts, options.prepare);
    // pg hands on the server's word on whether a transaction is open: I for idle, T and E for inside one.
    const connection = Reflect.get(client, "connection") as
      | { on?(event: string, listener: (message: { status?: string }) => void): void }
      | undefined; // `as`: pg's own, if it is pg
    connection?.on?.("readyForQuery", (message) => {
      this.#status = message.status ?? "I";
    });
  }

  single<T>(verb: string, work: (execute: Executor) => Promise<T>): Promise<T> {
    return this.#turns.take(() => {
      this.#refuseInside(verb);
      return work(this.#execute);
    });
  }

  transaction<T>(verb: string, work: (execute: Executor) => Promise<T>): Promise<T> {
    return this.#turns.take(async () => {
      this.#refuseInside(verb);
      this.#ownTransaction = true;
      try {
        return await inTransaction(this.#execute, work);
      } finally {
        this.#ownTransaction = false;
      }
    });
  }

  async close(): Promise<void> {
    const end: unknown = Reflect.get(this.#client, "end");
    if (this.#options.ownsClient && typeof end === "function") await end.call(this.#client);
  }

  #refuseInside(verb: string): void {
    if (this.#status === "I" || this.#ownTransaction) return;
    throw insideTransaction(verb, "client");
  }
}

class PgliteSource implements Source {
  readonly #database: PgliteDatabase;
  readonly #texts: NamedTexts;
  readonly #options: PostgresDriverOptions;

  constructor(database: PgliteDatabase, texts: NamedTexts, options: PostgresDriverOptions) {
    this.#database = database;
    this.#texts = texts;
    this.#options = options;
  }

  /** In a transaction too: only so can a plan that has waited too long be told not to run after all. */
  single<T>(verb: string, work: (execute: Executor) => Promise<T>): Promise<T> {
    return this.transaction(verb, work);
  }

  async transaction<T>(verb: string, work: (execute: Executor) => Promise<T>): Promise<T> {
    // What the app has yet to open is no connection that somebody holds: its start is not counted as waiting.
    await this.#database.waitReady;
    let begun: (() => void) | undefined;
    let givenUp = false;
    const turn = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const result = this.#refuseInside(verb).then(() =>
      this.#database.transaction(async (transaction) => {
        begun?.();
        if (givenUp) return undefined;
        return {
          value: await work(async ({ sql, params }) =>
            resultOf(await transaction.query(this.#texts.of(sql), [...params]), sql),
          ),
        };
      }),
    );
    result.catch(() => begun?.());
    try {
      await hadWithin(turn, this.#options.acquireTimeoutMs, verb, () => undefined);
    } catch (error) {
      givenUp = true;
      throw error;
    }
    const done = await result;
    if (done === undefined) throw new StoreUnavailableError(`Cannot ${verb}: it was given up before it began.`);
    return done.value;
  }

  async close(): Promise<void> {
    if (this.#options.ownsClient) await this.#database.close();
  }

  /** A transaction begun by `query("BEGIN")`, as Kysely's dialects do, is one that ours would commit (R9). */
  async #refuseInside(verb: string): Promise<void> {
    const database = this.#database;
    if (database._runExclusiveTransaction === undefined || database.execProtocol === undefined) return;
    const answer = await database._runExclusiveTransaction(async () => database.execProtocol?.(SYNC));
    const status = answer?.messages.find(({ name }) => name === "readyForQuery")?.status ?? "I";
    if (status !== "I") throw insideTransaction(verb, "client");
  }
}

function executorOn(client: PostgresClient, texts: NamedTexts, prepare: boolean): Executor {
  return async ({ sql, params, growth }: Step): Promise<StepResult> => {
    const text = texts.of(sql);
    const name = prepare && params.length > 0 ? texts.nameOf(text, growth) : undefined;
    const config = { text, values: params, types: RAW, name };
    const result = (await client.query(config)) as { rows?: StepResult["rows"]; rowCount?: number | null }; // `as`: pg's result
    return { rows: result.rows ?? [], changes: result.rowCount ?? 0 };
  };
}

async function inTransaction<T>(execute: Executor, work: (execute: Executor) => Promise<T>): Promise<T> {
  await execute({ sql: "BEGIN", params: [] });
  try {
    const result = await work(execute);
    await execute({ sql: "COMMIT", params: [] });
    return result;
  } catch (error) {
    // A connection that is gone has rolled back by itself; the first error is the one to tell.
    await execute({ sql: "ROLLBACK", params: [] }).catch(() => undefined);
    throw error;
  }
}

/**
 * A connection that failed other than by the server's own answer is not to be used again, nor is one that the server ends
 * with its answer: given back, it would be the next statement's, or the pool would tell the app of its end.
 *
 * Source: PostgreSQL manual, "Message Formats" (a severity may be translated) and appendix A (57P01 to 57P05 end it).
 */
function isBroken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const severity: unknown = Reflect.get(error, "severity");
  return severity === undefined || ENDING.test(`${severity}`) || ENDING.test(`${codeOf(error)}`);
}

/** The texts of a store's statements, and the names they are prepared under. */
class NamedTexts extends StatementTexts {
  readonly #names = new Map<string, string>();

  /**
   * Made of the text alone, for a connection may serve several stores; and kept with the store, not in the process, which
   * may see a thousand tables come and go.
   */
  nameOf(text: string, growth: number | undefined): string {
    let name = this.#names.get(text);
    if (name === undefined) {
      name = `wheelwright_${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
      this.#names.set(text, name);
    }
    return growth === undefined ? name : `${name}_${growth}`;
  }
}

function textsOf(dialect: Dialect): NamedTexts {
  return new NamedTexts(dialect.placeholder ?? (() => "?"));
}
