// The door "wheelwright/mysql".

export { DatabaseClock, type DatabaseClockOptions, databaseClock } from "./database-clock.ts";
export type { CallbackMysql, MysqlConnection, MysqlPool } from "./mysql-driver.ts";
export { MysqlJobStore, type MysqlStoreOptions } from "./mysql-job-store.ts";
export { SetupRequiredError, SqlJobStore, type SqlStoreOptions } from "./sql-job-store.ts";
