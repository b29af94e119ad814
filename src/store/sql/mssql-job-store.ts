// Jobs in SQL Server, claimed by guarded updates alone. Untried on a server: see docs/sql-server-and-oracle.md.

import { systemRandom } from "../../clock/system-random.ts";
import { mssqlDialect } from "./mssql-dialect.ts";
import { MssqlDriver, type MssqlPool } from "./mssql-driver.ts";
import { SqlJobStore, type SqlStoreOptions } from "./sql-job-store.ts";

export interface MssqlStoreOptions extends SqlStoreOptions {
  /** Whether `close` closes the pool too; false unless told: it is the app's. */
  readonly closeClient?: boolean | undefined;
  /** Numbers in [0, 1), for jittered waits after a deadlock. */
  readonly random?: (() => number) | undefined;
}

/**
 * A store on the app's own pool of mssql, connected or not. SQL Server 2016, and newer. Untried on a server: run
 * `wheelwright/contract` on yours first.
 *
 * ```ts skip
 * const store = new MssqlJobStore(new sql.ConnectionPool(process.env.DATABASE_URL));
 * ```
 */
export class MssqlJobStore extends SqlJobStore {
  constructor(pool: MssqlPool, options: MssqlStoreOptions = {}) {
    const { closeClient = false, random = systemRandom } = options;
    super("mssql", new MssqlDriver(pool, mssqlDialect, { ownsClient: closeClient, random }), options);
  }
}
