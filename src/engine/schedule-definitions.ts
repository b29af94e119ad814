// The schedules an app is given (R33), in code, as `static schedule`, or read from JSON: checked once, at the start.

import { encodeData } from "../job/data.ts";
import { InvalidOptionError, show } from "../job/errors.ts";
import type { AnyJobClass, ScheduleOptions } from "../job/job.ts";
import { queueOf, textOf } from "../job/options.ts";
import type { CatchUp } from "../store/job-store.ts";
import { cronFields, InvalidScheduleError } from "./cron-fields.ts";
import { requireKnown } from "./known-options.ts";
import type { RegisteredJob, Registry } from "./registry.ts";
import { TimeZone } from "./time-zone.ts";

/** A job to be enqueued by the calendar. */
export interface ScheduleDefinition {
  /** Known by it in the store: a schedule of the same name goes on where it was. */
  readonly name: string;
  /** A cron expression of five fields, or @hourly, @daily, @weekly, @monthly, @yearly. */
  readonly schedule: string;
  /** The time zone that the expression is in; `"UTC"` unless told. */
  readonly timezone?: string | undefined;
  /** The class, or its stored name. */
  readonly job: AnyJobClass | string;
  /** The class's own unless told. */
  readonly queue?: string | undefined;
  readonly data?: object | undefined;
  /** `false`: it is kept and does not fire. */
  readonly enabled?: boolean | undefined;
  readonly description?: string | undefined;
  /** What becomes of ticks that nobody was there for: one run for all of them (unless told), a run for each, or none (R35). */
  readonly catchUp?: CatchUp | undefined;
}

/** A definition, checked. */
export interface KnownSchedule {
  readonly name: string;
  readonly schedule: string;
  readonly timezone: string;
  readonly job: RegisteredJob;
  readonly queue: string | null;
  /** JSON text. */
  readonly data: string;
  readonly enabled: boolean;
  readonly description: string | null;
  readonly catchUp: CatchUp;
}

const KNOWN = new Set(["name", "schedule", "timezone", "job", "queue", "data", "enabled", "description", "catchUp"]);
const CATCH_UPS: readonly CatchUp[] = ["one", "all", "none"];

/**
 * The schedules of an app by name: those given, and those of its classes.
 * Throws: InvalidScheduleError, UnknownJobError, InvalidOptionError, and what an enqueue of the data would throw.
 */
export function knownSchedules(
  definitions: readonly ScheduleDefinition[] | undefined,
  registry: Registry,
  maxDataBytes: number,
): ReadonlyMap<string, KnownSchedule> {
  if (definitions !== undefined && !Array.isArray(definitions))
    throw new InvalidOptionError("schedules", definitions, "a list of { name, schedule, job }");
  const all = new Map<string, KnownSchedule>();
  for (const definition of [...(definitions ?? []), ...registry.all.flatMap(ofClass)]) {
    const known = check(definition, registry, maxDataBytes);
    if (all.has(known.name))
      throw new InvalidScheduleError(`Two schedules are called ${show(known.name)}. Give each a name of its own.`);
    all.set(known.name, known);
  }
  return all;
}

function ofClass({ name, jobClass }: RegisteredJob): ScheduleDefinition[] {
  const { schedule } = jobClass;
  if (schedule === undefined) return [];
  const options: ScheduleOptions = typeof schedule === "string" ? { schedule } : schedule;
  return [{ name, ...options, job: jobClass }];
}

function check(definition: ScheduleDefinition, registry: Registry, maxDataBytes: number): KnownSchedule {
  requireKnown(definition, "a schedule", KNOWN);
  const name = textOf(definition.name, "a schedule's name", 255);
  const { schedule, timezone = "UTC", queue, enabled = true, description, catchUp = "one" } = definition;
  try {
    cronFields(schedule);
    new TimeZone(timezone);
  } catch (cause) {
    const reason = cause instanceof InvalidScheduleError ? cause.message : show(cause);
    throw new InvalidScheduleError(`Schedule ${show(name)}: ${reason}`, { cause });
  }
  const of = (option: string): string => `${option} of schedule ${show(name)}`;
  if (typeof enabled !== "boolean") throw new InvalidOptionError(of("enabled"), enabled, "true or false");
  if (!CATCH_UPS.includes(catchUp)) throw new InvalidOptionError(of("catchUp"), catchUp, '"one", "all" or "none"');
  if (description !== undefined && typeof description !== "string")
    throw new InvalidOptionError(of("description"), description, "a text");
  const { job } = definition;
  if (typeof job !== "string" && typeof job !== "function")
    throw new InvalidOptionError(of("job"), job, "a job class, or its stored name");
  const registered = typeof job === "string" ? registry.byName(job) : registry.byClass(job);
  return {
    name,
    schedule,
    timezone,
    job: registered,
    queue: queue === undefined ? null : queueOf(queue, of("queue")),
    data: encodeData(registered.name, definition.data, maxDataBytes),
    enabled,
    description: description ?? null,
    catchUp,
  };
}
