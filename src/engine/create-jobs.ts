// Wires the parts into an engine: once for an app, and again for a kit that takes the app's place.

import type { Clock } from "../clock/clock.ts";
import { SystemClock } from "../clock/system-clock.ts";
import { idsFrom, systemIds, systemRandom } from "../clock/system-random.ts";
import type { AmbientJobs } from "../job/ambient.ts";
import { MAX_DATA_BYTES } from "../job/data.ts";
import type { Duration } from "../job/duration.ts";
import { InvalidOptionError } from "../job/errors.ts";
import type { IdSource } from "../job/id.ts";
import type { AnyJobClass } from "../job/job.ts";
import type { Priority } from "../job/options.ts";
import { countOf, textOf } from "../job/options.ts";
import { type JobSettings, mergeDefaults } from "../job/settings.ts";
import type { JobStore } from "../store/job-store.ts";
import type { Carry, Engine, EngineKit } from "./engine.ts";
import { EventHub } from "./events.ts";
import { EngineJobs, type Jobs } from "./jobs.ts";
import { requireKnown } from "./known-options.ts";
import { DEFAULT_LEASE, leaseOf } from "./lease.ts";
import { type Logger, logEvents, logTo, type WriteLog } from "./log.ts";
import { type CreateJob, Registry } from "./registry.ts";
import { knownSchedules, type ScheduleDefinition } from "./schedule-definitions.ts";
import { Watchdog } from "./watchdog.ts";

export interface JobsOptions {
  readonly store: JobStore;
  /** The classes that can be enqueued and performed. */
  readonly jobs: readonly AnyJobClass[];
  /** The system's clock unless given. */
  readonly clock?: Clock | undefined;
  /** Numbers in [0, 1), for ids and jitter; the system's unless given. */
  readonly random?: (() => number) | undefined;
  /** Console- or pino-shaped. Without one, warnings and errors go to the console. */
  readonly logger?: Logger | undefined;
  /** What classes that set nothing have, over R1's. Seconds. */
  readonly defaults?: (Partial<Omit<JobSettings, "priority">> & { readonly priority?: Priority }) | undefined;
  /** Jobs to be enqueued by the calendar, beside those of classes that have a `static schedule`. */
  readonly schedules?: readonly ScheduleDefinition[] | undefined;
  readonly carry?: Carry | undefined;
  /** Makes the instance that performs: hand it your container. Default: `new JobClass()`. */
  readonly create?: CreateJob | undefined;
  /** How long a claim lasts unless it is extended, one second to thirty days; `"30s"` unless told. */
  readonly lease?: Duration | undefined;
  /** Name of this process in `lockedBy`; made from random letters unless told. */
  readonly workerId?: string | undefined;
  /** Longest data, in bytes of UTF-8 JSON; 1 MiB unless told (R6). */
  readonly maxDataBytes?: number | undefined;
}

/** What a kit hands in beside, or instead of, an app's own options. */
export interface KitParts {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly random: () => number;
  readonly ids: IdSource;
  readonly log: WriteLog;
  readonly kit: EngineKit;
}

const OPTIONS_OF = Symbol.for("wheelwright/jobs-options");

/**
 * An app's jobs.
 *
 * ```ts
 * const jobs = createJobs({ store: new MemoryJobStore(), jobs: [SendEmailJob] }).useAsDefault();
 * ```
 * Throws: InvalidOptionError, and JobDefinitionError or NotImplementedError for a class that cannot be used.
 */
export function createJobs(options: JobsOptions): Jobs {
  checkOptions(options);
  const jobs = new EngineJobs((ambient) => createEngine(options, ambient, null));
  Object.defineProperty(jobs, OPTIONS_OF, { value: options });
  return jobs;
}

/** The options an app's Jobs was made with: a kit that takes its place reads them. */
export function optionsOf(jobs: Jobs): JobsOptions | undefined {
  return Reflect.get(jobs, OPTIONS_OF) as JobsOptions | undefined; // `as`: only createJobs sets it
}

/** The engine of an app (`parts` null) or of a kit, which brings its own store, clock and randomness. */
export function createEngine(
  options: Omit<JobsOptions, "store">,
  ambient: AmbientJobs,
  parts: KitParts | null,
): Engine {
  checkShared(options);
  const defaults = mergeDefaults(options.defaults);
  const log = parts?.log ?? logTo(options.logger);
  const events = new EventHub((error) => log("error", "an event listener threw", { error }), true);
  // Without a logger only warnings and errors are told, so nothing is made of the other events.
  if (parts === null) logEvents(events, log, options.logger === undefined);
  const random = parts?.random ?? options.random ?? systemRandom;
  const clock = parts?.clock ?? options.clock ?? new SystemClock();
  const leaseMs = leaseOf(options.lease ?? DEFAULT_LEASE, "lease");
  const maxDataBytes = options.maxDataBytes ?? MAX_DATA_BYTES;
  const registry = new Registry({
    jobs: options.jobs,
    defaults,
    create: options.create,
    warn: (message) => log("warn", message, {}),
    production: parts === null && process.env.NODE_ENV === "production",
  });
  const watchdog = new Watchdog(parts === null ? clock : null, leaseMs);
  return {
    store: parts?.store ?? (options as JobsOptions).store, // `as`: without parts these are an app's own options
    clock,
    random,
    ids: parts?.ids ?? (options.random === undefined ? systemIds : idsFrom(options.random)),
    registry,
    defaults,
    schedules: knownSchedules(options.schedules, registry, maxDataBytes),
    events,
    log,
    carry: options.carry,
    maxDataBytes,
    workerId:
      options.workerId ??
      `worker-${Math.floor(random() * 36 ** 8)
        .toString(36)
        .padStart(8, "0")}`,
    leaseMs,
    watchdog,
    watchdogs: new Set([watchdog]),
    ambient,
    kit: parts?.kit ?? null,
  };
}

const KNOWN = new Set([
  "store",
  "jobs",
  "clock",
  "random",
  "logger",
  "defaults",
  "schedules",
  "carry",
  "create",
  "lease",
  "workerId",
  "maxDataBytes",
]);

/** What an app hands in that a kit brings itself. */
function checkOptions(options: JobsOptions): void {
  requireKnown(options, "createJobs", KNOWN);
  const { store, clock, random, logger, workerId } = options;
  requireMethods("store", store, ["claim", "settle"], "a job store, such as new MemoryJobStore()");
  if (clock !== undefined) requireMethods("clock", clock, ["now", "wakeAt"], "a Clock, such as new SystemClock()");
  if (logger !== undefined) requireMethods("logger", logger, ["info", "warn", "error"], "a logger, such as console");
  if (random !== undefined) requireFunction("random", random, "a function that gives numbers in [0, 1)");
  if (workerId !== undefined) textOf(workerId, "workerId", 100);
}

/** What an app and a kit may both be told. */
function checkShared({ carry, create, maxDataBytes }: Omit<JobsOptions, "store">): void {
  if (carry !== undefined) requireMethods("carry", carry, ["capture", "restore"], "{ capture(), restore(value, run) }");
  if (create !== undefined) requireFunction("create", create, "a function that makes an instance of a job class");
  if (maxDataBytes !== undefined) countOf(maxDataBytes, "maxDataBytes", 2);
}

function requireMethods(option: string, value: unknown, methods: readonly string[], expected: string): void {
  const object: object = Object(value); // Null and undefined become an object without a member of these names.
  for (const method of methods)
    if (typeof Reflect.get(object, method) !== "function") throw new InvalidOptionError(option, value, expected);
}

function requireFunction(option: string, value: unknown, expected: string): void {
  if (typeof value !== "function") throw new InvalidOptionError(option, value, expected);
}
