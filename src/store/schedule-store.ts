// The part of the seam that keeps schedules: when each fires next, so that however many schedulers there are, each tick
// enqueues exactly once (R34).

import type { EnqueuedJob, NewJob } from "../job/record.ts";
import type { InsertAt } from "./job-store.ts";

/** What becomes of ticks that nobody was there for (R35). */
export type CatchUp = "one" | "all" | "none";

/** A schedule as it is to be kept. */
export interface NewSchedule {
  readonly name: string;
  /** The cron expression. */
  readonly schedule: string;
  readonly timezone: string;
  /** The stored name of the class. */
  readonly jobClass: string;
  /** Null: the class's own. */
  readonly queue: string | null;
  /** JSON text of an object. */
  readonly data: string;
  readonly enabled: boolean;
  readonly description: string | null;
  readonly catchUp: CatchUp;
  /** When it fires next; null: never again. */
  readonly nextRun: Date | null;
}

export interface ScheduleRecord extends NewSchedule {
  /** The latest tick that enqueued; null before the first. */
  readonly lastRun: Date | null;
  /** How many jobs it has enqueued. */
  readonly runCount: number;
}

export interface ScheduleTick {
  readonly name: string;
  /** `nextRun` as it was read: the tick counts only if it still is that. */
  readonly due: Date;
  readonly nextRun: Date | null;
  /** The tick that the last of the jobs is for; without jobs `lastRun` stays as it is. */
  readonly lastRun: Date;
  /** None where the tick is passed over. */
  readonly jobs: readonly NewJob[];
}

/** Throws what a JobStore throws. A store may do without: its app then has no schedules. */
export interface ScheduleStore {
  /**
   * Keeps schedules, by name: the last writer's definition counts. One that is there goes on with its own `nextRun`,
   * lastRun and runCount; a new expression or time zone, or being enabled again, takes the `nextRun` given.
   */
  put(schedules: readonly NewSchedule[], at: { readonly now: Date }): Promise<void>;

  /** All of them, by name. */
  list(): Promise<readonly ScheduleRecord[]>;

  /**
   * Moves a schedule on and stores the jobs of its tick, in one step: only if `nextRun` still is `due` and it is enabled,
   * and all or none. Returns the jobs, or null where another scheduler was first or the schedule is gone.
   */
  tick(tick: ScheduleTick, at: Omit<InsertAt, "transaction">): Promise<readonly EnqueuedJob[] | null>;

  /** Returns whether there was one. */
  remove(name: string): Promise<boolean>;
}
