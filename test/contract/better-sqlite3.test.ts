// The contract on better-sqlite3, from Node.js 22 on.

import { describe, it } from "vitest";
import { betterSqlite3 } from "../sqlites.ts";
import { describeOnSqlite } from "./on-sqlite.ts";

const connect = await betterSqlite3();
if (connect === null) {
  process.stderr.write("better-sqlite3 contract skipped: its releases of today need Node.js 22 or newer\n");
  describe("the job store contract: better-sqlite3", () => {
    it.runIf(connect !== null)("needs Node.js 22 or newer", () => undefined);
  });
} else describeOnSqlite("better-sqlite3", "update-returning", connect);
