// The contract on SQLite with the origin's way to claim.

import { DatabaseSync } from "@photostructure/sqlite";
import { describeOnSqlite } from "./on-sqlite.ts";

describeOnSqlite("sqlite, claiming as the origin does", "optimistic", (file) => new DatabaseSync(file));
