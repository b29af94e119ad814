// Reading: one job, a listing, counts, what expired, what comes next. Changes nothing.

import type { Claim, JobRecord, JobStatus } from "../../job/record.ts";
import type { Activity, ActivityRequest, JobFilter, StatusCounts } from "../job-store.ts";
import { type Level, nextLevels } from "./levels.ts";
import { inQueues, instantOf, oneOf, type Plan } from "./plan.ts";
import { ask, type SqlRow, type SqlValue, type Work } from "./step.ts";
import { toClaim, toRecord } from "./table.ts";

const LIST_LIMIT = 50;

export function* get({ table, columns }: Plan, id: string): Work<JobRecord | null> {
  const [row] = (yield* ask(`SELECT ${columns} FROM ${table} WHERE id = ?`, [id])).rows;
  return row === undefined ? null : toRecord(row);
}

export function* list({ table, columns, dialect }: Plan, filter: JobFilter): Work<readonly JobRecord[]> {
  const limit = filter.limit ?? LIST_LIMIT;
  if (limit <= 0) return [];
  const conditions: string[] = [];
  const params: SqlValue[] = [];
  const wanted = { status: filter.status, queue: filter.queue, jobClass: filter.jobClass, uniqueKey: filter.uniqueKey };
  for (const [column, value] of Object.entries(wanted)) {
    if (value === undefined) continue;
    const values = typeof value === "string" ? [value] : value;
    conditions.push(oneOf(column, values.length));
    params.push(...values);
  }
  if (filter.beforeSeq !== undefined) {
    conditions.push("seq < ?");
    params.push(filter.beforeSeq);
  }
  const where = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
  const { rows } = yield* ask(
    `SELECT ${columns} FROM ${table}${where} ORDER BY seq DESC ${dialect.limit(limit)}`,
    params,
  );
  return rows.map((row) => toRecord(row));
}

export function* stats(
  { table }: Plan,
  queues: readonly string[] | undefined,
): Work<ReadonlyMap<string, StatusCounts>> {
  const sql = `SELECT queue AS queue, status AS status, count(*) AS jobs FROM ${table} WHERE 1 = 1${inQueues(queues)} GROUP BY queue, status`;
  const counts = new Map<string, { -readonly [Status in JobStatus]: number }>();
  for (const row of (yield* ask(sql, queues)).rows) {
    const queue = String(row.queue);
    const own = counts.get(queue) ?? { pending: 0, processing: 0, completed: 0, failed: 0 };
    counts.set(queue, own);
    const status = String(row.status);
    if (status in own) own[status as JobStatus] += Number(row.jobs); // `as`: it is one of its keys
  }
  return counts;
}

/** The earliest pending runAt: the first of each level, for no index holds them all in order. */
export function* nextRunAt(plan: Plan, queues: readonly string[] | undefined): Work<Date | null> {
  const { table, dialect } = plan;
  let earliest: number | null = null;
  for (const queue of queues ?? [null]) {
    let below: number | null = null;
    for (;;) {
      const [level]: readonly Level[] = yield* nextLevels(plan, queue === null ? undefined : [queue], below);
      if (level === undefined) break;
      const inQueue = queue === null ? "" : " AND queue = ?";
      const sql = `SELECT ${dialect.readInstant("runAt")} AS runat FROM ${table} t WHERE status = 'pending'${inQueue} AND priority = ? ORDER BY t.runAt, t.seq ${dialect.limit(1)}`;
      const [row] = (yield* ask(sql, [...(queue === null ? [] : [queue]), level.priority])).rows;
      const runAt = row === undefined ? null : Number(row.runat);
      if (runAt !== null && (earliest === null || runAt < earliest)) earliest = runAt;
      below = level.priority;
    }
  }
  return earliest === null ? null : new Date(earliest);
}

/** When the claim of the origin's own worker is over, which has no lease: updatedAt + its timeout (R25). Of the table `t`. */
function originsEnd({ dialect }: Plan): string {
  return dialect.plusSeconds("t.updatedAt", "COALESCE(t.timeout, 300)");
}

/** Leases by the index that is in their order; claims without one, the origin's own, by themselves: they are few. */
export function* expired(
  plan: Plan,
  request: { readonly now: Date; readonly limit: number; readonly after?: Claim | undefined },
): Work<readonly Claim[]> {
  const { after, limit } = request;
  if (limit <= 0) return [];
  const page = (end: string, isLease: string): { readonly sql: string; readonly params: SqlValue[] } => {
    const until = after === undefined ? null : plan.dialect.instant(leaseEndOf(after));
    const next = until === null ? "" : ` AND ${end} >= ? AND (${end} > ? OR seq > ?)`;
    const sql = `SELECT ${plan.columns} FROM ${plan.table} t WHERE status = 'processing' AND ${isLease} AND ${end} <= ?${next} ORDER BY ${end}, t.seq ${plan.dialect.limit(limit)}`;
    const params = [instantOf(plan, request.now), ...(until === null ? [] : [until, until, after?.seq ?? 0])];
    return { sql, params };
  };
  const leases = page("t.lockedUntil", "lockedUntil IS NOT NULL");
  const origins = page(originsEnd(plan), "lockedUntil IS NULL");
  const claims = (yield* ask(leases.sql, leases.params)).rows.map((row) => toClaim(row));
  const others = (yield* ask(origins.sql, origins.params)).rows.map((row) => toClaim(row));
  if (others.length === 0) return claims;
  return [...claims, ...others].sort((a, b) => leaseEndOf(a) - leaseEndOf(b) || a.seq - b.seq).slice(0, limit);
}

function leaseEndOf(claim: Claim): number {
  return claim.lockedUntil?.getTime() ?? claim.updatedAt.getTime() + claim.timeout * 1000;
}

export function* nextLeaseEndAt(plan: Plan): Work<Date | null> {
  const { table, dialect } = plan;
  const held = `FROM ${table} t WHERE status = 'processing' AND lockedUntil`;
  const lease = `SELECT ${dialect.readInstant("lockedUntil")} AS leaseend ${held} IS NOT NULL ORDER BY lockedUntil ${dialect.limit(1)}`;
  const origins = `SELECT ${dialect.readInstant(`MIN(${originsEnd(plan)})`)} AS leaseend ${held} IS NULL`;
  const ends: number[] = [];
  for (const sql of [lease, origins]) {
    const end = (yield* ask(sql)).rows[0]?.leaseend;
    if (end !== null && end !== undefined) ends.push(Number(end));
  }
  return ends.length === 0 ? null : new Date(Math.min(...ends));
}

export function* activity(plan: Plan, { queues, since, recent }: ActivityRequest): Work<Activity> {
  const { table, columns, dialect } = plan;
  const from = instantOf(plan, since);
  const filter = queues ?? [];
  const duration = `${dialect.readInstant("completedAt")} - ${dialect.readInstant("startedAt")}`;
  const completedSql = `SELECT count(*) AS jobs, sum(${duration}) AS total, count(${duration}) AS timed FROM ${table} WHERE status = 'completed' AND completedAt >= ?${inQueues(queues)}`;
  const completed = (yield* ask(completedSql, [from, ...filter])).rows[0];
  const failedSql = `SELECT count(*) AS jobs FROM ${table} WHERE status = 'failed' AND failedAt >= ?${inQueues(queues)}`;
  const failed = (yield* ask(failedSql, [from, ...filter])).rows[0];
  const ended = `CASE WHEN t.status = 'completed' THEN t.completedAt ELSE t.failedAt END`;
  const recentSql = `SELECT ${columns} FROM ${table} t WHERE status IN ('completed', 'failed') AND ${ended} >= ?${inQueues(queues)} ORDER BY ${ended} DESC, t.seq DESC ${dialect.limit(Math.max(recent, 0))}`;
  const latest: readonly SqlRow[] = recent > 0 ? (yield* ask(recentSql, [from, ...filter])).rows : [];
  // Not by AVG, which MariaDB rounds. A job of the origin's may have ended without having started.
  const timed = Number(completed?.timed ?? 0);
  return {
    completed: Number(completed?.jobs ?? 0),
    failed: Number(failed?.jobs ?? 0),
    meanDurationMs: timed === 0 ? null : Number(completed?.total) / timed,
    oldestPendingAt: yield* nextRunAt(plan, queues),
    recent: latest.map((row) => toRecord(row)),
  };
}
