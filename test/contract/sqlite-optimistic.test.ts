// The contract on SQLite with the origin's way to claim.

import { describeOnSqlite } from "./on-sqlite.ts";

describeOnSqlite("sqlite, claiming as the origin does", "optimistic");
