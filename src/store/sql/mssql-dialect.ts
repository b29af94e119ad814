// SQL Server 2016 and newer, and Azure SQL. Its statements have been read and not run: no server of it was at hand.

import type { Dialect } from "./dialect.ts";

/** Source of the numbers: SQL Server's documentation, "Database Engine events and errors". */
const DUPLICATE = [2601, 2627];
/** Deadlock, a lock not had in time, and two of snapshot isolation's conflicts. */
const TRANSIENT = [1205, 1222, 3960, 3961];
/** An object, an index, a column of this name is there. */
const MADE_MEANWHILE = [2714, 1913, 2705];
const MISSING_TABLE = 208;

/** The longest stretch that DATEADD takes in milliseconds, in whole seconds: 24 days. */
const LONGEST_STRETCH = 2_147_483;

export const mssqlDialect: Dialect = {
  name: "mssql",
  claim: "optimistic",
  returning: false,
  passOverDuplicates: null,
  placeholder: (n) => `@p${n}`,
  // 16 parameters each, of 2,100 at the most.
  rowsPerInsert: 100,
  // DATETIME2 knows no time zone; with the T and without a zone the text is read alike under every DATEFORMAT.
  instant: (milliseconds) => new Date(milliseconds).toISOString().slice(0, 23),
  readInstant: (column) => `DATEDIFF_BIG(millisecond, '19700101', ${column})`,
  plusSeconds: (column, seconds) =>
    `DATEADD(millisecond, CAST(CASE WHEN ${seconds} < ${LONGEST_STRETCH} THEN ${seconds} * 1000 ELSE ${LONGEST_STRETCH}000 END AS INT), ${column})`,
  // TOP would go in front.
  limit: (n) => `OFFSET 0 ROWS FETCH NEXT ${n} ROWS ONLY`,
  // OFFSET is a part of ORDER BY, which takes no constant but does take a sub-select.
  anyRows: (n) => `ORDER BY (SELECT NULL) OFFSET 0 ROWS FETCH NEXT ${n} ROWS ONLY`,
  savepoint: {
    begin: "SAVE TRANSACTION wheelwright",
    keep: null,
    undo: "ROLLBACK TRANSACTION wheelwright",
  },
  // Its values in lists would be more than 2,100 parameters.
  many: "one by one",
  rowsAsJson: false,
  columns: {
    // National, as the driver's parameters are: else each look-up would convert the column and pass its index by. One longer,
    // for what lossless-text.ts adds: no collation, this one neither, tells `a` from `a` with a space behind it.
    text: (n) => `NVARCHAR(${n + 1}) COLLATE Latin1_General_100_BIN2`,
    longText: "NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2",
    int: "INT",
    bigint: "BIGINT",
    seconds: "FLOAT",
    instant: "DATETIME2(3)",
  },
  now: "SELECT DATEDIFF_BIG(millisecond, '19700101', SYSUTCDATETIME()) AS now",
  seqColumn: "seq BIGINT IDENTITY(1, 1) NOT NULL UNIQUE CLUSTERED",
  idKey: "PRIMARY KEY NONCLUSTERED",
  addedSeqColumn: "seq BIGINT IDENTITY(1, 1) NOT NULL UNIQUE NONCLUSTERED",
  // The one on liveKey has to: a unique index takes a single NULL.
  partialIndexes: true,
  ifThere: { createTable: "", createIndex: "", dropTable: "IF EXISTS " },
  tableOptions: "",
  listColumns: "SELECT name AS name FROM sys.columns WHERE object_id = OBJECT_ID(?)",
  listTables: "SELECT name AS name FROM sys.tables WHERE schema_id = SCHEMA_ID() AND name LIKE ?",
  listIndexes: "SELECT name AS name FROM sys.indexes WHERE object_id = OBJECT_ID(?) AND name IS NOT NULL",
  isDuplicate: (error) => DUPLICATE.includes(numberOf(error)),
  isTransient: (error) => TRANSIENT.includes(numberOf(error)),
  isMadeMeanwhile: (error) => MADE_MEANWHILE.includes(numberOf(error)),
  isMissingTable: (error) => numberOf(error) === MISSING_TABLE,
};

/** The server's own number, which mssql and tedious tell beside a code that is "EREQUEST" for all of them. */
function numberOf(error: unknown): number {
  const number = error !== null && typeof error === "object" ? Reflect.get(error, "number") : undefined;
  return typeof number === "number" ? number : -1;
}
