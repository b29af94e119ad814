// The door "wheelwright": jobs, the engine, the clocks and the memory store. Loads no optional package.

export { type Config, type ConfigOptions, defineConfig } from "./cli/define-config.ts";
export type { Clock, WakeOptions, WakeRank } from "./clock/clock.ts";
export { SystemClock } from "./clock/system-clock.ts";
export { TestClock } from "./clock/test-clock.ts";
export {
  type Channels,
  type ClaimStep,
  channels,
  type DrainStep,
  type EnqueueStep,
  type ExtendStep,
  type PerformStep,
  type SettleStep,
  type StepChannel,
  type StepListeners,
  type TickStep,
} from "./engine/channels.ts";
export { createJobs, type JobsOptions } from "./engine/create-jobs.ts";
export { InvalidScheduleError } from "./engine/cron-fields.ts";
export type { Carry } from "./engine/engine.ts";
export { type EnqueueEntries, type EnqueueEntry, NotSynchronousError } from "./engine/enqueue.ts";
export type {
  ClaimedEvent,
  CompletedEvent,
  DeduplicatedEvent,
  EnqueuedEvent,
  EventOf,
  FailedEvent,
  JobEvent,
  JobEventType,
  LostEvent,
  ProgressEvent,
  ReleasedEvent,
  RescuedEvent,
  RetriedEvent,
} from "./engine/events.ts";
export type { Jobs, PurgeOptions } from "./engine/jobs.ts";
export type { LogFields, Logger, LogLevel } from "./engine/log.ts";
export { type MetricsOptions, metrics } from "./engine/metrics.ts";
export type { Monitoring, MonitorOptions } from "./engine/monitor.ts";
export { BrokenDataError } from "./engine/perform.ts";
export type { ProcessQueueOptions, ProcessQueueResult } from "./engine/process-queue.ts";
export type { QueueStats, Stats } from "./engine/queue-stats.ts";
export type { CreateJob } from "./engine/registry.ts";
export { WorkerLostError } from "./engine/rescue.ts";
export { CarryError } from "./engine/restore-carried.ts";
export type { ScheduleDefinition } from "./engine/schedule-definitions.ts";
export { schedulesFrom } from "./engine/schedule-files.ts";
export type { Scheduler, SchedulerOptions } from "./engine/scheduler.ts";
export type { Schedule } from "./engine/schedules.ts";
export { type Worker, WorkerNotRunningError } from "./engine/worker.ts";
export type { WorkerOptions } from "./engine/worker-options.ts";
export { detached } from "./job/ambient.ts";
export { exponentialBackoff } from "./job/backoff.ts";
export type { JobContext, JobLog } from "./job/context.ts";
export type { JsonObject, JsonValue } from "./job/data.ts";
export { type DefinedJob, type DefineJobOptions, defineJob } from "./job/define-job.ts";
export { DiscardJob } from "./job/discard-job.ts";
export type { Duration, DurationParts } from "./job/duration.ts";
export {
  AmbiguousJobsError,
  AttemptOverError,
  DataInvalidError,
  DataNotJsonError,
  DataTooLargeError,
  InvalidDurationError,
  InvalidOptionError,
  JobDefinitionError,
  JobNotFoundError,
  JobStatusError,
  JobTimeoutError,
  LeaseLostError,
  NoJobsError,
  NotImplementedError,
  OwnTransactionError,
  ShutdownError,
  StoreUnavailableError,
  TransactionDeadlockError,
  TransactionNotSupportedError,
  TransactionOverError,
  UniqueKeyTakenError,
  UnknownJobError,
  WheelwrightError,
} from "./job/errors.ts";
export {
  type AnyJob,
  type AnyJobClass,
  type DataOf,
  type EnqueueOptions,
  Job,
  type JobClass,
  type ScheduleOptions,
} from "./job/job.ts";
export type { EnqueueArgs, JsonOf, NoData, NotJson } from "./job/json-type.ts";
export type { Priority, PriorityName } from "./job/options.ts";
export type { Outcome, Performance } from "./job/outcome.ts";
export type { Claim, EnqueuedJob, JobProgress, JobRecord, JobStatus, NewJob, UniqueWhile } from "./job/record.ts";
export { RetryJob } from "./job/retry-job.ts";
export type { StandardSchema } from "./job/schema.ts";
export type { JobSettings } from "./job/settings.ts";
export type {
  Activity,
  ActivityRequest,
  ClaimKey,
  ClaimRequest,
  DueRequest,
  InsertAt,
  JobFilter,
  JobStore,
  RetryAnswer,
  Settlement,
  StatusCounts,
} from "./store/job-store.ts";
export { MemoryJobStore, type MemoryJobStoreOptions } from "./store/memory/memory-job-store.ts";
export type { MemoryTransaction } from "./store/memory/transaction.ts";
export type { CatchUp, NewSchedule, ScheduleRecord, ScheduleStore, ScheduleTick } from "./store/schedule-store.ts";
