// Retrying by hand, purging, cancelling (R28–R30).

import type { JobStatus } from "../../job/record.ts";
import type { JobStore, RetryAnswer } from "../job-store.ts";
import { inQueues, instantOf, oneOf, type Plan, places } from "./plan.ts";
import { ask, type SqlRow, type SqlValue, type Work } from "./step.ts";

/** Rows deleted by one statement: a large clean-up holds no lock for long. */
const PURGE_BATCH = 1000;

/** The line "retry by hand" of docs/semantics.md. A token that is negative is nobody's: settling an old claim again means nothing now. */
const SET_PENDING =
  "status = 'pending', attempts = 0, runAt = ?, startedAt = NULL, completedAt = NULL, failedAt = NULL, lastError = NULL, progress = NULL, lockedBy = NULL, lockedUntil = NULL, lockToken = -ABS(lockToken), updatedAt = ?, liveKey = CASE WHEN uniqueWhile = 'live' THEN uniqueKey ELSE NULL END";

/** Plays inside a transaction. */
export function* retry(plan: Plan, id: string, now: Date): Work<RetryAnswer> {
  const { table } = plan;
  const [row] = (yield* ask(
    `SELECT id AS id, status AS status, uniqueKey AS uniquekey, uniqueWhile AS uniquewhile FROM ${table} WHERE id = ?`,
    [id],
  )).rows;
  if (row === undefined) return { type: "missing" };
  if (row.status !== "failed") return { type: "not-failed", status: String(row.status) as JobStatus }; // `as`: a row has one of these
  const holder = yield* holderOf(plan, row);
  if (holder !== undefined) return { type: "key-taken", uniqueKey: String(row.uniquekey), holder };
  const at = instantOf(plan, now);
  const { changes } = yield* ask(`UPDATE ${table} SET ${SET_PENDING} WHERE id = ? AND status = 'failed'`, [at, at, id]);
  return changes > 0 ? { type: "retried" } : { type: "missing" };
}

/** Plays inside a transaction. Oldest failure first; of two with one key the second then finds it held. */
export function* retryFailed(plan: Plan, request: Parameters<JobStore["retryFailed"]>[0]): Work<number> {
  const { table } = plan;
  const { queues, now } = request;
  const limit = request.limit ?? Number.MAX_SAFE_INTEGER;
  const keyless = yield* retryKeyless(plan, request);
  if (keyless !== null) return keyless;
  const sql = `SELECT id AS id, uniqueKey AS uniquekey, uniqueWhile AS uniquewhile FROM ${table} WHERE status = 'failed'${inQueues(queues)} ORDER BY failedAt, seq`;
  let count = 0;
  const at = instantOf(plan, now);
  for (const row of (yield* ask(sql, queues)).rows) {
    if (count >= limit) break;
    if ((yield* holderOf(plan, row)) !== undefined) continue;
    const id = String(row.id);
    count += (yield* ask(`UPDATE ${table} SET ${SET_PENDING} WHERE id = ? AND status = 'failed'`, [at, at, id]))
      .changes;
  }
  return count;
}

/** All in one statement, where no failed job has a key that could be taken; null where one has. */
function* retryKeyless(
  plan: Plan,
  { queues, limit, now }: Parameters<JobStore["retryFailed"]>[0],
): Work<number | null> {
  if (limit !== undefined) return null;
  const { table, dialect } = plan;
  const keyed = `SELECT id FROM ${table} WHERE status = 'failed' AND uniqueKey IS NOT NULL${inQueues(queues)} ${dialect.anyRows(1)}`;
  if ((yield* ask(keyed, queues)).rows.length > 0) return null;
  const at = instantOf(plan, now);
  const sql = `UPDATE ${table} SET ${SET_PENDING} WHERE status = 'failed' AND uniqueKey IS NULL${inQueues(queues)}`;
  return (yield* ask(sql, [at, at, ...(queues ?? [])])).changes;
}

function* holderOf({ table }: Plan, row: SqlRow): Work<string | undefined> {
  if (row.uniquekey === null || row.uniquewhile !== "live") return undefined;
  const [holder] = (yield* ask(`SELECT id AS id FROM ${table} WHERE liveKey = ?`, [String(row.uniquekey)])).rows;
  return holder === undefined ? undefined : String(holder.id);
}

/** One batch; ask again until it deletes none. */
export function* purgeBatch(plan: Plan, { statuses, before, queues }: Parameters<JobStore["purge"]>[0]): Work<number> {
  const { table, dialect } = plan;
  const conditions = statuses.map(
    (status) =>
      `(status = '${status === "failed" ? "failed" : "completed"}' AND ${status === "failed" ? "failedAt" : "completedAt"} < ?)`,
  );
  if (conditions.length === 0) return 0;
  const params: SqlValue[] = [...statuses.map(() => instantOf(plan, before)), ...(queues ?? [])];
  const sql = `SELECT seq AS seq FROM ${table} WHERE (${conditions.join(" OR ")})${inQueues(queues)} ${dialect.anyRows(PURGE_BATCH)}`;
  const { rows } = yield* ask(sql, params);
  if (rows.length === 0) return 0;
  const seqs = rows.map((row) => Number(row.seq));
  // The statuses are asked again: a failed job may have been made pending meanwhile.
  const ended = oneOf("status", statuses.length);
  return (yield* ask(`DELETE FROM ${table} WHERE seq IN (${places(seqs.length)}) AND ${ended}`, [...seqs, ...statuses]))
    .changes;
}

export function* remove({ table }: Plan, id: string): Work<"removed" | "missing" | JobStatus> {
  if ((yield* ask(`DELETE FROM ${table} WHERE id = ? AND status = 'pending'`, [id])).changes > 0) return "removed";
  const [row] = (yield* ask(`SELECT status AS status FROM ${table} WHERE id = ?`, [id])).rows;
  return row === undefined ? "missing" : (String(row.status) as JobStatus); // `as`: a row has one of these
}
