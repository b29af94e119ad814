// Jobs in PostgreSQL, worked by many processes on many machines.

import { systemRandom } from "../../clock/system-random.ts";
import { InvalidOptionError } from "../../job/errors.ts";
import type { JobStore } from "../job-store.ts";
import type { Dialect } from "./dialect.ts";
import { postgresDialect } from "./postgres-dialect.ts";
import { type PgliteDatabase, PostgresDriver } from "./postgres-driver.ts";
import { channelOf, listen, notify } from "./postgres-listen.ts";
import type { PostgresClient, PostgresPool } from "./postgres-pool.ts";
import { SqlJobStore, type SqlStoreOptions } from "./sql-job-store.ts";
import { DEFAULT_TABLE } from "./table.ts";

export interface PostgresStoreOptions extends SqlStoreOptions {
  /** `false` behind a pooler that mixes connections, such as PgBouncer: statements are then not prepared. */
  readonly prepare?: boolean | undefined;
  /** How long to wait for a connection, in milliseconds; 10,000 unless told. */
  readonly acquireTimeoutMs?: number | undefined;
  /** Whether `close` ends the client too; false unless told: it is the app's. */
  readonly closeClient?: boolean | undefined;
  /**
   * Whether enqueues wake the workers of other processes at once, by LISTEN and NOTIFY. Takes a connection out of the pool
   * for each worker, and a statement more for each enqueue; false unless told. Needs a pg Pool, and no pooler in between.
   */
  readonly notify?: boolean | undefined;
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
  readonly listen?: NonNullable<JobStore["listen"]>;

  constructor(client: PostgresPool | PostgresClient | PgliteDatabase, options: PostgresStoreOptions = {}) {
    const {
      prepare = true,
      acquireTimeoutMs = 10_000,
      closeClient = false,
      claims = "skip-locked",
      random = systemRandom,
      notify: notifies = false,
    } = options;
    if (typeof notifies !== "boolean") throw new InvalidOptionError("notify", notifies, "true or false");
    if (notifies && !isPool(client))
      throw new InvalidOptionError("notify", notifies, "false, or a pg Pool to listen on");
    const channel = channelOf(options.table ?? DEFAULT_TABLE);
    if (!(acquireTimeoutMs > 0))
      throw new InvalidOptionError("acquireTimeoutMs", acquireTimeoutMs, "milliseconds above 0");
    const dialect: Dialect = { ...postgresDialect, claim: claims, rowsAsJson: isPglite(client) };
    super(
      "postgres",
      new PostgresDriver(client, dialect, { ownsClient: closeClient, prepare, acquireTimeoutMs, random }),
      options,
      notifies ? () => notify(channel) : null,
    );
    if (notifies && isPool(client)) this.listen = (wake, lost) => listen(client, channel, wake, lost);
  }
}

/** The client may be anything: the driver refuses what is none. */
function isPglite(client: unknown): boolean {
  return client !== null && typeof client === "object" && "waitReady" in client;
}

function isPool(client: PostgresPool | PostgresClient | PgliteDatabase): client is PostgresPool {
  return "connect" in client && "totalCount" in client;
}
