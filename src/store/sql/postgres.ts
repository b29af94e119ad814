// The door "wheelwright/postgres".

export { DatabaseClock, type DatabaseClockOptions, databaseClock } from "./database-clock.ts";
export type { PgliteDatabase } from "./postgres-driver.ts";
export { PostgresJobStore, type PostgresStoreOptions } from "./postgres-job-store.ts";
export type { PostgresClient, PostgresPool } from "./postgres-pool.ts";
export { SetupRequiredError, SqlJobStore, type SqlStoreOptions } from "./sql-job-store.ts";
