// The contract on PostgreSQL without prepared statements, as behind a PgBouncer that pools transactions.

import { describeOnPostgres } from "./on-postgres.ts";

describeOnPostgres("postgres, without prepared statements", { prepare: false });
