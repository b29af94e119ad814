// The door "wheelwright/mssql".

export { DatabaseClock, type DatabaseClockOptions, databaseClock } from "./database-clock.ts";
export type { MssqlPool, MssqlRequest, MssqlTransaction } from "./mssql-driver.ts";
export { MssqlJobStore, type MssqlStoreOptions } from "./mssql-job-store.ts";
export { SetupRequiredError, SqlJobStore, type SqlStoreOptions } from "./sql-job-store.ts";
