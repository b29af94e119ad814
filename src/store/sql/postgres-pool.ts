// Takes connections out of a pg Pool, none of which goes unheard for a moment.

/** The part of a pg client, or of one checked out of a pool, that is used. */
export interface PostgresClient {
  query(config: unknown): Promise<unknown>;
  release?(error?: Error | boolean): void;
  on?(event: "error", listener: (cause?: unknown) => void): unknown;
  removeListener?(event: "error", listener: (cause?: unknown) => void): unknown;
}

/** The part of a pg Pool that is used. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>;
  /** How it is asked. A pool that knows promises alone may take no notice of the callback. */
  connect(callback: (error: Error | undefined, client: PostgresClient | undefined) => void): unknown;
  readonly totalCount: number;
  on?(event: "error", listener: (error: Error) => void): unknown;
  end(): Promise<void>;
}

/** A connection that is out of its pool. */
export interface CheckedOut {
  readonly client: PostgresClient;
  /** Gives it back, once; one that is broken is not to be used again. */
  release(isBroken?: boolean): void;
}

/**
 * Takes a connection out of the pool, and hears its errors until it is given back: unheard, the end of a connection is the
 * process's. What is wrong with it, the statement that fails tells.
 *
 * Rejects with the pool's error when none is to be had.
 */
export function checkOut(pool: PostgresPool): Promise<CheckedOut> {
  return new Promise((resolve, reject) => {
    let isOut = false;
    const take = (client: PostgresClient): void => {
      if (isOut) return; // Told in both ways.
      isOut = true;
      client.on?.("error", ignore);
      resolve({ client, release: (isBroken) => release(client, isBroken) });
    };
    // By callback: pg-pool calls it in the moment in which its own listener is gone. Whoever awaits a promise comes too late
    // for a server that shuts down, whose farewell may be in the same bytes as its word that the connection is ready.
    const promised = pool.connect((error, client) => {
      if (client) take(client);
      else reject(error);
    });
    if (isPromise(promised))
      promised.then((client) => {
        if (client) take(client); // A pool that is wrapped promises nothing where it was handed a callback.
      }, reject);
  });
}

function release(client: PostgresClient, isBroken = false): void {
  try {
    client.release?.(isBroken); // From here on the pool listens, also to one that it does away with.
  } finally {
    client.removeListener?.("error", ignore);
  }
}

function isPromise(value: unknown): value is Promise<PostgresClient | undefined> {
  return value !== null && typeof value === "object" && "then" in value;
}

function ignore(): void {
  // What there is to tell, the call that failed tells.
}
