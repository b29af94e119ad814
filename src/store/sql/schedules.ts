// The table of schedules, `<table>_schedules`: made with the first schedule, for most apps have none.

import type { EnqueuedJob } from "../../job/record.ts";
import type { CatchUp, NewSchedule, ScheduleRecord, ScheduleStore, ScheduleTick } from "../schedule-store.ts";
import type { Dialect } from "./dialect.ts";
import { insert } from "./insert.ts";
import { instantOf, type Plan, places } from "./plan.ts";
import { ask, type SqlRow, type SqlValue, type Work } from "./step.ts";

export function schedulesTable(table: string): string {
  return `${table}_schedules`;
}

const COLUMNS = [
  "name",
  "schedule",
  "timezone",
  "jobClass",
  "queue",
  "data",
  "enabled",
  "description",
  "catchUp",
  "lastRun",
  "nextRun",
  "runCount",
  "createdAt",
  "updatedAt",
] as const;

/** The statement that makes the table. Times are kept as in the table of jobs. */
export function schedulesStatement({ columns, ifThere, tableOptions }: Dialect, table: string): string {
  const { text, longText, int, bigint, instant } = columns;
  const types: Readonly<Record<(typeof COLUMNS)[number], string>> = {
    name: `${text(255)} NOT NULL PRIMARY KEY`,
    schedule: `${text(500)} NOT NULL`,
    timezone: `${text(100)} NOT NULL`,
    jobClass: `${text(255)} NOT NULL`,
    queue: `${text(100)} NULL`,
    data: `${longText} NULL`,
    enabled: `${int} DEFAULT 1 NOT NULL`,
    description: `${longText} NULL`,
    catchUp: `${text(10)} DEFAULT 'one' NOT NULL`,
    lastRun: `${instant} NULL`,
    nextRun: `${instant} NULL`,
    runCount: `${bigint} DEFAULT 0 NOT NULL`,
    createdAt: `${instant} NOT NULL`,
    updatedAt: `${instant} NOT NULL`,
  };
  const lines = COLUMNS.map((name) => `  ${name} ${types[name]}`);
  return `CREATE TABLE ${ifThere.createTable}${schedulesTable(table)} (\n${lines.join(",\n")}\n)${tableOptions}`;
}

export function* setUpSchedules({ dialect, table }: Plan): Work<void> {
  try {
    yield* ask(schedulesStatement(dialect, table));
  } catch (error) {
    if (!dialect.isMadeMeanwhile(error)) throw error;
  }
}

/** Plays inside a transaction. */
export function* put(plan: Plan, schedules: readonly NewSchedule[], now: Date): Work<void> {
  const table = schedulesTable(plan.table);
  const at = instantOf(plan, now);
  for (const given of schedules) {
    const { name, schedule, timezone, jobClass, queue, data, enabled, description, catchUp } = given;
    const nextRun = given.nextRun === null ? null : instantOf(plan, given.nextRun);
    const place = [schedule, timezone, enabled ? 1 : 0, nextRun];
    const rest = [jobClass, queue, data, description, catchUp, at, name];
    // What decides stands before what it decides on is set: MySQL sets columns from left to right.
    const { changes } = yield* ask(
      `UPDATE ${table} SET nextRun = CASE WHEN schedule = ? AND timezone = ? AND (enabled = 1 OR ? = 0) THEN nextRun ELSE ${asInstant(plan)} END, schedule = ?, timezone = ?, enabled = ?, jobClass = ?, queue = ?, data = ?, description = ?, catchUp = ?, updatedAt = ? WHERE name = ?`,
      [...place, schedule, timezone, enabled ? 1 : 0, ...rest],
    );
    if (changes > 0 || (yield* ask(`SELECT name AS name FROM ${table} WHERE name = ?`, [name])).rows.length > 0)
      continue;
    yield* ask(`INSERT INTO ${table} (${COLUMNS.join(", ")}) VALUES (${places(COLUMNS.length)})`, [
      ...[name, schedule, timezone, jobClass, queue, data, enabled ? 1 : 0, description, catchUp],
      ...[null, nextRun, 0, at, at],
    ]);
  }
}

/** A parameter beside a column in a CASE: PostgreSQL has to be told its type. */
function asInstant({ dialect }: Plan): string {
  return dialect.name === "postgres" ? `CAST(? AS ${dialect.columns.instant})` : "?";
}

export function* list({ dialect, table }: Plan): Work<readonly ScheduleRecord[]> {
  const select = COLUMNS.map((name) => {
    const isInstant = name === "lastRun" || name === "nextRun";
    return `${isInstant ? dialect.readInstant(name) : name} AS ${name.toLowerCase()}`;
  });
  const { rows } = yield* ask(`SELECT ${select.join(", ")} FROM ${schedulesTable(table)}`);
  // Sorted here: each database has an order of its own.
  return rows.map(toRecord).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Plays inside a transaction: either the schedule moves on and its jobs are there, or neither. */
export function* tick(
  plan: Plan,
  { name, due, nextRun, lastRun, jobs }: ScheduleTick,
  at: Parameters<ScheduleStore["tick"]>[1],
): Work<readonly EnqueuedJob[] | null> {
  const instants = (date: Date | null): SqlValue => (date === null ? null : instantOf(plan, date));
  const ran = jobs.length > 0 ? ", lastRun = ?" : "";
  const { changes } = yield* ask(
    `UPDATE ${schedulesTable(plan.table)} SET nextRun = ?, runCount = runCount + ?, updatedAt = ?${ran} WHERE name = ? AND nextRun = ? AND enabled = 1`,
    [
      instants(nextRun),
      jobs.length,
      instantOf(plan, at.now),
      ...(jobs.length > 0 ? [instants(lastRun)] : []),
      name,
      instantOf(plan, due),
    ],
  );
  if (changes === 0) return null;
  return jobs.length === 0 ? [] : yield* insert(plan, jobs, at);
}

export function* remove({ table }: Plan, name: string): Work<boolean> {
  return (yield* ask(`DELETE FROM ${schedulesTable(table)} WHERE name = ?`, [name])).changes > 0;
}

function toRecord(row: SqlRow): ScheduleRecord {
  return {
    name: String(row.name),
    schedule: String(row.schedule),
    timezone: String(row.timezone),
    jobClass: String(row.jobclass),
    queue: textOrNull(row.queue),
    data: textOrNull(row.data) ?? "{}",
    enabled: Number(row.enabled) !== 0,
    description: textOrNull(row.description),
    catchUp: String(row.catchup) as CatchUp, // `as`: what else it says is taken for "one"
    lastRun: dateOrNull(row.lastrun),
    nextRun: dateOrNull(row.nextrun),
    runCount: Number(row.runcount),
  };
}

function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

function dateOrNull(value: unknown): Date | null {
  return value === null || value === undefined ? null : new Date(Number(value));
}
