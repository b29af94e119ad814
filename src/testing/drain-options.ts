// What a drain may be told, and what it tells.

import { type Duration, durationMs } from "../job/duration.ts";
import { InvalidOptionError } from "../job/errors.ts";
import type { AnyJobClass } from "../job/job.ts";
import { queuesOf } from "../job/options.ts";

export interface DrainOptions {
  /** Run these queues' jobs only: a name, a list or a comma list. */
  readonly queue?: string | readonly string[] | undefined;
  /** Run these classes' jobs only. */
  readonly only?: AnyJobClass | readonly AnyJobClass[] | undefined;
  /** Leave these classes' jobs alone. */
  readonly except?: AnyJobClass | readonly AnyJobClass[] | undefined;
  /** More attempts than this are a runaway; 1000 unless told. `advance` counts them per virtual instant. */
  readonly maxJobs?: number | undefined;
  /** More virtual time than this is a runaway; `"30d"` unless told. For drainUntilIdle. */
  readonly maxVirtualTime?: Duration | undefined;
  /**
   * Fire the schedules, too, from the first drain on that is told so: each tick at its own instant. Afterwards a drain
   * without it is a time without a scheduler, which the next one makes up for (R35). drainUntilIdle waits for no tick.
   */
  readonly includeSchedules?: boolean | undefined;
  /** Asked after each attempt: true ends the drain. */
  readonly until?: ((report: DrainReport) => boolean | Promise<boolean>) | undefined;
  /** Having run nothing is no error. */
  readonly allowEmpty?: boolean | undefined;
  /** `"throw"`, unless told: a job that ended `failed` and was not expected to rejects the drain. */
  readonly failures?: "throw" | "collect" | undefined;
  /** `"collect"`, unless told. `"throw"`: an attempt that threw and will be retried rejects the drain, too. */
  readonly retries?: "collect" | "throw" | undefined;
}

/** What a drain did. The counts are of attempts; a retried job counts once for each. */
export interface DrainReport {
  /** Attempts that were started, plus sleepers that went on. */
  readonly ran: number;
  readonly completed: number;
  /** Attempts that threw, or timed out, and are to be tried again. */
  readonly retried: number;
  readonly failed: number;
  /** Claims taken back because their lease was over. */
  readonly rescued: number;
  /** Jobs still pending in the queues asked for. */
  readonly stillPending: number;
  readonly startedAt: Date;
  readonly endedAt: Date;
}

/** Drain options, checked. */
export interface DrainPlan {
  readonly queues: readonly string[] | undefined;
  /** Names of classes to run, or null for all. */
  readonly accepts: ((jobClass: string) => boolean) | null;
  readonly maxJobs: number;
  readonly maxVirtualMs: number;
  readonly includeSchedules: boolean;
  readonly until: ((report: DrainReport) => boolean | Promise<boolean>) | undefined;
  readonly allowEmpty: boolean;
  readonly failures: "throw" | "collect";
  readonly retries: "collect" | "throw";
}

const KNOWN = [
  "queue",
  "only",
  "except",
  "maxJobs",
  "maxVirtualTime",
  "includeSchedules",
  "until",
  "allowEmpty",
  "failures",
  "retries",
];

/** The names under which a class's jobs are stored. Throws what is wrong with it; `what` names the option it stands in. */
type NamesOf = (jobClass: AnyJobClass, what: string) => readonly string[];

/** `namesOf` knows the kit's classes. Throws: InvalidOptionError; UnknownJobError. */
export function drainPlan(verb: string, options: DrainOptions, namesOf: NamesOf): DrainPlan {
  for (const name of Object.keys(options)) {
    if (!KNOWN.includes(name))
      throw new InvalidOptionError(
        `${verb}'s option "${name}"`,
        Reflect.get(options, name),
        `one of ${KNOWN.join(", ")}`,
      );
  }
  const { includeSchedules = false } = options;
  if (typeof includeSchedules !== "boolean")
    throw new InvalidOptionError("includeSchedules", includeSchedules, "true or false");
  const { maxJobs = 1000, failures = "throw", retries = "collect", until } = options;
  if (typeof maxJobs !== "number" || !(maxJobs >= 1))
    throw new InvalidOptionError("maxJobs", maxJobs, "a number of at least 1");
  if (until !== undefined && typeof until !== "function") throw new InvalidOptionError("until", until, "a function");
  for (const [name, value] of Object.entries({ failures, retries }))
    if (value !== "throw" && value !== "collect") throw new InvalidOptionError(name, value, '"throw" or "collect"');
  return {
    queues: queuesOf(options.queue, `${verb}'s queue`),
    accepts: filterOf(options, namesOf),
    maxJobs,
    maxVirtualMs: durationMs(options.maxVirtualTime ?? "30d", "maxVirtualTime"),
    includeSchedules,
    until,
    allowEmpty: options.allowEmpty ?? false,
    failures,
    retries,
  };
}

function filterOf({ only, except }: DrainOptions, namesOf: NamesOf): ((jobClass: string) => boolean) | null {
  if (only === undefined && except === undefined) return null;
  const wanted = only === undefined ? null : new Set([only].flat().flatMap((one) => namesOf(one, "only")));
  const unwanted = new Set(except === undefined ? [] : [except].flat().flatMap((one) => namesOf(one, "except")));
  return (jobClass) => (wanted === null || wanted.has(jobClass)) && !unwanted.has(jobClass);
}
