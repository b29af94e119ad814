// Jobs in Oracle Database, claimed by guarded updates alone. Untried on a server: see docs/sql-server-and-oracle.md.

import { systemRandom } from "../../clock/system-random.ts";
import { InvalidOptionError } from "../../job/errors.ts";
import { oracleDialect } from "./oracle-dialect.ts";
import { type OracleConnection, OracleDriver, type OraclePool } from "./oracle-driver.ts";
import { SqlJobStore, type SqlStoreOptions } from "./sql-job-store.ts";

export interface OracleStoreOptions extends SqlStoreOptions {
  /** How long to wait for a connection, in milliseconds; 10,000 unless told. */
  readonly acquireTimeoutMs?: number | undefined;
  /** Whether `close` closes the client too; false unless told: it is the app's. */
  readonly closeClient?: boolean | undefined;
  /** Numbers in [0, 1), for jittered waits after a deadlock. */
  readonly random?: (() => number) | undefined;
}

/**
 * A store on the app's own pool or connection of oracledb. Oracle Database 12.2, and newer. Untried on a server: run
 * `wheelwright/contract` on yours first.
 *
 * ```ts skip
 * const store = new OracleJobStore(await oracledb.createPool({ user, password, connectString }));
 * ```
 */
export class OracleJobStore extends SqlJobStore {
  constructor(client: OraclePool | OracleConnection, options: OracleStoreOptions = {}) {
    const { acquireTimeoutMs = 10_000, closeClient = false, random = systemRandom } = options;
    if (!(acquireTimeoutMs > 0))
      throw new InvalidOptionError("acquireTimeoutMs", acquireTimeoutMs, "milliseconds above 0");
    super(
      "oracle",
      new OracleDriver(client, oracleDialect, { ownsClient: closeClient, acquireTimeoutMs, random }),
      options,
    );
  }
}
