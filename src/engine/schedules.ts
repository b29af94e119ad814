// The app's schedules as their operators see them.

import { show } from "../job/errors.ts";
import type { EnqueuedJob } from "../job/record.ts";
import type { ScheduleRecord } from "../store/job-store.ts";
import { loadCron } from "./cron.ts";
import { InvalidScheduleError } from "./cron-fields.ts";
import type { Engine } from "./engine.ts";
import { enqueue } from "./enqueue.ts";
import { nearest } from "./registry.ts";
import { storedPart } from "./schedule-round.ts";

/** A schedule, and how far it is. `data` is JSON text. */
export type Schedule = ScheduleRecord;

/** Those that no scheduler has kept yet are told as they would be. */
export async function schedules({ schedules, store, clock }: Engine): Promise<readonly Schedule[]> {
  const kept = new Map<string, ScheduleRecord>();
  for (const row of (await store.schedules?.list()) ?? []) kept.set(row.name, row);
  const all = [...schedules.values()].map(async (known): Promise<Schedule> => {
    const row = kept.get(known.name);
    if (row !== undefined) return row;
    const nextRun = (await loadCron(known.schedule, known.timezone)).next(clock.now());
    return { ...storedPart(known), nextRun, lastRun: null, runCount: 0 };
  });
  return (await Promise.all(all)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What it runs is what its definition says here. */
export async function runSchedule(engine: Engine, name: string): Promise<EnqueuedJob> {
  const known = engine.schedules.get(name);
  if (known === undefined) {
    const names = [...engine.schedules.keys()];
    const hint = nearest(String(name), names);
    throw new InvalidScheduleError(
      `There is no schedule ${show(name)}.${hint === undefined ? "" : ` Did you mean ${show(hint)}?`} Known: ${names.join(", ") || "none"}.`,
    );
  }
  const options = known.queue === null ? undefined : { queue: known.queue };
  return enqueue(engine, known.job.jobClass, JSON.parse(known.data), options);
}
