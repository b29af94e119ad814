// MySQL 8 and MariaDB 10.6 and newer.

import { codeOf, type Dialect, SAVEPOINT } from "./dialect.ts";

const DUPLICATE = 1062;
const MISSING_TABLE = 1146;
/** Deadlock, and a lock not had in time. */
const TRANSIENT = [1213, 1205];
const MADE_MEANWHILE = [1050, 1060, 1061];

/** `collation`: the server's byte-wise one without padding: MySQL and MariaDB name it differently (see mysql-driver.ts). */
export function mysqlDialect(collation: "utf8mb4_0900_bin" | "utf8mb4_nopad_bin"): Dialect {
  return {
    name: "mysql",
    claim: "lock-then-update",
    returning: false,
    passOverDuplicates: null,
    placeholder: null,
    rowsPerInsert: 200,
    // DATETIME knows no time zone, so the connection's cannot shift it.
    instant: (milliseconds) => new Date(milliseconds).toISOString().slice(0, 23).replace("T", " "),
    readInstant: (column) => `TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', ${column}) DIV 1000`,
    plusSeconds: (column, seconds) => `TIMESTAMPADD(MICROSECOND, CAST(${seconds} * 1000000 AS SIGNED), ${column})`,
    limit: (n) => `LIMIT ${n}`,
    anyRows: (n) => `LIMIT ${n}`,
    savepoint: SAVEPOINT,
    many: "lists",
    rowsAsJson: false,
    columns: {
      text: (n) => `VARCHAR(${n})`,
      longText: "LONGTEXT",
      int: "INT",
      bigint: "BIGINT",
      seconds: "DOUBLE",
      instant: "DATETIME(3)",
    },
    now: "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(6)) DIV 1000 AS now",
    seqColumn: "seq BIGINT NOT NULL AUTO_INCREMENT UNIQUE",
    idKey: "PRIMARY KEY",
    addedSeqColumn: "seq BIGINT NOT NULL AUTO_INCREMENT UNIQUE",
    partialIndexes: false,
    ifThere: { createTable: "IF NOT EXISTS ", createIndex: "", dropTable: "IF EXISTS " },
    tableOptions: ` ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE ${collation}`,
    listColumns:
      "SELECT column_name AS name FROM information_schema.columns WHERE table_schema = COALESCE(?, DATABASE()) AND table_name = ?",
    listTables:
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE ?",
    listIndexes:
      "SELECT DISTINCT index_name AS name FROM information_schema.statistics WHERE table_schema = COALESCE(?, DATABASE()) AND table_name = ?",
    isDuplicate: (error) => errno(error) === DUPLICATE,
    isTransient: (error) => TRANSIENT.includes(errno(error)),
    isMadeMeanwhile: (error) => MADE_MEANWHILE.includes(errno(error)),
    isMissingTable: (error) => errno(error) === MISSING_TABLE,
  };
}

function errno(error: unknown): number {
  const own = error !== null && typeof error === "object" ? (error as { errno?: unknown }).errno : undefined;
  return typeof own === "number" ? own : Number(codeOf(error));
}
