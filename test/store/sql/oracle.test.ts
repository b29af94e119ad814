// Oracle Database: what is said to oracledb, and what is made of its answers. No server: see docs/sql-server-and-oracle.md.

import { describe, expect, it } from "vitest";
import { aJob } from "../../../src/contract/index.ts";
import {
  type OracleConnection,
  type OracleExecuteOptions,
  OracleJobStore,
  type OraclePool,
} from "../../../src/store/sql/oracle.ts";
import { type Answer, answering, NOW, ROW, type Said, script } from "./recorded.ts";

/** Shaped like oracledb's Connection: what it is told is in `said`, the ends of transactions included. */
class RecordingConnection implements OracleConnection {
  transactionInProgress = false;
  readonly said: Said[];
  readonly #answer: Answer;

  constructor(said: Said[], answer: Answer) {
    this.said = said;
    this.#answer = answer;
  }

  async execute(text: string, binds: (string | number | null)[], options: OracleExecuteOptions): Promise<unknown> {
    const said = { text, binds };
    this.said.push(said);
    expect(options).toEqual({ autoCommit: options.autoCommit, outFormat: 4002, maxRows: 0, resultSet: false });
    // Names one parameter for each value, and each once, in order: they are bound by position.
    expect(text.replace(/'[^']*'/g, "''").match(/:\d+/g) ?? []).toEqual(binds.map((_, index) => `:${index + 1}`));
    if (!text.startsWith("SELECT")) {
      this.transactionInProgress = !options.autoCommit;
      return { rowsAffected: Number(this.#answer(said)[0]?.changes ?? 1) };
    }
    const rows = this.#answer(said).map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toUpperCase(), asLob(name, value)])),
    );
    return { rows, metaData: [] };
  }

  async commit(): Promise<void> {
    this.#say("(commit)");
  }

  async rollback(): Promise<void> {
    this.#say("(rollback)");
  }

  async close(): Promise<void> {}

  #say(text: string): void {
    this.transactionInProgress = false;
    this.said.push({ text, binds: [] });
  }
}

class RecordingPool implements OraclePool {
  readonly said: Said[] = [];
  readonly #answer: Answer;

  constructor(answer: Answer = answering()) {
    this.#answer = answer;
  }

  async getConnection(): Promise<RecordingConnection> {
    return new RecordingConnection(this.said, this.#answer);
  }

  async close(drainSeconds?: number): Promise<void> {
    this.said.push({ text: `(close after ${drainSeconds} s)`, binds: [] });
  }
}

/** A CLOB comes as a locator, whose text is asked for. */
function asLob(name: string, value: unknown): unknown {
  return ["data", "lasterror", "progress", "carried"].includes(name) && value !== null
    ? { getData: async () => value }
    : value;
}

describe("OracleJobStore", () => {
  it("says to the server what statements/oracle.sql shows", async () => {
    const pool = new RecordingPool();
    const store = new OracleJobStore(pool, { closeClient: true });

    const text = await script(store, pool.said, await pool.getConnection());

    await expect(text).toMatchFileSnapshot("statements/oracle.sql");
    expect(text).not.toMatch(/\b(LIMIT|RETURNING|ON CONFLICT|RELEASE|FOR UPDATE|IF EXISTS|IF NOT EXISTS)\b|\?/);
  });

  it("names nothing by a word that Oracle keeps for itself", async () => {
    const pool = new RecordingPool();
    const statements = await new OracleJobStore(pool).schema();

    const names = statements
      .filter((statement) => statement.startsWith("CREATE TABLE"))
      .flatMap((statement) => [...statement.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => String(name).toUpperCase()));

    expect(names).toHaveLength(25 + 14);
    expect(names.filter((name) => RESERVED.has(name))).toEqual([]);
  });

  it("R22 gives back an error without a word, which Oracle would keep as NULL", async () => {
    let stored: unknown;
    const pool = new RecordingPool((said) => {
      if (said.text.startsWith("UPDATE")) stored = said.binds[1];
      return said.text.startsWith("SELECT") ? [{ ...ROW, lasterror: stored }] : [];
    });
    const store = new OracleJobStore(pool);
    const claim = { id: "one", seq: 7, token: "7:1", lockedBy: "w", lockedUntil: null };

    await store.settle(claim, { type: "failed", error: "" }, { now: NOW });

    expect(stored).toBe("\u2420");
    expect(await store.get("one")).toMatchObject({ lastError: "" });
  });

  it("commits each statement that is alone, and all of a list at once", async () => {
    const pool = new RecordingPool();
    const store = new OracleJobStore(pool);
    await store.setup();
    pool.said.length = 0;

    await store.insert([aJob({ id: "one" }), aJob({ id: "two" })], { now: NOW });

    expect(pool.said.map(({ text }) => text.split(" ")[0])).toEqual([
      "INSERT",
      "SELECT",
      "INSERT",
      "SELECT",
      "(commit)",
    ]);
  });

  it("R9 leaves the app's transaction to the app", async () => {
    const pool = new RecordingPool();
    const store = new OracleJobStore(pool);
    await store.setup();
    const transaction = await pool.getConnection();
    pool.said.length = 0;

    await store.insert([aJob({ id: "one" })], { now: NOW, transaction });

    expect(transaction.transactionInProgress).toBe(true);
    expect(pool.said.map(({ text }) => text.split(" ")[0])).toEqual(["INSERT", "SELECT"]);
  });

  it("R9 refuses a call on a connection inside of the app's transaction, which it would commit", async () => {
    const connection = await new RecordingPool().getConnection();
    const store = new OracleJobStore(connection);
    await store.setup();
    connection.transactionInProgress = true;

    await expect(store.insert([aJob()], { now: NOW })).rejects.toThrow(/inside a transaction of the app's/);
  });

  it("R9 refuses a transaction of another library", async () => {
    const enqueued = new OracleJobStore(new RecordingPool()).insert([aJob()], { now: NOW, transaction: {} });

    await expect(enqueued).rejects.toMatchObject({ code: "TRANSACTION_NOT_SUPPORTED" });
  });

  it("R8 answers with the row that is in the way of a new one", async () => {
    const pool = new RecordingPool((said) => {
      if (said.text.startsWith("INSERT")) throw Object.assign(new Error("unique"), { code: "ORA-00001" });
      return answering()(said);
    });

    const [twin] = await new OracleJobStore(pool).insert([aJob({ id: "one", uniqueKey: "import" })], { now: NOW });

    expect(twin).toMatchObject({ id: "one", deduplicated: true });
  });

  it("refuses a client that is neither pool nor connection", () => {
    expect(() => new OracleJobStore({} as OraclePool)).toThrow(/the Oracle client.*a pool or connection of oracledb/s); // `as`: what is refused
  });
});

/** Source: Oracle's "SQL Language Reference", appendix E. */
const RESERVED = new Set(
  `ACCESS ADD ALL ALTER AND ANY AS ASC AUDIT BETWEEN BY CHAR CHECK CLUSTER COLUMN COLUMN_VALUE COMMENT COMPRESS CONNECT CREATE
  CURRENT DATE DECIMAL DEFAULT DELETE DESC DISTINCT DROP ELSE EXCLUSIVE EXISTS FILE FLOAT FOR FROM GRANT GROUP HAVING IDENTIFIED
  IMMEDIATE IN INCREMENT INDEX INITIAL INSERT INTEGER INTERSECT INTO IS LEVEL LIKE LOCK LONG MAXEXTENTS MINUS MLSLABEL MODE
  MODIFY NESTED_TABLE_ID NOAUDIT NOCOMPRESS NOT NOWAIT NULL NUMBER OF OFFLINE ON ONLINE OPTION OR ORDER PCTFREE PRIOR PUBLIC
  RAW RENAME RESOURCE REVOKE ROW ROWID ROWNUM ROWS SELECT SESSION SET SHARE SIZE SMALLINT START SUCCESSFUL SYNONYM SYSDATE TABLE
  THEN TO TRIGGER UID UNION UNIQUE UPDATE USER VALIDATE VALUES VARCHAR VARCHAR2 VIEW WHENEVER WHERE WITH`.split(/\s+/),
);
