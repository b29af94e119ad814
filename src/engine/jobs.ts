// The door to an engine: what apps and kits call `jobs`.

import { type AmbientJobs, currentScope, FORGOTTEN, shared, shownKits } from "../job/ambient.ts";
import { calledAs, pointed } from "../job/caller.ts";
import {
  AmbiguousJobsError,
  InvalidOptionError,
  JobNotFoundError,
  JobStatusError,
  StoreUnavailableError,
  UniqueKeyTakenError,
} from "../job/errors.ts";
import type { AnyJob, AnyJobClass, DataOf, EnqueueOptions } from "../job/job.ts";
import type { EnqueueArgs } from "../job/json-type.ts";
import { countOf, isText, queuesOf, textOf } from "../job/options.ts";
import { type EnqueuedJob, JOB_STATUSES, type JobRecord } from "../job/record.ts";
import type { JobFilter, JobStore } from "../store/job-store.ts";
import type { Engine } from "./engine.ts";
import { type EnqueueEntries, type EnqueueEntry, enqueue, enqueueMany, enqueueSync } from "./enqueue.ts";
import { EVENT_TYPES, EventHub, type EventOf, type JobEventType } from "./events.ts";
import { requireKnown } from "./known-options.ts";
import { type Monitoring, type MonitorOptions, monitor } from "./monitor.ts";
import { type ProcessQueueOptions, type ProcessQueueResult, processNext, processQueue } from "./process-queue.ts";
import { type QueueStats, queueStats, type Stats, stats } from "./queue-stats.ts";
import { rescue } from "./rescue.ts";
import { EngineScheduler, type Scheduler, type SchedulerOptions } from "./scheduler.ts";
import { runSchedule, type Schedule, schedules } from "./schedules.ts";
import type { Stoppable } from "./service.ts";
import { EngineWorker, type Worker } from "./worker.ts";
import type { WorkerOptions } from "./worker-options.ts";

type QueueFilter = string | readonly string[] | undefined;

/** An app's jobs: its classes, its store, its clock. Made by createJobs, or by a kit. */
export interface Jobs extends AmbientJobs {
  /** Enqueues an instance, or by class: data may be left out where the job takes none. */
  enqueue<C extends AnyJobClass | AnyJob>(
    job: C,
    ...args: EnqueueArgs<DataOf<C>, EnqueueOptions>
  ): Promise<EnqueuedJob>;
  /** Stores all or none (R10): `enqueueMany([[SendEmailJob, data], [PackOrderJob, data, { delay: 60 }]])`. */
  enqueueMany<Classes extends readonly (AnyJobClass | AnyJob)[]>(
    jobs: EnqueueEntries<Classes>,
    options?: { readonly transaction?: unknown },
  ): Promise<readonly EnqueuedJob[]>;
  /** Enqueues before it returns, for transaction functions that must not await (R9). */
  enqueueSync<C extends AnyJobClass | AnyJob>(job: C, ...args: EnqueueArgs<DataOf<C>, EnqueueOptions>): EnqueuedJob;
  /** The clock's instant. */
  now(): Date;
  /** Rescues, then performs up to `limit` due jobs, one after the other (R14). */
  processQueue(options?: ProcessQueueOptions): Promise<ProcessQueueResult>;
  /** Rescues, then performs the first due job. Returns whether there was one. */
  processNext(options?: { readonly queue?: QueueFilter }): Promise<boolean>;
  /** Counts of all queues, or of those named, together (R27). */
  queueStats(options?: { readonly queue?: QueueFilter }): Promise<QueueStats>;
  /** Counts per queue, and their totals. */
  stats(): Promise<Stats>;
  /** How the last `minutes` went (R31). */
  monitor(options?: MonitorOptions): Promise<Monitoring>;
  find(id: string): Promise<JobRecord | null>;
  /** Newest first, 50 unless told (R31). */
  list(filter?: JobFilter): Promise<readonly JobRecord[]>;
  /** Makes a failed job pending again (R28). Throws: JobNotFoundError, JobStatusError, UniqueKeyTakenError. */
  retry(id: string): Promise<JobRecord>;
  /** Makes failed jobs pending again, oldest failure first. Returns how many. */
  retryFailed(options?: { readonly queue?: QueueFilter; readonly limit?: number }): Promise<number>;
  /** Deletes jobs completed more than `days` ago; 7 unless told (R29). Returns how many. */
  purgeCompleted(options?: { readonly days?: number; readonly queue?: QueueFilter }): Promise<number>;
  /** Deletes jobs that ended so, more than `days` ago; 7 unless told. Returns how many. */
  purge(options: PurgeOptions): Promise<number>;
  /** Deletes a pending job (R30). Throws: JobNotFoundError, JobStatusError. */
  cancel(id: string): Promise<void>;
  /** Takes back claims whose lease is over (R25). Returns how many. */
  rescue(): Promise<number>;
  /** A worker over these jobs; it begins with `start()`. Throws: InvalidOptionError. */
  worker(options?: WorkerOptions): Worker;
  /** A scheduler over these jobs, for an app whose workers fire no schedules. Throws: InvalidOptionError. */
  scheduler(options?: SchedulerOptions): Scheduler;
  /** The app's schedules, with what they have run and when they run next (R33), by name. */
  schedules(): Promise<readonly Schedule[]>;
  /** Enqueues a schedule's job now, beside its ticks. Throws: InvalidScheduleError for a name that is unknown. */
  runSchedule(name: string): Promise<EnqueuedJob>;
  /**
   * Returns: a function that stops listening. A listener that throws or rejects is logged and changes nothing else.
   * Also hears what happens in a test kit that takes this app's place; one that is added meanwhile goes with the kit.
   */
  on<Type extends JobEventType>(type: Type, listener: (event: EventOf<Type>) => unknown): () => void;
  /** Makes what the store needs; otherwise done on first use (R32). */
  setup(): Promise<void>;
  /** Stops the workers and schedulers that run, then lets go of store and timers. Idempotent. */
  close(): Promise<void>;
  /** Where the jobs rest: the app's own store, or that of the kit that takes the app's place. */
  readonly store: JobStore;
  /** Makes this what `SomeJob.enqueue()` finds when nothing nearer is there. Returns itself. */
  useAsDefault(): Jobs;
}

export interface PurgeOptions {
  readonly status: "completed" | "failed" | readonly ("completed" | "failed")[];
  readonly days?: number | undefined;
  readonly queue?: QueueFilter;
}

const DAY_MS = 86_400_000;

const OPTIONS = {
  queueStats: new Set(["queue"]),
  list: new Set(["status", "queue", "jobClass", "uniqueKey", "limit", "beforeSeq"]),
  retryFailed: new Set(["queue", "limit"]),
  purgeCompleted: new Set(["days", "queue"]),
  purge: new Set(["status", "days", "queue"]),
} as const;

/** Jobs over an engine, which a kit may replace for as long as it is open. */
export class EngineJobs implements Jobs {
  readonly #own: Engine;
  readonly #replacements = new Map<object, { readonly label: string; readonly engine: Engine }>();
  /** The app's own listeners: they hear what happens in the kits that take its place, too. */
  readonly #listeners: EventHub = new EventHub((error) => this.#own.log("error", "an event listener threw", { error }));
  /** The engines of all kits that ever took the place: code left over in one's scope must not reach another, or the app. */
  #kits: WeakMap<object, Engine> | null = null;

  /** Workers and schedulers that were started, and have not stopped. */
  readonly #services = new Set<Stoppable>();
  /** A kit's engines that were closed from here. */
  #closed: WeakSet<Engine> | null = null;

  /** `make` receives this object, which is what the engine's handlers enqueue to. */
  constructor(make: (ambient: AmbientJobs) => Engine) {
    this.#own = make(this);
    this.#own.events.passOn(this.#listeners);
  }

  /**
   * The engine in force here: a kit's that took the app's place, else its own.
   * Throws: AmbiguousJobsError; StoreUnavailableError after `close` in a kit.
   */
  engine(): Engine {
    const engine = this.#inForce();
    if (this.#closed?.has(engine)) throw new StoreUnavailableError("Cannot go on: these jobs were closed.");
    return engine;
  }

  #inForce(): Engine {
    if (this.#kits === null) return this.#own;
    const kit = currentScope()?.kit;
    const scoped = kit ? this.#kits.get(kit) : undefined;
    if (scoped !== undefined) return scoped;
    if (this.#replacements.size === 0) return this.#own;
    if (this.#replacements.size === 1) for (const { engine } of this.#replacements.values()) return engine;
    const labels = new Set([...this.#replacements.values()].map(({ label }) => label));
    const kits = [...shared.kits].filter(({ label }) => labels.has(label));
    throw new AmbiguousJobsError(
      `${this.#replacements.size} test kits stand in for this app's jobs (${shownKits(kits)}), and this code runs in the scope of none. ${FORGOTTEN} If not, wrap the call in kit.run(() => …).`,
    );
  }

  /** Puts a kit's engine in this app's place. Returns: what gives the place back. */
  replace(kit: object, label: string, engine: Engine): () => void {
    this.#replacements.set(kit, { label, engine });
    this.#kits ??= new WeakMap();
    this.#kits.set(kit, engine);
    const tellNoMore = engine.events.passOn(this.#listeners);
    return () => {
      this.#replacements.delete(kit);
      tellNoMore();
    };
  }

  get store(): JobStore {
    return this.engine().store;
  }

  enqueueFrom(job: object, data: unknown, options: object | undefined): Promise<EnqueuedJob> {
    try {
      return enqueue(this.engine(), job, data, options);
    } catch (error) {
      return Promise.reject(pointed(error));
    }
  }

  enqueue<C extends AnyJobClass | AnyJob>(
    job: C,
    ...args: EnqueueArgs<DataOf<C>, EnqueueOptions>
  ): Promise<EnqueuedJob> {
    return calledAs(EngineJobs.prototype.enqueue, () => this.enqueueFrom(job, args[0], args[1]));
  }

  enqueueMany(
    jobs: readonly EnqueueEntry[],
    options?: { readonly transaction?: unknown },
  ): Promise<readonly EnqueuedJob[]> {
    return calledAs(EngineJobs.prototype.enqueueMany, () => {
      try {
        return enqueueMany(this.engine(), jobs, options);
      } catch (error) {
        return Promise.reject(pointed(error));
      }
    });
  }

  enqueueSync<C extends AnyJobClass | AnyJob>(job: C, ...args: EnqueueArgs<DataOf<C>, EnqueueOptions>): EnqueuedJob {
    return calledAs(EngineJobs.prototype.enqueueSync, () => {
      try {
        return enqueueSync(this.engine(), job, args[0], args[1]);
      } catch (error) {
        throw pointed(error);
      }
    });
  }

  now(): Date {
    const { clock, kit } = this.engine();
    kit?.follow();
    return clock.now();
  }

  processQueue(options?: ProcessQueueOptions): Promise<ProcessQueueResult> {
    return this.#loop((engine) => processQueue(engine, options));
  }

  processNext(options?: { readonly queue?: QueueFilter }): Promise<boolean> {
    return this.#loop((engine) => processNext(engine, options));
  }

  async queueStats(options: { readonly queue?: QueueFilter } = {}): Promise<QueueStats> {
    requireKnown(options, "queueStats", OPTIONS.queueStats);
    return queueStats(this.engine(), queuesOf(options.queue, "queueStats's queue"));
  }

  async stats(): Promise<Stats> {
    return stats(this.engine());
  }

  async monitor(options: MonitorOptions = {}): Promise<Monitoring> {
    return monitor(this.engine(), options);
  }

  async find(id: string): Promise<JobRecord | null> {
    if (typeof id !== "string") throw new InvalidOptionError("find's id", id, "a text");
    // What cannot be an id is nobody's, and some databases would refuse to be asked.
    return isText(id, 36) ? this.engine().store.get(id) : null;
  }

  async list(filter: JobFilter = {}): Promise<readonly JobRecord[]> {
    requireKnown(filter, "list", OPTIONS.list);
    const { limit, queue, status, beforeSeq } = filter;
    if (limit !== undefined) countOf(limit, "list's limit", 1);
    if (beforeSeq !== undefined) countOf(beforeSeq, "list's beforeSeq", 0);
    for (const one of [status ?? []].flat())
      if (!JOB_STATUSES.includes(one))
        throw new InvalidOptionError("list's status", one, `one of ${JOB_STATUSES.join(", ")}`);
    return this.engine().store.list(
      queue === undefined ? filter : { ...filter, queue: queuesOf(queue, "list's queue") },
    );
  }

  async retry(id: string): Promise<JobRecord> {
    const { store, clock } = this.engine();
    textOf(id, "retry's id", 36);
    const answer = await store.retry(id, { now: clock.now() });
    if (answer.type === "missing") throw new JobNotFoundError("retry", id);
    if (answer.type === "not-failed") throw new JobStatusError("retry", id, answer.status, "failed");
    if (answer.type === "key-taken") throw new UniqueKeyTakenError(id, answer.uniqueKey, answer.holder);
    const job = await store.get(id);
    if (job === null) throw new JobNotFoundError("find again the retried", id);
    return job;
  }

  async retryFailed(options: { readonly queue?: QueueFilter; readonly limit?: number } = {}): Promise<number> {
    const { store, clock } = this.engine();
    requireKnown(options, "retryFailed", OPTIONS.retryFailed);
    const queues = queuesOf(options.queue, "retryFailed's queue");
    if (options.limit !== undefined) countOf(options.limit, "retryFailed's limit", 1);
    return store.retryFailed({ queues, limit: options.limit, now: clock.now() });
  }

  async purgeCompleted(options: { readonly days?: number; readonly queue?: QueueFilter } = {}): Promise<number> {
    requireKnown(options, "purgeCompleted", OPTIONS.purgeCompleted);
    return this.purge({ ...options, status: "completed" });
  }

  async purge(options: PurgeOptions): Promise<number> {
    const { store, clock } = this.engine();
    requireKnown(options, "purge", OPTIONS.purge);
    const statuses = typeof options.status === "string" ? [options.status] : options.status;
    if (
      !Array.isArray(statuses) ||
      statuses.length === 0 ||
      statuses.some((status) => status !== "completed" && status !== "failed")
    ) {
      throw new InvalidOptionError("purge's status", options.status, '"completed", "failed", or both in a list');
    }
    const days = options.days ?? 7;
    if (typeof days !== "number" || !Number.isFinite(days) || days < 0) {
      throw new InvalidOptionError("purge's days", days, "a finite number, not negative");
    }
    const before = new Date(Math.max(clock.now().getTime() - days * DAY_MS, 0));
    return store.purge({ statuses, before, queues: queuesOf(options.queue, "purge's queue") });
  }

  async cancel(id: string): Promise<void> {
    textOf(id, "cancel's id", 36);
    const answer = await this.engine().store.remove(id);
    if (answer === "removed") return;
    if (answer === "missing") throw new JobNotFoundError("cancel", id);
    throw new JobStatusError("cancel", id, answer, "pending");
  }

  async rescue(): Promise<number> {
    return (await rescue(this.engine())).length;
  }

  worker(options: WorkerOptions = {}): Worker {
    return new EngineWorker(
      () => this.#engineOfLoop("start a worker"),
      options,
      (worker) => this.#keep(worker),
    );
  }

  scheduler(options: SchedulerOptions = {}): Scheduler {
    return new EngineScheduler(
      () => this.#engineOfLoop("start a scheduler"),
      options,
      (scheduler) => this.#keep(scheduler),
    );
  }

  async schedules(): Promise<readonly Schedule[]> {
    return schedules(this.engine());
  }

  async runSchedule(name: string): Promise<EnqueuedJob> {
    return runSchedule(this.engine(), name);
  }

  on<Type extends JobEventType>(type: Type, listener: (event: EventOf<Type>) => unknown): () => void {
    if (!EVENT_TYPES.includes(type))
      throw new InvalidOptionError("on's event", type, `one of ${EVENT_TYPES.join(", ")}`);
    const engine = this.engine();
    // Inside of a kit the listener is the test's, and goes with it.
    return engine === this.#own ? this.#listeners.on(type, listener) : engine.events.on(type, listener);
  }

  async setup(): Promise<void> {
    await this.engine().store.setup();
  }

  async close(): Promise<void> {
    const engine = this.#inForce();
    if (engine.kit !== null) {
      // A kit's store is the kit's to close: a test looks into it after the app has shut down.
      this.#closed ??= new WeakSet();
      this.#closed.add(engine);
      return;
    }
    if (shared.processDefault === this) shared.processDefault = null;
    await Promise.all([...this.#services].map((service) => service.stop()));
    engine.watchdog.stop();
    await engine.store.close();
  }

  useAsDefault(): Jobs {
    shared.processDefault = this;
    return this;
  }

  #keep(service: Stoppable): void {
    this.#services.add(service);
    const forget = (): void => void this.#services.delete(service);
    service.ended().then(forget, forget);
  }

  #engineOfLoop(what: string): Engine {
    const engine = this.engine();
    if (engine.kit !== null) throw engine.kit.refuseLoop(what);
    return engine;
  }

  /** Not an async function: a kit has to see whether anybody looks at the promise it gives. */
  #loop<T>(work: (engine: Engine) => Promise<T>): Promise<T> {
    try {
      const engine = this.engine();
      const begin = (): Promise<T> => shared.runClean(work, engine);
      return engine.kit === null ? begin() : engine.kit.guardLoop(begin);
    } catch (error) {
      return Promise.reject(error);
    }
  }
}

/** The engine behind what createJobs returned, also when another copy of this package made it. */
export function engineJobsOf(jobs: Jobs): EngineJobs | null {
  const candidate = jobs as Partial<EngineJobs>; // `as`: asked for its methods on the next line
  return typeof candidate.engine === "function" && typeof candidate.replace === "function"
    ? (jobs as EngineJobs)
    : null; // `as`: it has them
}
