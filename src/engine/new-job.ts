// From a class, data and options to a job that can be stored: every check that can refuse it happens here (R4–R8, R19).

import { encodeCarried, encodeData } from "../job/data.ts";
import { secondsOrDurationMs } from "../job/duration.ts";
import { InvalidOptionError } from "../job/errors.ts";
import { type AnyJob, classOf, type EnqueueOptions, isJob, isJobClass } from "../job/job.ts";
import { instantOf, maxRetriesOf, priorityOf, queueOf, textOf, timeoutOf } from "../job/options.ts";
import type { NewJob } from "../job/record.ts";
import { isPromise, validate } from "../job/schema.ts";
import type { JobSettings } from "../job/settings.ts";
import type { Engine } from "./engine.ts";
import { requireKnown } from "./known-options.ts";
import type { RegisteredJob } from "./registry.ts";

const KNOWN_OPTIONS = new Set([
  "id",
  "queue",
  "priority",
  "runAt",
  "delay",
  "maxRetries",
  "timeout",
  "uniqueKey",
  "uniqueWhile",
  "transaction",
]);

/**
 * A job to store, due as its options say, seen from `now`. A promise only where the class's schema needs one.
 * Throws, or rejects with, a typed error for whatever R4, R6 and R19 refuse.
 */
export function newJob(
  engine: Engine,
  job: object,
  data: unknown,
  options: EnqueueOptions | undefined,
  now: Date,
): NewJob | Promise<NewJob> {
  const registered = engine.registry.findByClass(job) ?? registeredOf(engine, job);
  engine.kit?.enqueueCalled(registered.name, data, options);
  const settings =
    registered.jobClass === job ? registered.settings() : engine.registry.settingsOf(registered.name, job);
  if (registered.schema === undefined) return build(engine, registered, settings, data, options, now);
  const output = validate(registered.name, registered.schema, data ?? {});
  if (isPromise(output)) output.then(undefined, () => undefined); // Told below, unless something else is refused first.
  // At once, whatever is awaited later: data, options and what is carried are those of the call. The input is stored;
  // the output is made anew before perform.
  const made = build(engine, registered, settings, data, options, now);
  return isPromise(output) ? output.then(() => made) : made;
}

function registeredOf(engine: Engine, job: object): RegisteredJob {
  if (!isJobClass(job) && !isJob(job as AnyJob)) {
    throw new InvalidOptionError("the job to enqueue", job, "a class that extends Job, or an instance of one");
  }
  return engine.registry.byClass(classOf(job));
}

function build(
  engine: Engine,
  registered: RegisteredJob,
  settings: JobSettings,
  data: unknown,
  options: EnqueueOptions | undefined,
  now: Date,
): NewJob {
  const jobClass = registered.name;
  const text = encodeData(jobClass, data, engine.maxDataBytes);
  const carried = engine.carry === undefined ? null : encodeCarried(jobClass, engine.carry.capture());
  if (options === undefined) {
    const runAt = settings.delay === 0 ? now : instantOf(new Date(now.getTime() + settings.delay * 1000), "runAt");
    return {
      id: engine.ids.next(now.getTime()),
      idGiven: false,
      jobClass,
      queue: settings.queue,
      data: text,
      priority: settings.priority,
      maxRetries: settings.maxRetries,
      timeout: settings.timeout,
      runAt,
      uniqueKey: null,
      uniqueWhile: "live",
      carried,
    };
  }
  checkOptions(options);
  const { id, queue, priority, maxRetries, timeout, uniqueKey } = options;
  return {
    id: id === undefined ? engine.ids.next(now.getTime()) : textOf(id, "id", 36),
    idGiven: id !== undefined,
    jobClass,
    queue: queue === undefined ? settings.queue : queueOf(queue, "queue"),
    data: text,
    priority: priority === undefined ? settings.priority : priorityOf(priority, "priority"),
    maxRetries: maxRetries === undefined ? settings.maxRetries : maxRetriesOf(maxRetries, "maxRetries"),
    timeout: timeout === undefined ? settings.timeout : timeoutOf(timeout, "timeout"),
    runAt: runAtOf(settings, options, now),
    uniqueKey: uniqueKey === undefined ? null : textOf(uniqueKey, "uniqueKey", 255),
    uniqueWhile: options.uniqueWhile ?? "live",
    carried,
  };
}

function checkOptions(options: EnqueueOptions): void {
  requireKnown(options, "enqueue", KNOWN_OPTIONS);
  const { uniqueWhile, uniqueKey } = options;
  if (uniqueWhile !== undefined && uniqueWhile !== "live" && uniqueWhile !== "pending") {
    throw new InvalidOptionError("uniqueWhile", uniqueWhile, '"live" or "pending"');
  }
  if (uniqueWhile !== undefined && uniqueKey === undefined) {
    throw new InvalidOptionError("uniqueWhile", uniqueWhile, "a uniqueKey beside it");
  }
}

function runAtOf(settings: JobSettings, { runAt, delay }: EnqueueOptions, now: Date): Date {
  if (runAt !== undefined) {
    if (delay !== undefined) throw new InvalidOptionError("delay", delay, "either runAt or delay, not both");
    return instantOf(runAt, "runAt");
  }
  const delayMs = delay === undefined ? settings.delay * 1000 : secondsOrDurationMs(delay, "delay");
  return delayMs === 0 ? now : instantOf(new Date(now.getTime() + delayMs), "runAt (now + delay)");
}
