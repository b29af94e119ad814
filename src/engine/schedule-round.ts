// One round of a scheduler: fires what is due, each schedule for itself, and says when the next is.

import type { EnqueuedJob, NewJob } from "../job/record.ts";
import type { ScheduleRecord, ScheduleStore } from "../store/job-store.ts";
import { type Cron, loadCron } from "./cron.ts";
import { InvalidScheduleError } from "./cron-fields.ts";
import type { Engine } from "./engine.ts";
import { newJob } from "./new-job.ts";
import type { KnownSchedule } from "./schedule-definitions.ts";

/** Of `catchUp: "all"`, how many jobs one transaction stores. */
const BATCH = 100;
/** With `catchUp: "none"` a tick that is older has been missed. */
const MISSED_MS = 60_000;

/** Fires the schedules that its engine knows. What the store says of them counts: the last who put them there. */
export class ScheduleRound {
  readonly #engine: Engine;
  readonly #store: ScheduleStore;
  readonly #crons = new Map<string, Promise<Cron>>();
  /** What was said of each schedule last: the same is not said again. */
  readonly #told = new Map<string, string>();
  #isPut = false;

  /** Throws: InvalidScheduleError where there is nothing to fire, or nowhere to keep it. */
  constructor(engine: Engine) {
    this.#engine = engine;
    this.#store = requireSchedules(engine);
  }

  /** Keeps the known schedules in the store. */
  async put(): Promise<void> {
    const { schedules, clock } = this.#engine;
    const now = clock.now();
    const all = [...schedules.values()].map(async (known) => ({
      ...storedPart(known),
      nextRun: (await this.#cron(known)).next(now),
    }));
    await this.#store.put(await Promise.all(all), { now });
    this.#isPut = true;
  }

  /** Returns: the instant of the next tick, in milliseconds since 1970, Infinity when there is none. */
  async run(): Promise<number> {
    if (!this.#isPut) await this.put();
    const now = this.#engine.clock.now();
    let next = Number.POSITIVE_INFINITY;
    const failures: unknown[] = [];
    for (const row of await this.#store.list()) {
      const known = this.#engine.schedules.get(row.name);
      if (known === undefined || !row.enabled || row.nextRun === null) continue;
      try {
        next = Math.min(next, await this.#fire(row, known, now));
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0]; // The store's: the others have had their turn.
    return next;
  }

  /** Fires a schedule's due ticks. Returns: the instant of its next, Infinity when there is none. Throws the store's errors. */
  async #fire(row: ScheduleRecord, known: KnownSchedule, now: Date): Promise<number> {
    const { clock, ids, events } = this.#engine;
    let due = row.nextRun;
    if (due === null || due > now) return due?.getTime() ?? Number.POSITIVE_INFINITY;
    const cron = await this.#cron(row).catch((error: unknown) => this.#tell(row, "cannot be kept", error));
    if (cron === null) return Number.POSITIVE_INFINITY;
    while (due !== null && due <= now) {
      const { ticks, last } = missedTicks(cron, row, due, now);
      const nextRun: Date | null = cron.next(last);
      const jobs = await this.#jobsOf(row, known, ticks);
      const at = { now: clock.now(), newId: () => ids.next(now.getTime()) };
      const tick = { name: row.name, due, nextRun, lastRun: ticks.at(-1) ?? due, jobs };
      const stored: readonly EnqueuedJob[] | null = await this.#store.tick(tick, at);
      for (const job of stored ?? []) events.tell("enqueued", at.now, job, null);
      due = nextRun;
    }
    return due?.getTime() ?? Number.POSITIVE_INFINITY;
  }

  /** The jobs of some ticks, made as any enqueue makes them. One that is refused is told, and its tick passed over (BM-128). */
  async #jobsOf(row: ScheduleRecord, known: KnownSchedule, ticks: readonly Date[]): Promise<readonly NewJob[]> {
    try {
      const options = row.queue === null ? {} : { queue: row.queue };
      const jobs: NewJob[] = [];
      for (const tick of ticks)
        jobs.push(await newJob(this.#engine, known.job.jobClass, JSON.parse(row.data), options, tick));
      if (jobs.length > 0) this.#told.delete(row.name);
      return jobs;
    } catch (error) {
      this.#tell(row, "could not enqueue its job", error);
      return [];
    }
  }

  #cron({ schedule, timezone }: Pick<ScheduleRecord, "schedule" | "timezone">): Promise<Cron> {
    const key = `${timezone} ${schedule}`;
    let cron = this.#crons.get(key);
    if (cron === undefined) {
      cron = loadCron(schedule, timezone);
      this.#crons.set(key, cron);
    }
    return cron;
  }

  #tell({ name, nextRun }: ScheduleRecord, what: string, error: unknown): null {
    const said = `${what} ${nextRun?.toISOString()}`;
    if (this.#told.get(name) !== said) this.#engine.log("error", `schedule ${name} ${what}`, { schedule: name, error });
    this.#told.set(name, said);
    return null;
  }
}

/** The definition as a store keeps it, but for when it fires next. */
export function storedPart({ job, ...rest }: KnownSchedule): Omit<ScheduleRecord, "nextRun" | "lastRun" | "runCount"> {
  return { ...rest, jobClass: job.name };
}

/** Which of the ticks from `due` to `now` run (R35), and the last one that is thereby done with. */
function missedTicks(
  cron: Cron,
  { catchUp }: ScheduleRecord,
  due: Date,
  now: Date,
): { readonly ticks: readonly Date[]; readonly last: Date } {
  const ticks = [due];
  let last = due;
  for (let next = cron.next(due); next !== null && next <= now; next = cron.next(next)) {
    if (catchUp === "all" && ticks.length === BATCH) return { ticks, last };
    if (catchUp === "all") ticks.push(next);
    last = next;
  }
  if (catchUp === "all") return { ticks, last };
  const isMissed = catchUp === "none" && now.getTime() - last.getTime() > MISSED_MS;
  return { ticks: isMissed ? [] : [last], last };
}

/** Throws: InvalidScheduleError where there is nothing to fire, or nowhere to keep it. */
export function requireSchedules({ schedules, store }: Engine): ScheduleStore {
  if (schedules.size === 0)
    throw new InvalidScheduleError(
      "There is no schedule to fire. Give some in createJobs({ schedules }), or to a class as static schedule.",
    );
  if (store.schedules !== undefined) return store.schedules;
  throw new InvalidScheduleError(`The ${store.name} store keeps no schedules, so none of this app's can be fired.`);
}
