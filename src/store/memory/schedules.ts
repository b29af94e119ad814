// The schedules of a memory store.

import type { EnqueuedJob, NewJob } from "../../job/record.ts";
import type { NewSchedule, ScheduleRecord, ScheduleStore, ScheduleTick } from "../schedule-store.ts";

type Row = { -readonly [Key in keyof ScheduleRecord]: ScheduleRecord[Key] };

export interface SchedulesOptions {
  readonly assertOpen: (attempted: string) => void;
  readonly insert: (jobs: readonly NewJob[], at: Parameters<ScheduleStore["tick"]>[1]) => readonly EnqueuedJob[];
}

/** Every method has done its work when it returns its promise. */
export class MemorySchedules implements ScheduleStore {
  readonly #rows = new Map<string, Row>();
  readonly #options: SchedulesOptions;

  constructor(options: SchedulesOptions) {
    this.#options = options;
  }

  async put(schedules: readonly NewSchedule[]): Promise<void> {
    this.#options.assertOpen("keep schedules");
    for (const given of schedules) {
      const kept = this.#rows.get(given.name);
      const goesOn = kept !== undefined && keepsItsPlace(kept, given);
      this.#rows.set(given.name, {
        ...copy(given),
        nextRun: goesOn ? kept.nextRun : dateOf(given.nextRun),
        lastRun: kept?.lastRun ?? null,
        runCount: kept?.runCount ?? 0,
      });
    }
  }

  async list(): Promise<readonly ScheduleRecord[]> {
    this.#options.assertOpen("list schedules");
    const rows = [...this.#rows.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return rows.map((row) => ({ ...copy(row), lastRun: dateOf(row.lastRun), runCount: row.runCount }));
  }

  async tick(tick: ScheduleTick, at: Parameters<ScheduleStore["tick"]>[1]): Promise<readonly EnqueuedJob[] | null> {
    this.#options.assertOpen("fire a schedule");
    const row = this.#rows.get(tick.name);
    if (row === undefined || !row.enabled || row.nextRun?.getTime() !== tick.due.getTime()) return null;
    const jobs = this.#options.insert(tick.jobs, at); // Throws before anything has changed.
    row.nextRun = dateOf(tick.nextRun);
    if (jobs.length > 0) row.lastRun = dateOf(tick.lastRun);
    row.runCount += jobs.length;
    return jobs;
  }

  async remove(name: string): Promise<boolean> {
    this.#options.assertOpen("remove a schedule");
    return this.#rows.delete(name);
  }
}

/** Whether a schedule that is put again goes on where it is. */
function keepsItsPlace(kept: ScheduleRecord, given: NewSchedule): boolean {
  const isSame = kept.schedule === given.schedule && kept.timezone === given.timezone;
  return isSame && (kept.enabled || !given.enabled);
}

/** Whoever is handed a row's Date can change it. */
function copy(schedule: NewSchedule): NewSchedule {
  const { name, timezone, jobClass, queue, data, enabled, description, catchUp, nextRun } = schedule;
  const texts = { name, schedule: schedule.schedule, timezone, jobClass, queue, data, description };
  return { ...texts, enabled, catchUp, nextRun: dateOf(nextRun) };
}

function dateOf(date: Date | null): Date | null {
  return date === null ? null : new Date(date);
}
