// Jobs in MySQL or MariaDB, worked by many processes on many machines.

import { systemRandom } from "../../clock/system-random.ts";
import { InvalidOptionError } from "../../job/errors.ts";
import { mysqlDialect } from "./mysql-dialect.ts";
import { type CallbackMysql, type MysqlConnection, MysqlDriver, type MysqlPool } from "./mysql-driver.ts";
import { SqlJobStore, type SqlStoreOptions } from "./sql-job-store.ts";

export interface MysqlStoreOptions extends SqlStoreOptions {
  /** How long to wait for a connection, in milliseconds; 10,000 unless told. */
  readonly acquireTimeoutMs?: number | undefined;
  /** Whether `close` ends the client too; false unless told: it is the app's. */
  readonly closeClient?: boolean | undefined;
  /** `"optimistic"`: the origin's way, for servers without SKIP LOCKED. */
  readonly claims?: "lock-then-update" | "optimistic" | undefined;
  /** Numbers in [0, 1), for jittered waits after a deadlock. */
  readonly random?: (() => number) | undefined;
}

/**
 * A store on the app's own mysql2 pool or connection, promised or not. MySQL 8 or MariaDB 10.6, and newer.
 *
 * ```ts skip
 * const store = new MysqlJobStore(mysql.createPool(process.env.DATABASE_URL));
 * ```
 */
export class MysqlJobStore extends SqlJobStore {
  constructor(client: MysqlPool | MysqlConnection | CallbackMysql, options: MysqlStoreOptions = {}) {
    const {
      acquireTimeoutMs = 10_000,
      closeClient = false,
      claims = "lock-then-update",
      random = systemRandom,
    } = options;
    if (!(acquireTimeoutMs > 0))
      throw new InvalidOptionError("acquireTimeoutMs", acquireTimeoutMs, "milliseconds above 0");
    const dialectOf = (version: string) => ({
      ...mysqlDialect(/mariadb/i.test(version) ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin"),
      claim: claims,
    });
    super("mysql", new MysqlDriver(client, { ownsClient: closeClient, acquireTimeoutMs, random, dialectOf }), options);
  }
}
