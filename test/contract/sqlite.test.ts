// The contract on SQLite.

import { describeOnSqlite } from "./on-sqlite.ts";

describeOnSqlite("sqlite", "update-returning");
