// The door "wheelwright/postgres".

export { DatabaseClock, type DatabaseClockOptions, databaseClock } from "./database-clock.ts";
export type { PgliteDatabase, PostgresClient, PostgresPool } from "./postgres-driver.ts";
export { PostgresJobStore, type PostgresStoreOptions } from "./postgres-job-store.ts";
export { SetupRequiredError, SqlJobStore, type SqlStoreOptions } from "./sql-job-store.ts";
