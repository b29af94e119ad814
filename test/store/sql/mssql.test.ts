// SQL Server: what is said to mssql, and what is made of its answers. No server: see docs/sql-server-and-oracle.md.

import { describe, expect, it } from "vitest";
import { aJob } from "../../../src/contract/index.ts";
import {
  MssqlJobStore,
  type MssqlPool,
  type MssqlRequest,
  type MssqlTransaction,
} from "../../../src/store/sql/mssql.ts";
import { mssqlDialect } from "../../../src/store/sql/mssql-dialect.ts";
import { type Answer, answering, NOW, ROW, type Said, script } from "./recorded.ts";

/** Shaped like node-mssql's ConnectionPool: what it is told is in `said`, the ends of transactions included. */
class RecordingPool implements MssqlPool {
  connected = false;
  readonly said: Said[] = [];
  readonly #answer: Answer;

  constructor(answer: Answer = answering()) {
    this.#answer = answer;
  }

  async connect(): Promise<void> {
    this.#say("(connect)");
    this.connected = true;
  }

  async close(): Promise<void> {
    this.#say("(close)");
  }

  request(): MssqlRequest {
    const binds: unknown[] = [];
    const request: MssqlRequest = {
      stream: true,
      arrayRowMode: true,
      input: (name, value) => {
        expect(name).toBe(`p${binds.length + 1}`);
        binds.push(value);
      },
      query: async (text) => {
        const said = { text, binds };
        this.said.push(said);
        expect([this.connected, request.stream, request.arrayRowMode]).toEqual([true, false, false]);
        // Names one parameter for each value, and each once.
        expect(text.match(/@p\d+/g) ?? []).toEqual(binds.map((_, index) => `@p${index + 1}`));
        const rows = this.#answer(said);
        return { recordsets: /@@ROWCOUNT/.test(text) && rows.length === 0 ? [[{ changes: 1, seq: "7" }]] : [rows] };
      },
    };
    return request;
  }

  transaction(): MssqlTransaction {
    return {
      begin: async (level) => this.#say(`(begin, isolation level ${level})`),
      commit: async () => this.#say("(commit)"),
      rollback: async () => this.#say("(rollback)"),
      request: () => this.request(),
    };
  }

  #say(text: string): void {
    this.said.push({ text, binds: [] });
  }
}

describe("MssqlJobStore", () => {
  it("says to the server what statements/mssql.sql shows", async () => {
    const pool = new RecordingPool();
    const store = new MssqlJobStore(pool, { closeClient: true });

    const text = await script(store, pool.said, pool.transaction());

    await expect(text).toMatchFileSnapshot("statements/mssql.sql");
    expect(text).not.toMatch(/\b(LIMIT|RETURNING|ON CONFLICT|RELEASE|FOR UPDATE|TRUE|FALSE)\b|\?/);
  });

  it("is told the number of a new row, and reads numbers that come as texts", async () => {
    const pool = new RecordingPool((said) => (/AS now/.test(said.text) ? [{ now: String(NOW.getTime()) }] : []));
    const store = new MssqlJobStore(pool);

    expect(await store.insert([aJob({ id: "one" })], { now: NOW })).toMatchObject([{ id: "one", seq: 7 }]);
    expect(await store.databaseNow()).toEqual(NOW);
  });

  it("R38 tells texts apart that the server's collations do not, and gives them back as they were", async () => {
    const stored: unknown[] = [];
    const pool = new RecordingPool((said) => {
      if (said.text.startsWith("INSERT")) stored.push(...said.binds.slice(1, 3));
      return said.text.startsWith("SELECT seq AS seq, id AS id, jobClass")
        ? [{ ...ROW, jobclass: stored[0], queue: stored[1] }]
        : [];
    });
    const store = new MssqlJobStore(pool);

    await store.insert([aJob({ id: "one", jobClass: "Mail\u2420", queue: "mail " })], { now: NOW });

    expect(stored).toEqual(["Mail\u2420\u2420", "mail \u2420"]);
    expect(await store.get("one")).toMatchObject({ jobClass: "Mail\u2420", queue: "mail " });
  });

  it("R12 claims nothing where the guarded update changed no row, whatever else the server counted", async () => {
    const pool = new RecordingPool((said) => (said.text.startsWith("UPDATE") ? [{ changes: 0 }] : answering()(said)));

    expect(await new MssqlJobStore(pool).claim({ limit: 5, now: NOW, workerId: "w", leaseMs: 1000 })).toEqual([]);
  });

  it("R8 answers with the row that is in the way of a new one", async () => {
    const pool = new RecordingPool((said) => {
      if (said.text.startsWith("INSERT"))
        throw Object.assign(new Error("duplicate key"), { code: "EREQUEST", number: 2601 });
      return answering()(said);
    });

    const [twin] = await new MssqlJobStore(pool).insert([aJob({ id: "one", uniqueKey: "import" })], { now: NOW });

    expect(twin).toMatchObject({ id: "one", deduplicated: true });
  });

  it("rolls back, and does again what a deadlock has undone", async () => {
    let deadlocks = 1;
    const pool = new RecordingPool((said) => {
      if (said.text.startsWith("INSERT") && deadlocks-- > 0)
        throw Object.assign(new Error("deadlock"), { number: 1205 });
      return answering()(said);
    });
    const store = new MssqlJobStore(pool, { random: () => 0 });
    await store.setup();
    pool.said.length = 0;

    await store.insert([aJob({ id: "one" })], { now: NOW });

    expect(pool.said.map(({ text }) => text.split(" ")[0])).toEqual([
      "(begin,",
      "INSERT",
      "(rollback)",
      "(begin,",
      "INSERT",
      "(commit)",
    ]);
  });

  it("R9 refuses a transaction of another library, and stores nothing", async () => {
    const pool = new RecordingPool();
    const store = new MssqlJobStore(pool);
    await store.setup();
    pool.said.length = 0;

    const enqueued = store.insert([aJob()], { now: NOW, transaction: { raw: () => undefined } });

    await expect(enqueued).rejects.toMatchObject({ code: "TRANSACTION_NOT_SUPPORTED" });
    expect(pool.said).toEqual([]);
  });

  it("refuses a client that is no pool", () => {
    expect(() => new MssqlJobStore({} as MssqlPool)).toThrow(/the SQL Server client.*a ConnectionPool of mssql/s); // `as`: what is refused
  });

  it("takes instants to the millisecond as a text that is read alike under every DATEFORMAT", () => {
    expect(mssqlDialect.instant(Date.parse("2030-01-02T03:04:05.006Z"))).toBe("2030-01-02T03:04:05.006");
  });
});
