// The packages that have SQLite, as far as this Node.js can load them.

import type { SqliteDatabase } from "../src/store/sql/sqlite.ts";

type Connect<Options> = (file: string, options?: Options) => SqliteDatabase;

const major = Number(process.versions.node.split(".")[0]);

/** better-sqlite3, or null before Node.js 22, where its release of today ends the process. */
export async function betterSqlite3(): Promise<Connect<object> | null> {
  if (major < 22) return null;
  const { default: Database } = await import("better-sqlite3");
  return (file, options) => new Database(file, options);
}

/** Node's own, or null where it has none without a flag: before Node.js 22.13. */
export function nodeSqlite(): Connect<{ readBigInts?: boolean; returnArrays?: boolean }> | null {
  const builtin = process.getBuiltinModule("node:sqlite" as "fs") as unknown as {
    DatabaseSync: new (file: string, options?: object) => SqliteDatabase;
  } | null; // `as`: the types are those of Node.js 20, which has no such module
  const { DatabaseSync } = builtin ?? {};
  return DatabaseSync === undefined ? null : (file, options) => new DatabaseSync(file, { ...options });
}
