// `wheelwright schema`: the statements that make the tables, for a migration of the app's own (R32).

import type { Dialect } from "../../store/sql/dialect.ts";
import { allStatements } from "../../store/sql/schema.ts";
import { tableName } from "../../store/sql/table.ts";
import type { Io } from "../io.ts";

export interface SchemaOptions {
  readonly dialect: DialectName;
  readonly table: string;
}

export type DialectName = "sqlite" | "postgres" | "mysql" | "mariadb" | "mssql" | "oracle";

/** Loads a dialect and no driver. */
const DIALECTS: Readonly<Record<DialectName, () => Promise<Dialect>>> = {
  sqlite: async () => (await import("../../store/sql/sqlite-dialect.ts")).sqliteDialect,
  postgres: async () => (await import("../../store/sql/postgres-dialect.ts")).postgresDialect,
  mysql: async () => (await import("../../store/sql/mysql-dialect.ts")).mysqlDialect("utf8mb4_0900_bin"),
  mariadb: async () => (await import("../../store/sql/mysql-dialect.ts")).mysqlDialect("utf8mb4_nopad_bin"),
  mssql: async () => (await import("../../store/sql/mssql-dialect.ts")).mssqlDialect,
  oracle: async () => (await import("../../store/sql/oracle-dialect.ts")).oracleDialect,
};

export async function schema(io: Io, { dialect, table }: SchemaOptions): Promise<number> {
  const statements = allStatements(await DIALECTS[dialect](), tableName(table));
  io.stdout.write(`${statements.map((statement) => `${statement};`).join("\n\n")}\n`);
  return 0;
}
