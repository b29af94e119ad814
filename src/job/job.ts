// The base class of all jobs: what its user writes, and the ways to enqueue it.

import { currentJobs } from "./ambient.ts";
import { exponentialBackoff } from "./backoff.ts";
import { brand, hasBrand } from "./brand.ts";
import { type Callee, calledAs, pointed } from "./caller.ts";
import type { JobContext } from "./context.ts";
import type { Duration } from "./duration.ts";
import { InvalidOptionError, JobDefinitionError, NotImplementedError } from "./errors.ts";
import { failureMessage } from "./failure-message.ts";
import type { EnqueueArgs, NoData } from "./json-type.ts";
import { type Priority, secondsOf } from "./options.ts";
import type { EnqueuedJob, UniqueWhile } from "./record.ts";
import { isPromise, type StandardSchema } from "./schema.ts";
import { DEFAULT_SETTINGS } from "./settings.ts";

/** What one enqueue may say over its class (R5, R7, R8, R9). */
export interface EnqueueOptions {
  /** The row's id, 1 to 36 characters. An id that exists returns its row and stores nothing. */
  readonly id?: string | undefined;
  readonly queue?: string | undefined;
  readonly priority?: Priority | undefined;
  /** The instant it is due; not together with `delay`. */
  readonly runAt?: Date | undefined;
  /** Seconds, or a duration, from now; not together with `runAt`. */
  readonly delay?: number | Duration | undefined;
  readonly maxRetries?: number | undefined;
  /** Seconds. */
  readonly timeout?: number | undefined;
  /** While a job with this key is live, enqueueing returns that job and stores nothing. */
  readonly uniqueKey?: string | undefined;
  /** `"pending"` gives the key up at the claim, so one follow-up can wait while the first runs. */
  readonly uniqueWhile?: UniqueWhile | undefined;
  /** The app's own transaction, as its client gives it: stored with it or not at all. */
  readonly transaction?: unknown;
}

/** Options of `static schedule`; see R33. */
export interface ScheduleOptions {
  readonly schedule: string;
  readonly timezone?: string;
  readonly name?: string;
  readonly queue?: string;
  readonly data?: object;
  readonly enabled?: boolean;
  readonly description?: string;
  /** What becomes of missed ticks: one run for all of them (unless told), a run for each, or none (R35). */
  readonly catchUp?: "one" | "all" | "none";
}

/** Any job, whatever its data. */
// biome-ignore lint/suspicious/noExplicitAny: a job's data is contravariant, so no other type takes every job
export type AnyJob = Job<any, any>;

/** A class whose instances are jobs. */
export interface JobClass<J extends AnyJob = AnyJob> {
  new (...args: never[]): J;
  readonly name: string;
  readonly jobName?: string | undefined;
  readonly aliases?: readonly string[] | undefined;
  readonly schedule?: string | ScheduleOptions | undefined;
  readonly schema?: StandardSchema | undefined;
}
export type AnyJobClass = JobClass;

/** The data that a job or job class is enqueued with. */
export type DataOf<C> = C extends new (
  ...args: never[]
) => infer J
  ? DataOf<J>
  : // biome-ignore lint/suspicious/noExplicitAny: only the second parameter is asked for
    C extends Job<any, infer Input>
    ? Input
    : never;

/**
 * A background job: settings, and what to do.
 *
 * ```ts
 * class SendEmailJob extends Job<{ to: string }> {
 *   override config() {
 *     this.queue = "mail";
 *     this.maxRetries = 5; // five attempts in all
 *   }
 *   async perform(data: { to: string }) {
 *     await mailer.send(data.to);
 *   }
 * }
 * await SendEmailJob.enqueue({ to: "ada@example.org" });
 * ```
 * `Input` is what is enqueued and stored where a schema makes something else of it before `perform`.
 * Units: seconds. Settings may be set in `config()` or as class fields; fields are set later and win (R3).
 * Throws: JobDefinitionError when `config()` throws or is async, and on use for settings that cannot be used.
 */
export abstract class Job<Data extends object = NoData, Input extends object = Data> {
  /** The name stored with each job, when it is not the class's own: needed where a build tool renames classes. */
  static jobName?: string | undefined;
  /** Names of old rows that this class works too. */
  static aliases?: readonly string[] | undefined;
  /** A cron expression, or more about it, for classes that enqueue themselves by the calendar. */
  static schedule?: string | ScheduleOptions | undefined;
  /** Any Standard Schema; checked at enqueue and again before perform (R19). */
  static schema?: StandardSchema | undefined;

  declare queue: string;
  declare priority: Priority;
  /** Attempts in all, the first one included. */
  declare maxRetries: number;
  declare baseDelay: number;
  declare maxDelay: number;
  declare timeout: number;
  /** What a plain `enqueue` waits. */
  declare delay: number;

  constructor() {
    let returned: unknown;
    try {
      returned = this.config();
    } catch (cause) {
      throw new JobDefinitionError(nameOf(this), `its config() threw: ${failureMessage(cause)}`, { cause });
    }
    if (isPromise(returned)) throw asyncConfig(nameOf(this), returned);
  }

  /** Called by the base constructor, before class fields are set. Override it to set queue, priority, delays. */
  config(): void {}

  /** Does the job. Throwing means the attempt failed; the return value is ignored (R15). */
  abstract perform(data: Data, context: JobContext): unknown;

  /**
   * Seconds to wait after failed attempt `attempt`. Override for linear, constant or jittered waits (R21). What is no number
   * from 0 to a hundred years of seconds is logged, and the formula is taken: a longer wait is a unit mistaken.
   */
  backoff(attempt: number, _error: unknown): number {
    const { baseDelay = DEFAULT_SETTINGS.baseDelay, maxDelay = DEFAULT_SETTINGS.maxDelay } = this;
    return exponentialBackoff(attempt, secondsOf(baseDelay, "baseDelay"), secondsOf(maxDelay, "maxDelay"));
  }

  /** The name stored with each job of this class. */
  get jobName(): string {
    return nameOf(this);
  }

  /** Enqueues with this instance's settings; due after the class's `delay`, at once unless set. */
  enqueue(...args: EnqueueArgs<Input, EnqueueOptions>): Promise<EnqueuedJob> {
    return ambientEnqueue(Job.prototype.enqueue, this, args[0], args[1]);
  }

  /** Enqueues to be due in so many seconds, or a duration. */
  enqueueIn(delay: number | Duration, ...args: EnqueueArgs<Input, EnqueueOptions>): Promise<EnqueuedJob> {
    return ambientEnqueue(Job.prototype.enqueueIn, this, args[0], args[1], "enqueueIn", { delay });
  }

  /** Enqueues to be due at an instant; one in the past is due now and keeps its runAt (R4). */
  enqueueAt(runAt: Date, ...args: EnqueueArgs<Input, EnqueueOptions>): Promise<EnqueuedJob> {
    return ambientEnqueue(Job.prototype.enqueueAt, this, args[0], args[1], "enqueueAt", { runAt });
  }

  /** `new ThisJob().enqueue(data, options)`, without the instance. */
  static enqueue<C extends AnyJobClass>(
    this: C,
    ...args: EnqueueArgs<DataOf<C>, EnqueueOptions>
  ): Promise<EnqueuedJob> {
    return ambientEnqueue(Job.enqueue, this, args[0], args[1]);
  }

  /** `new ThisJob().enqueueIn(delay, data, options)`, without the instance. */
  static enqueueIn<C extends AnyJobClass>(
    this: C,
    delay: number | Duration,
    ...args: EnqueueArgs<DataOf<C>, EnqueueOptions>
  ): Promise<EnqueuedJob> {
    return ambientEnqueue(Job.enqueueIn, this, args[0], args[1], "enqueueIn", { delay });
  }

  /** `new ThisJob().enqueueAt(runAt, data, options)`, without the instance. */
  static enqueueAt<C extends AnyJobClass>(
    this: C,
    runAt: Date,
    ...args: EnqueueArgs<DataOf<C>, EnqueueOptions>
  ): Promise<EnqueuedJob> {
    return ambientEnqueue(Job.enqueueAt, this, args[0], args[1], "enqueueAt", { runAt });
  }
}
brand(Job.prototype, "job");

/** The class of an instance, or the class itself. */
export function classOf(job: object): AnyJobClass {
  return (typeof job === "function" ? job : job.constructor) as AnyJobClass; // `as`: callers check the brand
}

/** The name stored with a job: the class's own static `jobName`, else the class's name. */
export function nameOf(job: object): string {
  const jobClass = classOf(job);
  const own = Object.hasOwn(jobClass, "jobName") ? jobClass.jobName : undefined;
  return own ?? jobClass.name;
}

/** Names of old rows that a class works too: its own, for those of a class it extends are that one's. */
export function aliasesOf(jobClass: AnyJobClass): readonly string[] {
  return Object.hasOwn(jobClass, "aliases") ? (jobClass.aliases ?? []) : [];
}

/** Whether the value is a job class of this package, in whichever copy. Never throws. */
export function isJobClass(value: unknown): value is AnyJobClass {
  if (typeof value !== "function") return false;
  try {
    return hasBrand(value.prototype, "job");
  } catch {
    return false; // A hostile proxy is nobody of ours.
  }
}

/** Whether the value is an instance of a job class. */
export function isJob(value: unknown): value is AnyJob {
  return typeof value !== "function" && hasBrand(value, "job");
}

/** Checks that a class, or an instance, can be performed at all. Throws: NotImplementedError. */
export function requirePerform(job: AnyJobClass | AnyJob): void {
  const performer: object = typeof job === "function" ? job.prototype : job;
  if (typeof Reflect.get(performer, "perform") !== "function") throw new NotImplementedError(nameOf(job));
}

type EnqueueMethod = "enqueue" | "enqueueIn" | "enqueueAt";

// Not an async function: what the engine returns must reach the caller as it is, or a kit could not tell whether
// anybody looks at a rejection.
function ambientEnqueue(
  callee: Callee,
  job: object,
  data: unknown,
  options: EnqueueOptions | undefined,
  method: EnqueueMethod = "enqueue",
  due?: Due,
): Promise<EnqueuedJob> {
  return calledAs(callee, () => {
    try {
      if (!isJobClass(job) && !isJob(job)) {
        throw new InvalidOptionError(`the job of ${method}`, job, `a job class: call it as SomeJob.${method}(…)`);
      }
      const all = due === undefined ? options : withDue(options, method, due);
      return currentJobs(nameOf(job)).enqueueFrom(job, data, all);
    } catch (error) {
      return Promise.reject(pointed(error));
    }
  });
}

type Due = { readonly delay: number | Duration } | { readonly runAt: Date };

/** The instant is the method's argument; a second one in the options, or none at all, is refused. */
function withDue(options: EnqueueOptions | undefined, method: EnqueueMethod, due: Due): EnqueueOptions {
  for (const name of ["delay", "runAt"] as const) {
    const twice = options?.[name];
    if (twice !== undefined) {
      throw new InvalidOptionError(
        `${method}'s option ${name}`,
        twice,
        `no ${name}: ${method} is told when by its argument`,
      );
    }
  }
  for (const [name, value] of Object.entries(due)) {
    if (value === undefined) throw new InvalidOptionError(`${method}'s ${name}`, value, "the argument that says when");
  }
  return { ...options, ...due };
}

function asyncConfig(jobName: string, returned: Promise<unknown>): JobDefinitionError {
  returned.then(undefined, () => undefined); // Told below, so its rejection is nobody's.
  const problem = "its config() is async, so what it sets after an await would come too late. Make it synchronous.";
  return new JobDefinitionError(jobName, problem);
}
