// Keeps time by the database's clock, so that machines whose clocks differ agree on what is due (R45). Measuring it is the
// one reading of SQL's own clock.

import type { Clock, WakeOptions } from "../../clock/clock.ts";
import { instantMs } from "../../clock/instant.ts";
import { SystemClock } from "../../clock/system-clock.ts";
import { type Duration, durationMs } from "../../job/duration.ts";
import { InvalidOptionError } from "../../job/errors.ts";
import type { JobStore } from "../job-store.ts";

export interface DatabaseClockOptions {
  /** How often the offset is measured anew; `"1m"` unless told. */
  readonly every?: Duration | undefined;
  /** The machine's own clock; the system's unless given. */
  readonly clock?: Clock | undefined;
}

/** A store that can say what time its database has. */
interface Timekeeper {
  databaseNow(): Promise<Date>;
}

/** Of so many measurements the quickest counts: what an answer takes is what it may be wrong by, in half. */
const SAMPLES = 3;

/**
 * A clock for workers on several machines over one database.
 *
 * ```ts
 * const clock = await databaseClock(store);
 * const jobs = createJobs({ store, jobs: [SendEmailJob], clock });
 * ```
 * While the database is away it goes on with the offset it has. Rejects with StoreUnavailableError when it cannot be
 * measured to begin with; InvalidOptionError for a store that is on no database.
 */
export async function databaseClock(store: JobStore, options: DatabaseClockOptions = {}): Promise<DatabaseClock> {
  const everyMs = durationMs(options.every ?? "1m", "databaseClock's every");
  if (everyMs < 1000) throw new InvalidOptionError("databaseClock's every", options.every, "at least a second");
  if (!("databaseNow" in store) || typeof store.databaseNow !== "function")
    throw new InvalidOptionError("databaseClock's store", store.name, "a store on SQLite, PostgreSQL or MySQL");
  const clock = new DatabaseClock(store as Timekeeper, options.clock ?? new SystemClock(), everyMs); // `as`: looked at above
  await clock.measure();
  return clock;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
  readonly options: WakeOptions | undefined;
  unset: () => void;
}

export class DatabaseClock implements Clock {
  readonly #store: Timekeeper;
  readonly #own: Clock;
  readonly #everyMs: number;
  readonly #sleepers = new Set<Sleeper>();
  #offsetMs = 0;
  #unset: (() => void) | null = null;
  #isClosed = false;

  constructor(store: Timekeeper, own: Clock, everyMs: number) {
    this.#store = store;
    this.#own = own;
    this.#everyMs = everyMs;
  }

  /** What the database's clock is ahead of the machine's, in milliseconds. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  now(): Date {
    return new Date(this.#own.now().getTime() + this.#offsetMs);
  }

  wakeAt(date: Date, wake: () => void, options?: WakeOptions): () => void {
    const sleeper: Sleeper = { at: instantMs(date, "wakeAt's date"), wake, options, unset: () => undefined };
    this.#sleepers.add(sleeper);
    this.#arm(sleeper);
    return () => {
      sleeper.unset();
      this.#sleepers.delete(sleeper);
    };
  }

  /** Measures the offset now, and again after a while. Rejects when the database does not answer; the offset then stays. */
  async measure(): Promise<void> {
    try {
      let best = { tookMs: Number.POSITIVE_INFINITY, offsetMs: this.#offsetMs };
      for (let sample = 0; sample < SAMPLES; sample++) {
        const asked = this.#own.now().getTime();
        const theirs = (await this.#store.databaseNow()).getTime();
        const tookMs = this.#own.now().getTime() - asked;
        if (tookMs < best.tookMs) best = { tookMs, offsetMs: Math.round(theirs - asked - tookMs / 2) };
      }
      this.#setOffset(best.offsetMs);
    } finally {
      this.#measureLater();
    }
  }

  /** Lets go of its timer; it goes on with the offset it has. */
  close(): void {
    this.#isClosed = true;
    this.#unset?.();
  }

  #measureLater(): void {
    this.#unset?.();
    if (this.#isClosed) return;
    const at = new Date(this.#own.now().getTime() + this.#everyMs);
    const again = (): void => void this.measure().catch(() => undefined); // Tried again then.
    this.#unset = this.#own.wakeAt(at, again, { rank: "poll", background: true });
  }

  #setOffset(offsetMs: number): void {
    if (offsetMs === this.#offsetMs) return;
    this.#offsetMs = offsetMs;
    for (const sleeper of [...this.#sleepers]) {
      sleeper.unset();
      this.#arm(sleeper);
    }
  }

  #arm(sleeper: Sleeper): void {
    sleeper.unset = this.#own.wakeAt(
      new Date(sleeper.at - this.#offsetMs),
      () => {
        this.#sleepers.delete(sleeper);
        sleeper.wake();
      },
      sleeper.options,
    );
  }
}
