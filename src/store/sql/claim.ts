// Handing due jobs to one worker, in one atomic step each (R11, R12). Four ways, one result.

import type { Claim } from "../../job/record.ts";
import { compareClaimOrder } from "../claim-order.ts";
import type { ClaimRequest, DueRequest } from "../job-store.ts";
import { dueAtLevel, type Level, nextLevels } from "./levels.ts";
import { growth, instantOf, kept, oneOf, type Plan, places } from "./plan.ts";
import { ask, type SqlRow, type SqlValue, type Work } from "./step.ts";
import { rowsOfJson, selectJson, selectList, toClaim } from "./table.ts";

/** What a claim writes: the line "claim" of docs/semantics.md. Its parameters: `claimParams`. */
const SET =
  "status = 'processing', attempts = attempts + 1, startedAt = ?, updatedAt = ?, lockedBy = ?, lockedUntil = ?, lockToken = ABS(lockToken) + 1, progress = NULL, liveKey = CASE WHEN uniqueWhile = 'pending' THEN NULL ELSE liveKey END";

/** So many claims walk at once after one that had to. */
const WALKS = 50;

function claimParams(plan: Plan, { now, workerId, leaseMs }: ClaimRequest): SqlValue[] {
  const until = plan.dialect.instant(now.getTime() + leaseMs);
  return [instantOf(plan, now), instantOf(plan, now), workerId, until];
}

/** Whether the claim needs a transaction around it. */
export function claimNeedsTransaction(plan: Plan): boolean {
  return plan.dialect.claim === "lock-then-update";
}

export function* claim(plan: Plan, asked: ClaimRequest): Work<readonly Claim[]> {
  const request =
    asked.queues === undefined || asked.queues.length < 2 ? asked : { ...asked, queues: distinct(asked.queues) };
  if (request.limit <= 0 || request.queues?.length === 0) return [];
  const rows = request.id === undefined ? yield* claimDue(plan, request) : yield* claimById(plan, request, request.id);
  const same = written(request);
  const claims = rows.map((row) => toClaim(row, same));
  for (const { seq } of claims) if (seq > plan.highestSeq) plan.highestSeq = seq;
  return claims.length < 2 ? claims : claims.sort(byClaimOrder);
}

function* claimDue(plan: Plan, request: ClaimRequest): Work<readonly SqlRow[]> {
  if (plan.dialect.claim === "skip-locked") return yield* claimSkippingLocked(plan, request);
  const claimed: SqlRow[] = [];
  let below: number | null = null;
  if (plan.dialect.claim === "update-returning" && (request.queues?.length ?? 1) === 1) {
    claimed.push(...(yield* claimFirst(plan, request)));
    const [first] = claimed;
    if (claimed.length >= request.limit || first === undefined) return claimed;
    below = Number(first.priority);
  }
  while (claimed.length < request.limit) {
    const levels: readonly Level[] = yield* nextLevels(plan, request.queues, below);
    const [level] = levels;
    if (level === undefined) break;
    claimed.push(...(yield* claimLevels(plan, request, levels, request.limit - claimed.length)));
    below = level.priority;
  }
  return claimed;
}

/** Mostly the highest priority has enough that is due, and one statement does. Where it waits for tomorrow, another does. */
function* claimFirst(plan: Plan, request: ClaimRequest): Work<readonly SqlRow[]> {
  if (plan.walksFirst > 0) {
    plan.walksFirst--;
    return yield* claimHighest(plan, request, "of those due");
  }
  const rows = yield* claimHighest(plan, request, "of all");
  if (rows.length > 0) return rows;
  const others = yield* claimHighest(plan, request, "of those due");
  if (others.length > 0) plan.walksFirst = WALKS;
  return others;
}

/** The jobs due at the highest priority there is, or at the highest at which one is due, found by a walk down the index. */
function* claimHighest(plan: Plan, request: ClaimRequest, highest: "of all" | "of those due"): Work<readonly SqlRow[]> {
  const { table, dialect, claimedColumns } = plan;
  const { queues, limit } = request;
  const now = instantOf(plan, request.now);
  const sql = kept(plan, `claim ${limit} ${queues === undefined ? "" : "in queue"} ${highest}`, () => {
    const pending = `FROM ${table} WHERE status = 'pending'${queues === undefined ? "" : " AND queue = ?"}`;
    const first = (lower: string): string =>
      `SELECT priority ${pending}${lower} ORDER BY priority DESC ${dialect.limit(1)}`;
    const level =
      highest === "of all"
        ? first("")
        : `WITH RECURSIVE levels(level) AS (SELECT (${first("")}) UNION ALL SELECT (${first(" AND priority < level")}) FROM levels WHERE level IS NOT NULL) SELECT level FROM levels WHERE EXISTS (SELECT 1 ${pending} AND priority = level AND runAt <= ?) ${dialect.limit(1)}`;
    const picked = `SELECT seq ${pending} AND priority = (${level}) AND runAt <= ? ORDER BY runAt, seq ${dialect.limit(limit)}`;
    return `UPDATE ${table} SET ${SET} WHERE seq IN (${picked}) RETURNING ${claimedColumns}`;
  });
  const queue = queues ?? [];
  const where = highest === "of all" ? [...queue, ...queue] : [...queue, ...queue, ...queue, ...queue, now];
  return (yield* ask(sql, [...claimParams(plan, request), ...where, now])).rows;
}

function* claimLevels(
  plan: Plan,
  request: ClaimRequest,
  levels: readonly Level[],
  limit: number,
): Work<readonly SqlRow[]> {
  const params = levels.flatMap(({ queue, priority }) => [
    ...(queue === null ? [] : [queue]),
    priority,
    instantOf(plan, request.now),
  ]);
  if (plan.dialect.claim === "update-returning") {
    const picked = dueAtLevel(plan, levels, levels.length === 1 ? "seq" : "seq, runAt AS runat", limit);
    const seqs = levels.length === 1 ? picked : `SELECT seq FROM (${picked}) picked`;
    const sql = `UPDATE ${plan.table} SET ${SET} WHERE seq IN (${seqs}) AND status = 'pending' RETURNING ${plan.claimedColumns}`;
    return (yield* ask(sql, [...claimParams(plan, request), ...params])).rows;
  }
  const locking = plan.dialect.claim === "lock-then-update" ? " FOR UPDATE SKIP LOCKED" : "";
  const claimed: SqlRow[] = [];
  // Databases lock single selects only, so each level is asked by itself; those locked in vain are let go at commit.
  const candidates: SqlRow[] = [];
  for (const level of levels) {
    const own = [...(level.queue === null ? [] : [level.queue]), level.priority, instantOf(plan, request.now)];
    candidates.push(...(yield* ask(dueAtLevel(plan, [level], plan.columns, limit, locking), own)).rows);
  }
  if (levels.length > 1) candidates.sort((a, b) => Number(a.runat) - Number(b.runat) || Number(a.seq) - Number(b.seq));
  if (plan.dialect.claim === "lock-then-update") return yield* updateLocked(plan, request, candidates.slice(0, limit));
  for (const candidate of candidates) {
    if (claimed.length >= limit) break;
    if (yield* updateAsRead(plan, request, candidate)) claimed.push(asClaimed(candidate));
  }
  return claimed;
}

/** The rows are locked, so they are as they were read. */
function* updateLocked(plan: Plan, request: ClaimRequest, rows: readonly SqlRow[]): Work<readonly SqlRow[]> {
  if (rows.length === 0) return [];
  const sql = `UPDATE ${plan.table} SET ${SET} WHERE seq IN (${places(rows.length)})`;
  yield* ask(sql, [...claimParams(plan, request), ...rows.map((row) => Number(row.seq))]);
  return rows.map(asClaimed);
}

/** The origin's way: the row is taken if nobody has touched it since. The token stands in for a version (quartz#107). */
function* updateAsRead(plan: Plan, request: ClaimRequest, row: SqlRow): Work<boolean> {
  const sql = `UPDATE ${plan.table} SET ${SET} WHERE seq = ? AND status = 'pending' AND lockToken = ? AND attempts = ? AND runAt <= ?`;
  const guard = [Number(row.seq), Number(row.locktoken), Number(row.attempts), instantOf(plan, request.now)];
  return (yield* ask(sql, [...claimParams(plan, request), ...guard])).changes === 1;
}

function* claimById(plan: Plan, request: ClaimRequest, id: string): Work<readonly SqlRow[]> {
  const { dialect, table, columns, claimedColumns } = plan;
  const now = instantOf(plan, request.now);
  const inQueue = request.queues === undefined ? "" : ` AND ${oneOf("queue", request.queues.length)}`;
  const where = `WHERE id = ? AND status = 'pending' AND runAt <= ?${inQueue}`;
  const params = [id, now, ...(request.queues ?? [])];
  if (dialect.claim === "update-returning" || dialect.claim === "skip-locked") {
    const sql = `UPDATE ${table} SET ${SET} ${where} RETURNING ${claimedColumns}`;
    return (yield* ask(sql, [...claimParams(plan, request), ...params])).rows;
  }
  const locking = dialect.claim === "lock-then-update" ? " FOR UPDATE SKIP LOCKED" : "";
  const { rows } = yield* ask(`SELECT ${columns} FROM ${table} ${where}${locking}`, params);
  if (dialect.claim === "lock-then-update") return yield* updateLocked(plan, request, rows);
  const [row] = rows;
  return row !== undefined && (yield* updateAsRead(plan, request, row)) ? [asClaimed(row)] : [];
}

/**
 * One statement. The levels are found by a recursive walk down the index, and are asked in turn until the limit is
 * reached. The picked rows are materialised: as a sub-select the database may run them twice and claim too many. They
 * are looked up as an array: joined, the planner may rather read the whole table.
 * Source: PostgreSQL manual, SELECT, "The Locking Clause"; wiki.postgresql.org/wiki/Loose_indexscan.
 */
function* claimSkippingLocked(plan: Plan, request: ClaimRequest): Work<readonly SqlRow[]> {
  const { queues, limit } = request;
  const name = `claim ${limit} in ${queues?.length ?? "all"} queues`;
  const sql = kept(plan, name, () => skippingLocked(plan, queues, limit));
  const params = [...(queues ?? []), instantOf(plan, request.now), ...claimParams(plan, request)];
  const { rows } = yield* ask(sql, params, growth(plan));
  return plan.dialect.rowsAsJson ? rowsOfJson(plan.dialect, "claimed", rows) : rows;
}

function skippingLocked({ table, dialect }: Plan, queues: readonly string[] | undefined, limit: number): string {
  const many = queues !== undefined && queues.length > 1;
  const inQueue = (alias: string): string => (queues === undefined ? "" : ` AND t.queue = ${alias}.queue`);
  const top = (alias: string, lower: string): string =>
    `(SELECT t.priority FROM ${table} t WHERE t.status = 'pending'${inQueue(alias)}${lower} ORDER BY t.priority DESC LIMIT 1)`;
  const start =
    queues === undefined ? "(SELECT 1) s" : `(VALUES ${queues.map(() => "(CAST(? AS VARCHAR))").join(", ")}) s(queue)`;
  const returning = dialect.rowsAsJson ? selectJson : selectList;
  const queueColumn = (alias: string): string => (queues === undefined ? "" : `${alias}.queue, `);
  return `WITH RECURSIVE levels AS (
  SELECT ${queueColumn("s")}${top("s", "")} AS priority FROM ${start}
  UNION ALL
  SELECT ${queueColumn("l")}${top("l", " AND t.priority < l.priority")} FROM levels l WHERE l.priority IS NOT NULL
), picked AS MATERIALIZED (
  SELECT due.seq FROM levels l CROSS JOIN LATERAL (
    SELECT t.seq, t.runAt FROM ${table} t
    WHERE t.status = 'pending'${inQueue("l")} AND t.priority = l.priority AND t.runAt <= ?
    ORDER BY t.runAt, t.seq LIMIT ${limit} FOR UPDATE SKIP LOCKED
  ) due WHERE l.priority IS NOT NULL${many ? " ORDER BY l.priority DESC, due.runAt, due.seq" : ""} LIMIT ${limit}
)
UPDATE ${table} j SET ${SET.replace("attempts + 1", "j.attempts + 1").replace("ABS(lockToken)", "ABS(j.lockToken)")}
WHERE j.seq = ANY (ARRAY(SELECT seq FROM picked)) RETURNING ${returning(dialect, "j.", "claimed")}`;
}

/** The row as the claim has left it, where the database does not say so itself. */
function asClaimed(row: SqlRow): SqlRow {
  return { ...row, attempts: Number(row.attempts) + 1, locktoken: Math.abs(Number(row.locktoken)) + 1 };
}

/** What a claim writes to all of its rows. */
function written({ now, workerId, leaseMs }: ClaimRequest): SqlRow {
  const at = now.getTime();
  return {
    status: "processing",
    startedat: at,
    updatedat: at,
    lockedby: workerId,
    lockeduntil: at + leaseMs,
    progress: null,
  };
}

/** The due jobs in claim order; changes nothing. */
export function* due(plan: Plan, { queues: asked, limit, now }: DueRequest, columns: string): Work<readonly SqlRow[]> {
  const queues = distinct(asked);
  const rows: SqlRow[] = [];
  let below: number | null = null;
  while (rows.length < limit && queues?.length !== 0) {
    const levels: readonly Level[] = yield* nextLevels(plan, queues, below);
    const [level] = levels;
    if (level === undefined) break;
    const found: SqlRow[] = [];
    for (const one of levels) {
      const params = [...(one.queue === null ? [] : [one.queue]), one.priority, instantOf(plan, now)];
      found.push(...(yield* ask(dueAtLevel(plan, [one], columns, limit - rows.length), params)).rows);
    }
    found.sort((a, b) => Number(a.runat) - Number(b.runat) || Number(a.seq) - Number(b.seq));
    rows.push(...found.slice(0, limit - rows.length));
    below = level.priority;
  }
  return rows;
}

function byClaimOrder(a: Claim, b: Claim): number {
  const key = ({ priority, runAt, seq }: Claim) => ({ priority, runAt: runAt.getTime(), seq });
  return compareClaimOrder(key(a), key(b));
}

/** A queue that is named twice is asked once. */
function distinct(queues: readonly string[] | undefined): readonly string[] | undefined {
  return queues === undefined ? undefined : [...new Set(queues)];
}
