// The contract on PostgreSQL, with prepared statements.

import { describeOnPostgres } from "./on-postgres.ts";

describeOnPostgres("postgres", {});
