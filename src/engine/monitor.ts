// How the queue has been doing lately (R31).

import { InvalidOptionError } from "../job/errors.ts";
import { queuesOf } from "../job/options.ts";
import type { JobRecord } from "../job/record.ts";
import type { Engine } from "./engine.ts";
import { requireKnown } from "./known-options.ts";
import { type QueueStats, queueStats } from "./queue-stats.ts";

export interface MonitorOptions {
  readonly queue?: string | readonly string[] | undefined;
  /** How far back to look; 60 unless told. */
  readonly minutes?: number | undefined;
}

export interface Monitoring {
  /** The period looked at. */
  readonly since: Date;
  readonly until: Date;
  /** Jobs that completed, or failed for good, in the period. */
  readonly completed: number;
  readonly failed: number;
  /** failed / (completed + failed), 0 to 1; 0 when nothing ended. */
  readonly errorRate: number;
  /** Jobs completed per minute. */
  readonly throughput: number;
  /** From start to end of the attempt that completed; null when none did. */
  readonly meanDurationMs: number | null;
  /** The longest-waiting pending job's runAt; null when none is pending. */
  readonly oldestPendingAt: Date | null;
  /** Counts as of now. */
  readonly counts: QueueStats;
  /** Jobs that ended in the period, latest first, ten at the most. */
  readonly recent: readonly JobRecord[];
}

const OPTIONS = new Set(["queue", "minutes"]);

/** Throws: InvalidOptionError. */
export async function monitor(engine: Engine, options: MonitorOptions): Promise<Monitoring> {
  requireKnown(options, "monitor", OPTIONS);
  const minutes = options.minutes ?? 60;
  if (typeof minutes !== "number" || !Number.isFinite(minutes) || minutes <= 0) {
    throw new InvalidOptionError("monitor's minutes", minutes, "a finite number above 0");
  }
  const queues = queuesOf(options.queue, "monitor's queue");
  const until = engine.clock.now();
  const since = new Date(Math.max(until.getTime() - minutes * 60_000, 0)); // No store holds anything older.
  const [activity, counts] = await Promise.all([
    engine.store.activity({ queues, since, recent: 10 }),
    queueStats(engine, queues),
  ]);
  const { completed, failed, meanDurationMs, oldestPendingAt, recent } = activity;
  const ended = completed + failed;
  return {
    since,
    until,
    completed,
    failed,
    errorRate: ended === 0 ? 0 : failed / ended,
    throughput: completed / minutes,
    meanDurationMs,
    oldestPendingAt,
    counts,
    recent,
  };
}
