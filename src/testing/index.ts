// The door "wheelwright/testing".

export { expectDeduplicated } from "./assertions/expect-deduplicated.ts";
export { type ExactlyOptions, type ExpectedJob, expectEnqueuedExactly } from "./assertions/expect-enqueued-exactly.ts";
export { expectIdle, type IdleOptions } from "./assertions/expect-idle.ts";
export {
  type ExpectJobs,
  type ExpectMany,
  type ExpectNone,
  type ExpectOne,
  expectEnqueued,
  expectNotEnqueued,
  expectPending,
  expectRan,
} from "./assertions/expect-jobs.ts";
export { expectRetriedAfter, type Waits } from "./assertions/expect-retried-after.ts";
export type { JobMatch } from "./assertions/job-match.ts";
export { advance, drain, drainUntilIdle } from "./assertions/play-current.ts";
export type { Source } from "./assertions/source.ts";
export type { Times } from "./assertions/times.ts";
export type { DrainOptions, DrainReport } from "./drain-options.ts";
export type { During } from "./during.ts";
export {
  JobFailedError,
  KitDisposeError,
  KitUsageError,
  NothingRanError,
  RunawayError,
  StuckHandlerError,
} from "./errors.ts";
export type { FailureMatch } from "./expected-failures.ts";
export { InvariantBrokenError } from "./explore/errors.ts";
export { type Exploration, type ExplorationReport, explore } from "./explore/explore.ts";
export type { ExploreFaults } from "./explore/play.ts";
export type { MethodOf } from "./faults/effects.ts";
export { CrashSignal, FaultUsageError } from "./faults/errors.ts";
export type { FailStoreOptions, FaultPoint, Faults } from "./faults/faults.ts";
export type { StoreVerb } from "./faults/store-faults.ts";
export type { EventFilter, LogFilter } from "./filters.ts";
export { checkIdempotent, type IdempotencyCheck, type IdempotencyReport } from "./idempotency/check-idempotent.ts";
export { CannotJudgeError, NotIdempotentError } from "./idempotency/errors.ts";
export type { KitEvent, KitLogLine } from "./journal.ts";
export { type AdvanceOptions, createTestKit, type RunNextOptions, TestKit } from "./kit.ts";
export type { TestKitOptions } from "./kit-options.ts";
export type { Asymmetric, DataMatch, Subset } from "./match.ts";
export type { RecordOf } from "./records.ts";
export type { Stub, Watcher } from "./stubs.ts";
export type { TimelineOptions } from "./timeline.ts";
export type { KitWorker, Performed } from "./workers/kit-worker.ts";
