// How many jobs there are, by status (R27).

import type { StatusCounts } from "../store/job-store.ts";
import type { Engine } from "./engine.ts";

export interface QueueStats extends StatusCounts {
  /** The sum of the four. */
  readonly total: number;
}

export interface Stats {
  readonly queues: Readonly<Record<string, QueueStats>>;
  readonly totals: QueueStats;
}

/** The counts of the queues named, together; of all when none are. */
export async function queueStats(engine: Engine, queues: readonly string[] | undefined): Promise<QueueStats> {
  return sum((await engine.store.stats({ queues })).values());
}

/** The counts of each queue that has jobs, by name in order, and their totals. */
export async function stats(engine: Engine): Promise<Stats> {
  const counts = await engine.store.stats({});
  const names = [...counts.keys()].sort();
  // Without a prototype: a queue may be called anything.
  const queues: Record<string, QueueStats> = Object.create(null);
  for (const name of names) queues[name] = sum([counts.get(name) ?? NONE]);
  return { queues: { ...queues }, totals: sum(counts.values()) };
}

const NONE: StatusCounts = { pending: 0, processing: 0, completed: 0, failed: 0 };

function sum(all: Iterable<StatusCounts>): QueueStats {
  const total: { -readonly [Key in keyof QueueStats]: number } = { ...NONE, total: 0 };
  for (const counts of all) {
    total.pending += counts.pending;
    total.processing += counts.processing;
    total.completed += counts.completed;
    total.failed += counts.failed;
  }
  total.total = total.pending + total.processing + total.completed + total.failed;
  return total;
}
