// The door "wheelwright/testing".

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
export type { EventFilter, LogFilter } from "./filters.ts";
export type { KitEvent, KitLogLine } from "./journal.ts";
export { type AdvanceOptions, createTestKit, type RunNextOptions, TestKit } from "./kit.ts";
export type { TestKitOptions } from "./kit-options.ts";
export type { Asymmetric, DataMatch, Subset } from "./match.ts";
export type { RecordOf } from "./records.ts";
export type { Stub, Watcher } from "./stubs.ts";
export type { TimelineOptions } from "./timeline.ts";
