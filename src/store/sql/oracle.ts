// The door "wheelwright/oracle".

export { DatabaseClock, type DatabaseClockOptions, databaseClock } from "./database-clock.ts";
export type { OracleConnection, OracleExecuteOptions, OraclePool } from "./oracle-driver.ts";
export { OracleJobStore, type OracleStoreOptions } from "./oracle-job-store.ts";
export { SetupRequiredError, SqlJobStore, type SqlStoreOptions } from "./sql-job-store.ts";
