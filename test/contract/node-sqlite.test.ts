// The contract on Node's own SQLite, where it has one.

import { describe, it } from "vitest";
import { nodeSqlite } from "../sqlites.ts";
import { describeOnSqlite } from "./on-sqlite.ts";

const connect = nodeSqlite();
if (connect === null) {
  process.stderr.write("node:sqlite contract skipped: it needs Node.js 22.13 or newer\n");
  describe("the job store contract: node:sqlite", () => {
    it.runIf(connect !== null)("needs Node.js 22.13 or newer", () => undefined);
  });
} else describeOnSqlite("node:sqlite", "update-returning", connect);
