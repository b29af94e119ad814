// Whoever is measured on a database, seen the same way: jobs in, one by one or in bulk, and out, one by one or many at a time.

/** A queue of its own on a database that is there. Every method is timed as a whole. */
export interface SqlSubject {
  /** n jobs with the data `{ i }`, one call each, every one awaited. */
  enqueueEach(n: number): Promise<void>;
  /** n jobs in as few calls as it has. */
  enqueueBulk(n: number): Promise<void>;
  /** Runs n of the jobs one at a time; resolves when the last is recorded as done. */
  drainEach?(n: number): Promise<void>;
  /** The same, as many at once as suits it best. */
  drainMany?(n: number): Promise<void>;
  close(): Promise<void>;
}

/** Where the databases are. */
export interface Places {
  /** A folder of this run's own. */
  readonly folder: string;
  /** A PostgreSQL with its durability on; empty where there is none. */
  readonly postgres: string;
  /** A Redis, as host:port; empty where there is none. */
  readonly redis: string;
}

/** How many jobs ours and the bare statements claim at once. */
export const BATCH = 100;
/** How many jobs one call of a bulk enqueue takes. */
export const BULK = 1000;

/** Calls with the numbers from 0 in lists of BULK. */
export async function inBulks(n: number, insert: (numbers: readonly number[]) => unknown): Promise<void> {
  for (let first = 0; first < n; first += BULK)
    await insert(Array.from({ length: Math.min(BULK, n - first) }, (_, index) => first + index));
}
