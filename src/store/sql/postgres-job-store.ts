// Jobs in PostgreSQL, worked by many processes on many machines.

import { systemRandom } from "../../clock/system-random.ts";
import { InvalidOptionError } from "../../job/errors.ts";
import type { Dialect } from "./dialect.ts";
import { postgresDialect } from "./postgres-dialect.ts";
import { type PgliteDatabase, type PostgresClient, PostgresDriver, type PostgresPool } from "./postgres-driver.ts";
import { SqlJobStore, type SqlStoreOptions } from "./sql-job-store.ts";

export interface PostgresStoreOptions extends SqlStoreOptions {
  /** `false` behind a pooler that mixes connections, such as PgBouncer: statements are then not prepared. */
  readonly prepare?: boolean | undefined;
  /** How long to wait for a connection, in milliseconds; 10,000 unless told. */
  readonly acquireTimeoutMs?: number | undefined;
  /** Whether `close` ends the client too; false unless told: it is the app's. */
  readonly closeClient?: boolean | undefined;
  /** `"optimistic"`: the origin's way, for servers without SKIP LOCKED. */
  readonly claims?: "skip-locked" | "optimistic" | undefined;
  /** Numbers in [0, 1), for jittered waits after a deadlock. */
  readonly random?: (() => number) | undefined;
}

/**
 * A store on the app's own pg Pool (or Client), or PGlite.
 *
 * ```ts skip
 * const store = new PostgresJobStore(new pg.Pool({ connectionString: process.env.DATABASE_URL }));
 * ```
 */
export class PostgresJobStore extends SqlJobStore {
  constructor(client: PostgresPool | PostgresClient | PgliteDatabase, options: PostgresStoreOptions = {}) {
    const {
      prepare = true,
      acquireTimeoutMs = 10_000,
      closeClient = false,
      claims = "skip-locked",
      random = systemRandom,
    } = options;
    if (!(acquireTimeoutMs > 0))
      throw new InvalidOptionError("acquireTimeoutMs", acquireTimeoutMs, "milliseconds above 0");
    const dialect: Dialect = { ...postgresDialect, claim: claims };
    super(
      "postgres",
      new PostgresDriver(client, dialect, { ownsClient: closeClient, prepare, acquireTimeoutMs, random }),
      options,
    );
  }
}
