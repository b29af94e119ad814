// The public doors and the file behind each: the one list that the build, the test aliases and the package tests read.
// A new door is one line here, one entry in package.json ("exports" and "typesVersions") and one in tsconfig.json ("paths").

export interface Door {
  /** The name after `wheelwright/`; `index` is the package itself. Also the name of its files in dist. */
  readonly name: string;
  readonly source: string;
  /** Some runners cannot be loaded by `require`, so neither can their door. */
  readonly esmOnly?: boolean;
}

export const doors: readonly Door[] = [
  { name: "index", source: "src/index.ts" },
  { name: "testing", source: "src/testing/index.ts" },
  { name: "contract", source: "src/contract/index.ts" },
  { name: "sqlite", source: "src/store/sql/sqlite.ts" },
  { name: "postgres", source: "src/store/sql/postgres.ts" },
  { name: "mysql", source: "src/store/sql/mysql.ts" },
  { name: "mssql", source: "src/store/sql/mssql.ts" },
  { name: "oracle", source: "src/store/sql/oracle.ts" },
  { name: "stores", source: "src/store/open-store.ts" },
  { name: "vitest", source: "src/vitest/index.ts", esmOnly: true },
  { name: "jest", source: "src/jest/index.ts" },
  { name: "sinon", source: "src/sinon/index.ts" },
  { name: "fast-check", source: "src/fast-check/index.ts" },
];

/** What a user writes in an import, `wheelwright` or `wheelwright/testing`. */
export function specifierOf(door: Door): string {
  return door.name === "index" ? "wheelwright" : `wheelwright/${door.name}`;
}
