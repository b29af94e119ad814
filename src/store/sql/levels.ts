// Walks pending jobs priority by priority, so that 100,000 jobs of a higher priority that wait for tomorrow are passed
// over in one step of the index, not one by one.

import type { Plan } from "./plan.ts";
import { ask, type Work } from "./step.ts";

/** One queue, or all of them, at one priority: a stretch of an index that is in order of runAt, then seq. */
export interface Level {
  readonly queue: string | null;
  readonly priority: number;
}

/** The highest levels of pending jobs: for each queue its highest priority below `below`, of these the highest ones. */
export function* nextLevels(
  plan: Plan,
  queues: readonly string[] | undefined,
  below: number | null,
): Work<readonly Level[]> {
  const found: Level[] = [];
  for (const queue of queues ?? [null]) {
    const priority = yield* highest(plan, queue, below);
    if (priority !== null) found.push({ queue, priority });
  }
  const top = Math.max(...found.map(({ priority }) => priority));
  return found.filter(({ priority }) => priority === top);
}

function* highest({ table, dialect }: Plan, queue: string | null, below: number | null): Work<number | null> {
  const inQueue = queue === null ? "" : " AND queue = ?";
  const lower = below === null ? "" : " AND priority < ?";
  const sql = `SELECT priority AS priority FROM ${table} WHERE status = 'pending'${inQueue}${lower} ORDER BY priority DESC ${dialect.limit(1)}`;
  const params = [...(queue === null ? [] : [queue]), ...(below === null ? [] : [below])];
  const [row] = (yield* ask(sql, params)).rows;
  return row === undefined ? null : Number(row.priority);
}

/**
 * A SELECT of the first `limit` due rows of some levels of one priority, in claim order. The order is by the table's
 * columns, named with their table: bare, `runAt` would be the number that is selected, which no index is in order of.
 */
export function dueAtLevel(
  { table, dialect }: Plan,
  levels: readonly Level[],
  select: string,
  limit: number,
  locking = "",
): string {
  const one = ({ queue }: Level): string =>
    `SELECT ${select} FROM ${table} t WHERE status = 'pending'${queue === null ? "" : " AND queue = ?"} AND priority = ? AND runAt <= ? ORDER BY t.runAt, t.seq ${dialect.limit(limit)}${locking}`;
  const [first] = levels;
  if (levels.length === 1 && first !== undefined) return one(first);
  const parts = levels.map((level, index) => `SELECT * FROM (${one(level)}) level${index}`);
  return `SELECT * FROM (${parts.join(" UNION ALL ")}) levels ORDER BY runat, seq ${dialect.limit(limit)}`;
}
