// H2, started for a test: its PostgreSQL server, what its SQL has of its own, and a client that speaks its protocol.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import pg from "pg";
import { codeOf, type Dialect, SAVEPOINT } from "../../src/store/sql/dialect.ts";
import type { PostgresClient, PostgresPool } from "../../src/store/sql/postgres-pool.ts";

/** Where Debian's package has it. */
const JAR = process.env.H2_JAR ?? "/usr/share/java/h2.jar";

/** What is missing to start one; null where nothing is. */
export function missingForH2(): string | null {
  if (!existsSync(JAR)) return `the package libh2-java, or a jar of H2 in H2_JAR: there is no ${JAR}`;
  try {
    execFileSync("java", ["-version"], { stdio: "ignore" });
    return null;
  } catch {
    return "a Java, such as the package default-jre-headless";
  }
}

/** A server in a folder of its own, on a port of its own. */
export async function startH2(): Promise<{ readonly port: number; stop(): void }> {
  const folder = mkdtempSync(join(tmpdir(), "wheelwright-h2-"));
  const options = ["-pg", "-pgPort", "0", "-baseDir", folder, "-ifNotExists"];
  const server = spawn("java", ["-cp", JAR, "org.h2.tools.Server", ...options], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const stop = (): void => {
    server.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { port: await portOf(server), stop };
  } catch (error) {
    stop();
    throw error;
  }
}

function portOf(server: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = "";
    server.stdout?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      const port = /pg:\/\/[^\s:]+:(\d+)/.exec(said)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`H2 ended with ${code} before it listened: ${said}`)));
  });
}

/**
 * Said on each answer. H2 sends an answer in pieces, each held back until the last one is acknowledged, which takes 40 ms
 * where there is nothing to be sent along with it.
 */
const FLUSH = new Uint8Array([0x48, 0, 0, 0, 4]);

/**
 * A pool whose clients send each statement as one text. With parameters pg speaks the extended protocol, in which H2 2.1
 * goes on after an error up to a completion that nobody waits for any more, and pg ends the process.
 */
export class H2Pool implements PostgresPool {
  readonly #pool: pg.Pool;

  constructor(port: number) {
    this.#pool = new pg.Pool({ host: "127.0.0.1", port, user: "sa", password: "sa", database: "jobs", max: 4 });
    this.#pool.on("connect", (client) => {
      const { stream } = Reflect.get(client, "connection") as { stream: Duplex }; // `as`: pg's own
      stream.on("data", () => stream.write(FLUSH));
    });
  }

  get totalCount(): number {
    return this.#pool.totalCount;
  }

  async connect(): Promise<H2Client> {
    return new H2Client(await this.#pool.connect());
  }

  end(): Promise<void> {
    return this.#pool.end();
  }
}

export class H2Client implements PostgresClient {
  readonly #client: pg.PoolClient;

  constructor(client: pg.PoolClient) {
    this.#client = client;
  }

  query(query: unknown, params: readonly unknown[] = []): Promise<unknown> {
    const { text, values = params } =
      typeof query === "string" ? { text: query } : (query as { text: string; values?: readonly unknown[] }); // `as`: what the driver sends
    let n = 0;
    return this.#client.query({ text: text.replace(/\?/g, () => literal(values[n++])), types: RAW });
  }

  release(error?: Error | boolean): void {
    this.#client.release(error);
  }
}

const RAW = { getTypeParser: () => (value: unknown) => value } as unknown as pg.CustomTypesConfig; // `as`: as the driver's own

function literal(value: unknown): string {
  if (value === null) return "NULL";
  return typeof value === "number" ? String(value) : `'${String(value).replaceAll("'", "''")}'`;
}

const EPOCH = "TIMESTAMP WITH TIME ZONE '1970-01-01 00:00:00+00'";

/** It has no RETURNING, no ON CONFLICT, no partial index and no SKIP LOCKED. Source of the codes: H2's ErrorCode. */
export const h2Dialect: Dialect = {
  name: "postgres",
  claim: "optimistic",
  returning: false,
  passOverDuplicates: null,
  placeholder: null,
  rowsPerInsert: 200,
  instant: (milliseconds) => new Date(milliseconds).toISOString(),
  readInstant: (column) => `DATEDIFF(MILLISECOND, ${EPOCH}, ${column})`,
  plusSeconds: (column, seconds) => `DATEADD(MILLISECOND, CAST(${seconds} * 1000 AS BIGINT), ${column})`,
  limit: (n) => `LIMIT ${n}`,
  anyRows: (n) => `LIMIT ${n}`,
  savepoint: SAVEPOINT,
  many: "one by one",
  rowsAsJson: false,
  columns: {
    text: (n) => `VARCHAR(${n})`,
    longText: "VARCHAR(1048576)",
    int: "INTEGER",
    bigint: "BIGINT",
    seconds: "DOUBLE PRECISION",
    instant: "TIMESTAMP(3) WITH TIME ZONE",
  },
  now: `SELECT DATEDIFF(MILLISECOND, ${EPOCH}, CURRENT_TIMESTAMP) AS now`,
  seqColumn: "seq BIGINT GENERATED BY DEFAULT AS IDENTITY UNIQUE",
  idKey: "PRIMARY KEY",
  addedSeqColumn: "seq BIGINT GENERATED BY DEFAULT AS IDENTITY UNIQUE",
  partialIndexes: false,
  ifThere: { createTable: "IF NOT EXISTS ", createIndex: "IF NOT EXISTS ", dropTable: "IF EXISTS " },
  tableOptions: "",
  listColumns: "SELECT column_name AS name FROM information_schema.columns WHERE LOWER(table_name) = LOWER(?)",
  listTables: "SELECT table_name AS name FROM information_schema.tables WHERE table_name LIKE ?",
  listIndexes: "SELECT index_name AS name FROM information_schema.indexes WHERE LOWER(table_name) = LOWER(?)",
  isDuplicate: (error) => codeOf(error) === "23505",
  isTransient: (error) => ["40001", "HYT00", "90131"].includes(String(codeOf(error))),
  // Of an index that two make at once H2 says so in words only, though told IF NOT EXISTS.
  isMadeMeanwhile: (error) =>
    ["42S01", "42S11", "42S21", "23505"].includes(String(codeOf(error))) ||
    (error instanceof Error && error.message.includes("object already exists")),
  isMissingTable: (error) => String(codeOf(error)).startsWith("42S0"),
};
