// The wheels_jobs table (R37): its columns, what a row says, and its text.

import { decodeData, type JsonValue } from "../../job/data.ts";
import { InvalidOptionError } from "../../job/errors.ts";
import type { Claim, EnqueuedJob, JobProgress, JobRecord, JobStatus, NewJob } from "../../job/record.ts";
import type { Dialect } from "./dialect.ts";
import type { SqlRow } from "./step.ts";

export const DEFAULT_TABLE = "wheels_jobs";
const TABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,47}(\.[A-Za-z_][A-Za-z0-9_]{0,47})?$/;
/** R1's, for a row that was inserted without. */
const DEFAULT_TIMEOUT = 300;

/** A name that can stand in a statement unquoted. Throws: InvalidOptionError. */
export function tableName(name: string): string {
  if (TABLE_NAME.test(name)) return name;
  throw new InvalidOptionError(
    "table",
    name,
    "letters, digits and underscores, 48 at the most, with a schema in front if need be",
  );
}

interface Column {
  readonly name: string;
  readonly type: (dialect: Dialect) => string;
  readonly rest: string;
}

const text = (name: string, length: number, rest: string): Column => ({
  name,
  type: (d) => d.columns.text(length),
  rest,
});
const instant = (name: string, rest = "NULL"): Column => ({ name, type: (d) => d.columns.instant, rest });
const int = (name: string, rest: string): Column => ({ name, type: (d) => d.columns.int, rest });
const longText = (name: string): Column => ({ name, type: (d) => d.columns.longText, rest: "NULL" });

/** All but `seq`. Those of the origin first; what we add is nullable or has a default, so the origin's alone make a job. */
export const COLUMNS: readonly Column[] = [
  text("id", 36, "NOT NULL"),
  text("jobClass", 255, "NOT NULL"),
  text("queue", 100, "DEFAULT 'default' NOT NULL"),
  longText("data"),
  int("priority", "DEFAULT 0 NOT NULL"),
  text("status", 20, "DEFAULT 'pending' NOT NULL"),
  int("attempts", "DEFAULT 0 NOT NULL"),
  int("maxRetries", "DEFAULT 3 NOT NULL"),
  longText("lastError"),
  instant("runAt", "NOT NULL"),
  instant("completedAt"),
  instant("failedAt"),
  instant("createdAt", "NOT NULL"),
  instant("updatedAt", "NOT NULL"),
  instant("startedAt"),
  { name: "timeout", type: (d) => d.columns.seconds, rest: "NULL" },
  text("lockedBy", 255, "NULL"),
  instant("lockedUntil"),
  { name: "lockToken", type: (d) => d.columns.bigint, rest: "DEFAULT 0 NOT NULL" },
  text("uniqueKey", 255, "NULL"),
  text("uniqueWhile", 7, "DEFAULT 'live' NOT NULL"),
  // The unique key while it is held; null when it was given up. Unique, and nulls are many: that is the lock.
  text("liveKey", 255, "NULL"),
  longText("progress"),
  longText("carried"),
];

const INSTANTS = new Set(["runAt", "completedAt", "failedAt", "createdAt", "updatedAt", "startedAt", "lockedUntil"]);

/** What a claim has just written, so that it need not be read back. */
const CLAIMED = new Set(["status", "startedAt", "updatedAt", "lockedBy", "lockedUntil", "progress"]);
/** What no record shows. */
const HIDDEN = new Set(["liveKey", "uniqueWhile"]);

/**
 * A select list of rows: lower-case names, instants as milliseconds. `alias`: the table's, with a dot. `claimed`: what a
 * claim has just written is left out.
 */
export function selectList(dialect: Dialect, alias = "", what: "all" | "claimed" = "all"): string {
  return selected(dialect, alias, what)
    .map(({ name, sql }) => `${sql} AS ${name}`)
    .join(", ");
}

/** The same as one text, a JSON list. `rowsOfJson` reads it. */
export function selectJson(dialect: Dialect, alias: string, what: "all" | "claimed"): string {
  const list = selected(dialect, alias, what).map(({ sql }) => sql);
  return `CAST(json_build_array(${list.join(", ")}) AS VARCHAR) AS row`;
}

/** Reads the rows of `selectJson`. */
export function rowsOfJson(dialect: Dialect, what: "all" | "claimed", rows: readonly SqlRow[]): readonly SqlRow[] {
  const names = selected(dialect, "", what).map(({ name }) => name);
  return rows.map(({ row }) => {
    const values = JSON.parse(String(row)) as readonly unknown[]; // `as`: a list, made by json_build_array
    const read: Record<string, unknown> = {};
    for (const [index, name] of names.entries()) read[name] = values[index];
    return read;
  });
}

function selected(dialect: Dialect, alias: string, what: "all" | "claimed") {
  const shown = COLUMNS.filter(({ name }) => !HIDDEN.has(name) && (what === "all" || !CLAIMED.has(name)));
  const columns = shown.map(({ name }) => {
    const column = `${alias}${name}`;
    return { name: name.toLowerCase(), sql: INSTANTS.has(name) ? dialect.readInstant(column) : column };
  });
  return [{ name: "seq", sql: `${alias}seq` }, ...columns];
}

/**
 * A record from a row. Numbers may come as text or BigInt, whatever the driver was told. `claimed`: what a claim has just
 * written and the row leaves out.
 */
export function toRecord(row: SqlRow, claimed: SqlRow = row): JobRecord {
  const { data, broken } = decodeData(row.data === null ? "{}" : String(row.data));
  const status = String(claimed.status) as JobStatus; // `as`: what else it says is shown as it is
  const record = {
    id: String(row.id),
    seq: Number(row.seq),
    jobClass: String(row.jobclass),
    queue: String(row.queue),
    data,
    priority: Number(row.priority),
    status,
    attempts: Number(row.attempts),
    maxRetries: Number(row.maxretries),
    lastError: textOrNull(row.lasterror),
    runAt: new Date(Number(row.runat)),
    createdAt: new Date(Number(row.createdat)),
    updatedAt: new Date(Number(claimed.updatedat)),
    startedAt: dateOrNull(claimed.startedat),
    completedAt: dateOrNull(row.completedat),
    failedAt: dateOrNull(row.failedat),
    timeout: row.timeout === null ? DEFAULT_TIMEOUT : Number(row.timeout),
    lockedBy: textOrNull(claimed.lockedby),
    lockedUntil: dateOrNull(claimed.lockeduntil),
    uniqueKey: textOrNull(row.uniquekey),
    progress: jsonOrNull(claimed.progress) as JobProgress | null, // `as`: written by `extend`
    carried: jsonOrNull(row.carried) as JsonValue, // `as`: written by `insert`
  };
  return broken === undefined ? record : { ...record, brokenData: broken };
}

export function toClaim(row: SqlRow, claimed: SqlRow = row): Claim {
  return Object.assign(toRecord(row, claimed), { token: tokenOf(Number(row.seq), Number(row.locktoken)) });
}

/** What an enqueue answers of a job it has just stored: nothing needs to be read back but its number. */
export function toEnqueued(job: NewJob, id: string, seq: number, now: Date): EnqueuedJob {
  const { data, broken } = decodeData(job.data);
  const enqueued: EnqueuedJob = {
    id,
    seq,
    jobClass: job.jobClass,
    queue: job.queue,
    data,
    priority: job.priority,
    status: "pending",
    attempts: 0,
    maxRetries: job.maxRetries,
    lastError: null,
    runAt: new Date(job.runAt.getTime()),
    createdAt: new Date(now.getTime()),
    updatedAt: new Date(now.getTime()),
    startedAt: null,
    completedAt: null,
    failedAt: null,
    timeout: job.timeout,
    lockedBy: null,
    lockedUntil: null,
    uniqueKey: job.uniqueKey,
    progress: null,
    carried: job.carried === null ? null : (JSON.parse(job.carried) as JsonValue), // `as`: the engine wrote it
    deduplicated: false,
  };
  return broken === undefined ? enqueued : { ...enqueued, brokenData: broken };
}

/** A token names the row and the claim: the same number is never given twice, even to another row of the same id. */
export function tokenOf(seq: number, lockToken: number): string {
  return `${seq}:${lockToken}`;
}

/** The claim's part of a token, or null where it is none of this row's. */
export function lockTokenOf(token: string, seq: number): number | null {
  const [of, number] = token.split(":");
  // 0 is that of a row which nobody but a worker of the origin's has claimed (R25).
  return of === String(seq) && number !== undefined && /^\d+$/.test(number) ? Number(number) : null;
}

function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

function dateOrNull(value: unknown): Date | null {
  return value === null || value === undefined ? null : new Date(Number(value));
}

function jsonOrNull(value: unknown): unknown {
  if (value === null || value === undefined) return null;
  try {
    return JSON.parse(String(value));
  } catch {
    return null; // Spoilt by hand; the job can still run.
  }
}
