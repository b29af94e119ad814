// The parts an engine is made of. Every step is a function that takes them first.

import type { Clock } from "../clock/clock.ts";
import type { AmbientJobs } from "../job/ambient.ts";
import type { JobContext } from "../job/context.ts";
import type { IdSource } from "../job/id.ts";
import type { EnqueuedJob } from "../job/record.ts";
import type { JobSettings } from "../job/settings.ts";
import type { JobStore } from "../store/job-store.ts";
import type { Attempt } from "./attempt.ts";
import type { EventHub } from "./events.ts";
import type { WriteLog } from "./log.ts";
import type { Registry } from "./registry.ts";
import type { KnownSchedule } from "./schedule-definitions.ts";
import type { Watchdog } from "./watchdog.ts";

export interface Engine {
  readonly store: JobStore;
  readonly clock: Clock;
  /** Numbers in [0, 1): jitter. */
  readonly random: () => number;
  readonly ids: IdSource;
  readonly registry: Registry;
  readonly defaults: JobSettings;
  /** The app's schedules, by name. */
  readonly schedules: ReadonlyMap<string, KnownSchedule>;
  readonly events: EventHub;
  readonly log: WriteLog;
  readonly carry: Carry | undefined;
  readonly maxDataBytes: number;
  readonly workerId: string;
  /** Milliseconds that a claim lasts unless it is extended. */
  readonly leaseMs: number;
  readonly watchdog: Watchdog;
  /** It, and those of the workers of this process. */
  readonly watchdogs: Set<Watchdog>;
  /** What a running job's enqueues go to. */
  readonly ambient: AmbientJobs;
  /** The kit that owns the engine, and what it does more than production; null in production. */
  readonly kit: EngineKit | null;
}

/**
 * Takes along what belongs to the enqueuing request: a tenant, a trace (R17).
 *
 * `capture` runs at enqueue; what it gives is stored as JSON. `restore` wraps perform: call `run` inside of what the
 * value stands for, and return what it returns.
 */
export interface Carry<Value = unknown> {
  capture(): Value;
  restore(value: Value, run: () => unknown): unknown;
}

/** What a kit adds to an engine. The steps call it; no rule depends on it. */
export interface EngineKit {
  /** Before code outside of the kit's own reads the clock: lets real time in, where the clock follows it. */
  follow(): void;
  /** The error for a loop that would run beside the kit, which is the worker and the scheduler itself. */
  refuseLoop(what: string): Error;
  /** Before an enqueue reads the clock. */
  beforeEnqueue(): void;
  /** An enqueue, of `what`, that has not succeeded at once: still under way, or refused. Returns what the caller gets. */
  watchEnqueue(enqueue: Promise<EnqueuedJob>, what: string): Promise<EnqueuedJob>;
  /** A job was stored that nobody sees until its transaction commits; how that ended follows. */
  enqueuedInTransaction(job: EnqueuedJob): void;
  transactionEnded(job: EnqueuedJob, state: "committed" | "rolled back"): void;
  /** A job was stored in a transaction of which the store cannot tell how it ends: a database client's own. */
  enqueuedInForeignTransaction(job: EnqueuedJob): void;
  attemptStarted(attempt: Attempt): void;
  /** After the outcome was written, or given up. */
  attemptEnded(attempt: Attempt): void;
  /** The attempt began, or ended, a wait on the clock. */
  sleepOpened(attempt: Attempt): void;
  sleepClosed(attempt: Attempt): void;
  /** Begins a loop outside the kit's own that waits for handlers: told when one of them is stuck. */
  guardLoop<T>(begin: () => Promise<T>): Promise<T>;
  /** Whether any job's perform is stubbed or watched: `perform` is asked only then. */
  readonly standsIn: boolean;
  /** Stands in for `perform`, or watches it: `proceed` is the job's own, on this instance. */
  perform(jobName: string, data: unknown, context: JobContext, proceed: () => unknown, instance: object): unknown;
  enqueueCalled(jobName: string, data: unknown, options: object | undefined): void;
}
