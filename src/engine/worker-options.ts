// What a worker may be told.

import { type Duration, durationMs, secondsOrDurationMs } from "../job/duration.ts";
import { InvalidOptionError } from "../job/errors.ts";
import { countOf, queuesOf } from "../job/options.ts";
import { requireKnown } from "./known-options.ts";
import { leaseOf } from "./lease.ts";

export interface WorkerOptions {
  /** A name, a list or a comma list; all queues when left out. Several are drained together, in claim order (R13). */
  readonly queue?: string | readonly string[] | undefined;
  /** How many jobs to run at once; 1 unless told. */
  readonly concurrency?: number | undefined;
  /** How long to sleep, at the most, when nothing is due: a duration, or seconds; 5 unless told. */
  readonly interval?: number | Duration | undefined;
  /** Stop after so many attempts. */
  readonly maxJobs?: number | undefined;
  /** How long a claim lasts unless it is extended, one second to thirty days; that of createJobs unless told. */
  readonly lease?: Duration | undefined;
  /** How long `stop()` waits for running jobs before it aborts them and hands them back; `"25s"` unless told. */
  readonly shutdownTimeout?: Duration | undefined;
  /** Whether it fires the app's schedules, too; `true` unless told. However many do, each tick enqueues once (R34). */
  readonly schedules?: boolean | undefined;
  /** Stop, and let `ended()` reject, when the store has been out of reach for so long. Unless told it tries for ever. */
  readonly giveUpAfter?: Duration | undefined;
}

/** Worker options, checked. */
export interface WorkerPlan {
  readonly queues: readonly string[] | undefined;
  readonly concurrency: number;
  readonly intervalMs: number;
  /** Infinity: no limit. */
  readonly maxJobs: number;
  /** Undefined: the engine's. */
  readonly leaseMs: number | undefined;
  readonly shutdownMs: number;
  readonly schedules: boolean;
  /** Infinity: never. */
  readonly giveUpMs: number;
}

const KNOWN = new Set([
  "queue",
  "concurrency",
  "interval",
  "maxJobs",
  "lease",
  "shutdownTimeout",
  "schedules",
  "giveUpAfter",
]);
/** A shorter interval would be a busy loop. */
const LEAST_INTERVAL_MS = 10;

/** Throws: InvalidOptionError, InvalidDurationError. */
export function workerPlan(options: WorkerOptions): WorkerPlan {
  requireKnown(options, "worker", KNOWN);
  const { concurrency = 1, interval = 5, maxJobs, lease, shutdownTimeout = "25s", giveUpAfter } = options;
  const { schedules = true } = options;
  if (typeof schedules !== "boolean") throw new InvalidOptionError("worker's schedules", schedules, "true or false");
  const intervalMs = secondsOrDurationMs(interval, "worker's interval");
  if (intervalMs < LEAST_INTERVAL_MS)
    throw new InvalidOptionError(
      "worker's interval",
      interval,
      `at least ${LEAST_INTERVAL_MS} ms (a bare number is seconds)`,
    );
  return {
    queues: queuesOf(options.queue, "worker's queue"),
    concurrency: countOf(concurrency, "worker's concurrency", 1),
    intervalMs,
    maxJobs: maxJobs === undefined ? Number.POSITIVE_INFINITY : countOf(maxJobs, "worker's maxJobs", 1),
    leaseMs: lease === undefined ? undefined : leaseOf(lease, "worker's lease"),
    shutdownMs: durationMs(shutdownTimeout, "worker's shutdownTimeout"),
    schedules,
    giveUpMs: giveUpAfter === undefined ? Number.POSITIVE_INFINITY : durationMs(giveUpAfter, "worker's giveUpAfter"),
  };
}
