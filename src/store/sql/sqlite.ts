// The door "wheelwright/sqlite".

export { DatabaseClock, type DatabaseClockOptions, databaseClock } from "./database-clock.ts";
export { SetupRequiredError, SqlJobStore, type SqlStoreOptions } from "./sql-job-store.ts";
export type { SqliteDatabase, SqliteStatement } from "./sqlite-driver.ts";
export { SqliteJobStore, type SqliteStoreOptions } from "./sqlite-job-store.ts";
