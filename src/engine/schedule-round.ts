// One round of a scheduler: fires what is due, each schedule for itself, and says when the next is.

import type { EnqueuedJob, NewJob } from "../job/record.ts";
import { isPromise } from "../job/schema.ts";
import type { NewSchedule, ScheduleRecord, ScheduleStore, ScheduleTick } from "../store/job-store.ts";
import { channels, isWatched, traced } from "./channels.ts";
import { type Cron, loadCron } from "./cron.ts";
import { InvalidScheduleError } from "./cron-fields.ts";
import type { Engine } from "./engine.ts";
import { newJob } from "./new-job.ts";
import type { KnownSchedule } from "./schedule-definitions.ts";

/** Of `catchUp: "all"`, how many jobs one transaction stores. */
const BATCH = 100;
/** With `catchUp: "none"` a tick that is older has been missed. */
const MISSED_MS = 60_000;

/** A schedule as the store told of it, and how far it is by now. */
interface Entry {
  readonly row: ScheduleRecord;
  readonly known: KnownSchedule;
  readonly cron: Cron;
  nextRun: Date | null;
}

/** Fires the schedules that its engine knows. What the store says of them counts: the last who put them there. */
export class ScheduleRound {
  readonly #engine: Engine;
  readonly #store: ScheduleStore;
  readonly #crons = new Map<string, Cron>();
  /** What was said of each schedule last: the same is not said again. */
  readonly #told = new Map<string, string>();
  #entries: readonly Entry[] | null = null;
  #isPut = false;

  /** Throws: InvalidScheduleError where there is nothing to fire, or nowhere to keep it. */
  constructor(engine: Engine) {
    this.#engine = engine;
    this.#store = requireSchedules(engine);
  }

  /** `fresh` false: where nobody else can have changed the schedules since the last run, the store is not asked for them. */
  async run(fresh = true): Promise<number> {
    if (!this.#isPut) await this.#put();
    if (fresh || this.#entries === null) this.#entries = await this.#look();
    const { clock, ids, events } = this.#engine;
    const now = clock.now();
    const newId = (): string => ids.next(now.getTime());
    const failures: unknown[] = [];
    let next = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries) {
      try {
        // No function of its own: on Node 20 each one that is async is dear, and a kit plays a year of minutes.
        while (isDue(entry.nextRun, now)) {
          const { row, cron } = entry;
          const due = entry.nextRun;
          const { ticks, nextRun } = missedTicks(cron, row, due, now);
          const made = this.#jobsOf(entry, ticks);
          const jobs = isPromise(made) ? await made : made;
          const tick = { name: row.name, due, nextRun, lastRun: ticks.at(-1) ?? due, jobs };
          const stored = await this.#tick(tick, { now, newId });
          for (const job of stored ?? []) events.tell("enqueued", now, job, null);
          // Also where another scheduler was first: it has counted the same way.
          entry.nextRun = nextRun;
        }
      } catch (error) {
        failures.push(error);
      }
      if (entry.nextRun !== null) next = Math.min(next, entry.nextRun.getTime());
    }
    if (failures.length > 0) throw failures[0]; // The store's: the others have had their turn.
    return next;
  }

  /** Keeps the known schedules in the store. */
  async #put(): Promise<void> {
    const { schedules, clock } = this.#engine;
    const now = clock.now();
    const all: NewSchedule[] = [];
    for (const known of schedules.values())
      all.push({ ...storedPart(known), nextRun: (await this.#cron(known)).next(now) });
    await this.#store.put(all, { now });
    this.#isPut = true;
  }

  async #look(): Promise<readonly Entry[]> {
    const entries: Entry[] = [];
    for (const row of await this.#store.list()) {
      const known = this.#engine.schedules.get(row.name);
      if (known === undefined || !row.enabled || row.nextRun === null) continue;
      try {
        entries.push({ row, known, cron: await this.#cron(row), nextRun: row.nextRun });
      } catch (error) {
        this.#tell(row, "cannot be kept", error);
      }
    }
    return entries;
  }

  /** Null: another scheduler was first. */
  #tick(tick: ScheduleTick, at: Parameters<ScheduleStore["tick"]>[1]): Promise<readonly EnqueuedJob[] | null> {
    if (!isWatched(channels.tick)) return this.#store.tick(tick, at);
    return traced(
      channels.tick,
      { schedule: tick.name, due: tick.due },
      () => this.#store.tick(tick, at),
      (jobs) => jobs ?? [],
    );
  }

  /** The jobs of some ticks, made as any enqueue makes them. One that is refused is told, and its tick passed over (BM-128). */
  #jobsOf({ row, known }: Entry, ticks: readonly Date[]): readonly NewJob[] | Promise<readonly NewJob[]> {
    const made: (NewJob | Promise<NewJob>)[] = [];
    try {
      const options = row.queue === null ? undefined : { queue: row.queue };
      for (const tick of ticks)
        made.push(newJob(this.#engine, known.job.jobClass, JSON.parse(row.data), options, tick));
      if (!made.some(isPromise)) return made as readonly NewJob[]; // `as`: none is a promise
      return Promise.all(made).catch((error: unknown) => this.#refused(row, error));
    } catch (error) {
      void Promise.allSettled(made); // Told once.
      return this.#refused(row, error);
    }
  }

  #refused(row: ScheduleRecord, error: unknown): readonly NewJob[] {
    this.#tell(row, "could not enqueue its job", error);
    return [];
  }

  async #cron({ schedule, timezone }: Pick<ScheduleRecord, "schedule" | "timezone">): Promise<Cron> {
    const key = `${timezone} ${schedule}`;
    const cron = this.#crons.get(key) ?? (await loadCron(schedule, timezone));
    this.#crons.set(key, cron);
    return cron;
  }

  #tell({ name, nextRun }: ScheduleRecord, what: string, error: unknown): void {
    const said = `${what} ${nextRun?.toISOString()}`;
    if (this.#told.get(name) !== said) this.#engine.log("error", `schedule ${name} ${what}`, { schedule: name, error });
    this.#told.set(name, said);
  }
}

function isDue(nextRun: Date | null, now: Date): nextRun is Date {
  return nextRun !== null && nextRun.getTime() <= now.getTime(); // Comparing the Dates themselves takes 200 ns.
}

/** The definition as a store keeps it, but for when it fires next. */
export function storedPart({ job, ...rest }: KnownSchedule): Omit<ScheduleRecord, "nextRun" | "lastRun" | "runCount"> {
  return { ...rest, jobClass: job.name };
}

/** Which of the ticks from `due` to `now` run (R35), and the first after those that are thereby done with. */
function missedTicks(
  cron: Cron,
  { catchUp }: ScheduleRecord,
  due: Date,
  now: Date,
): { readonly ticks: readonly Date[]; readonly nextRun: Date | null } {
  const ticks = [due];
  let last = due;
  let nextRun = cron.next(due);
  for (; isDue(nextRun, now); nextRun = cron.next(nextRun)) {
    if (catchUp === "all" && ticks.length === BATCH) break;
    if (catchUp === "all") ticks.push(nextRun);
    last = nextRun;
  }
  if (catchUp === "all") return { ticks, nextRun };
  const isMissed = catchUp === "none" && now.getTime() - last.getTime() > MISSED_MS;
  return { ticks: isMissed ? [] : [last], nextRun };
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
