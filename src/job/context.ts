// What a running job is handed beside its data.

import type { Duration } from "./duration.ts";
import type { AnyJobClass, DataOf, EnqueueOptions } from "./job.ts";
import type { EnqueueArgs } from "./json-type.ts";
import type { EnqueuedJob, JobRecord } from "./record.ts";

/** The second argument of `perform`. After the attempt is over every call on it rejects with AttemptOverError (R16). */
export interface JobContext {
  /** The job as it was claimed. */
  readonly job: JobRecord;
  /** 1 for the first. */
  readonly attempt: number;
  /** Aborts at the timeout, when the lease is lost and at shutdown's deadline, each with its own error as reason. */
  readonly signal: AbortSignal;
  /** The present instant of the clock that runs the job. */
  now(): Date;
  /** Waits on that clock; in a kit it is virtual time. Rejects with the signal's reason when the attempt ends first. */
  sleep(duration: Duration): Promise<void>;
  /** Stores how far the job is, and extends its lease (R18). */
  progress(processed: number, total: number, message?: string): Promise<void>;
  readonly log: JobLog;
  /** Enqueues by class, as `JobClass.enqueue` does, where a static import would be a circle. */
  enqueue<C extends AnyJobClass>(jobClass: C, ...args: EnqueueArgs<DataOf<C>, EnqueueOptions>): Promise<EnqueuedJob>;
}

/** Lines written here carry the job's id, class, queue and attempt (R47). */
export interface JobLog {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
