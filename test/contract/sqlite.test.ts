// The contract on SQLite.

import { DatabaseSync } from "@photostructure/sqlite";
import { describeOnSqlite } from "./on-sqlite.ts";

describeOnSqlite("sqlite", "update-returning", (file) => new DatabaseSync(file));
