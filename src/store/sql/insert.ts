// Storing new jobs, all or none, and answering those that are there already with their row (R7, R8, R10).

import { InvalidOptionError } from "../../job/errors.ts";
import type { EnqueuedJob, NewJob } from "../../job/record.ts";
import type { InsertAt } from "../job-store.ts";
import { areSame, arrayOf, type Piece } from "./per-row.ts";
import { instantOf, type Plan, places } from "./plan.ts";
import { ask, type SqlRow, type SqlValue, type Work } from "./step.ts";
import { toEnqueued, toRecord } from "./table.ts";

/** What an insert writes, in the order of `valuesOf`, with the types that arrays of it have. */
const TYPES: Readonly<Record<string, string>> = {
  id: "TEXT",
  jobClass: "TEXT",
  queue: "TEXT",
  data: "TEXT",
  priority: "BIGINT",
  status: "TEXT",
  attempts: "BIGINT",
  maxRetries: "BIGINT",
  runAt: "TIMESTAMP WITH TIME ZONE",
  createdAt: "TIMESTAMP WITH TIME ZONE",
  updatedAt: "TIMESTAMP WITH TIME ZONE",
  timeout: "DOUBLE PRECISION",
  uniqueKey: "TEXT",
  uniqueWhile: "TEXT",
  liveKey: "TEXT",
  carried: "TEXT",
};
const NAMES = Object.keys(TYPES);
const COLUMNS = NAMES.join(", ");
const WIDTH = NAMES.length;
/** Ids per statement: well under every database's limit of parameters. */
const BULK = 200;
/** Characters of data in one statement: MySQL refuses what is more than max_allowed_packet, 16 MB and more by default. */
const MOST_TEXT = 2_000_000;
/** How often a job is tried whose key or id others take and give up meanwhile. */
const TRIES = 100;

/**
 * Whether one statement is enough, so that no transaction is needed around it. For a list it is not: one whose made ids
 * clash is stored in part, taken out and stored anew, and whoever breaks off in between must leave nothing (R10).
 */
export function isOneStatement(jobs: readonly NewJob[], plan: Plan): boolean {
  return jobs.length === 1 && plan.dialect.passOverDuplicates !== null;
}

/** Plays inside a transaction, unless `isOneStatement`. */
export function* insert(plan: Plan, jobs: readonly NewJob[], at: InsertAt): Work<readonly EnqueuedJob[]> {
  if (jobs.length > 1 && jobs.every(isPlain)) {
    const stored = yield* insertBulk(plan, jobs, at);
    if (stored !== null) return stored;
  }
  const stored: EnqueuedJob[] = [];
  for (const job of jobs) stored.push(yield* insertOne(plan, job, at));
  return stored;
}

/** Whether nothing can be there already but an id that was made twice. */
function isPlain(job: NewJob): boolean {
  return !job.idGiven && job.uniqueKey === null;
}

/** Null when an id was made twice: nothing is then stored, and the jobs are to be stored one by one. */
function* insertBulk(plan: Plan, jobs: readonly NewJob[], at: InsertAt): Work<EnqueuedJob[] | null> {
  const { dialect, table } = plan;
  const stored: EnqueuedJob[] = [];
  for (const some of portions(jobs, dialect.rowsPerInsert)) {
    const values = some.map((job) => valuesOf(plan, job, job.id, at));
    const { sql, params } = dialect.many === "arrays" ? inArrays(values) : inLists(values);
    const ending = dialect.returning ? ` ${dialect.passOverDuplicates} RETURNING id AS id, seq AS seq` : "";
    let rows: readonly SqlRow[];
    try {
      ({ rows } = yield* ask(`INSERT INTO ${table} (${COLUMNS}) ${sql}${ending}`, params));
    } catch (error) {
      if (!dialect.isDuplicate(error)) throw error;
      yield* removeAll(
        plan,
        stored.map(({ id }) => id),
      );
      return null;
    }
    if (!dialect.returning)
      rows = yield* numbersOf(
        plan,
        some.map(({ id }) => id),
      );
    if (rows.length < some.length) {
      yield* removeAll(
        plan,
        [...stored, ...rows.map((row) => ({ id: String(row.id) }))].map(({ id }) => id),
      );
      return null;
    }
    const seqs = new Map(rows.map((row) => [String(row.id), Number(row.seq)]));
    for (const job of some) stored.push(toEnqueued(job, job.id, seqs.get(job.id) ?? 0, at.now));
  }
  return stored;
}

/** Jobs for a statement each: so many at the most, and not more text than a server takes at once. */
function* portions(jobs: readonly NewJob[], most: number): Generator<readonly NewJob[]> {
  let first = 0;
  let length = 0;
  for (const [index, { data }] of jobs.entries()) {
    if (index > first && (index - first >= most || length + data.length > MOST_TEXT)) {
      yield jobs.slice(first, index);
      first = index;
      length = 0;
    }
    length += data.length;
  }
  yield jobs.slice(first);
}

/** A row of parameters for each job. */
function inLists(rows: readonly (readonly SqlValue[])[]): Piece {
  const values = new Array<string>(rows.length).fill(`(${places(WIDTH)})`).join(", ");
  return { sql: `VALUES ${values}`, params: rows.flat() };
}

/** A parameter for each column: a value that all jobs share, or an array of theirs. */
function inArrays(rows: readonly (readonly SqlValue[])[]): Piece {
  const columns = NAMES.map((name, nth) => ({ name, type: TYPES[name], values: rows.map((row) => row[nth] ?? null) }));
  const differing = columns.filter(({ name, values }) => name === "id" || !areSame(values));
  const shared = columns.filter((column) => !differing.includes(column));
  const selected = columns.map((column) =>
    differing.includes(column) ? `a.${column.name}` : `CAST(? AS ${column.type})`,
  );
  const arrays = differing.map(({ type }) => `CAST(? AS ${type}[])`);
  const sql = `SELECT ${selected.join(", ")} FROM unnest(${arrays.join(", ")}) AS a(${differing.map(({ name }) => name).join(", ")})`;
  return {
    sql,
    params: [...shared.map(({ values }) => values[0] ?? null), ...differing.map(({ values }) => arrayOf(values))],
  };
}

function* numbersOf({ table }: Plan, ids: readonly string[]): Work<readonly SqlRow[]> {
  return (yield* ask(`SELECT id AS id, seq AS seq FROM ${table} WHERE id IN (${places(ids.length)})`, ids)).rows;
}

function* removeAll({ table }: Plan, ids: readonly string[]): Work<void> {
  for (let first = 0; first < ids.length; first += BULK) {
    const some = ids.slice(first, first + BULK);
    yield* ask(`DELETE FROM ${table} WHERE id IN (${places(some.length)})`, some);
  }
}

function* insertOne(plan: Plan, job: NewJob, at: InsertAt): Work<EnqueuedJob> {
  let { id } = job;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const seq = yield* tryInsert(plan, job, id, at);
    if (seq !== null) return toEnqueued(job, id, seq, at.now);
    const twin = yield* twinOf(plan, job);
    if (twin !== undefined) return { ...toRecord(twin), deduplicated: true };
    // Either a made id exists, or the key's holder has gone since.
    if (!job.idGiven && at.newId !== undefined && (yield* exists(plan, id))) id = at.newId();
  }
  throw new InvalidOptionError(
    "The id or unique key of a new job",
    job.uniqueKey ?? id,
    "one that is either taken or free, and not changing all the time",
  );
}

/** The new row's number, or null where a row of its id or unique key is in the way. */
function* tryInsert(plan: Plan, job: NewJob, id: string, at: InsertAt): Work<number | null> {
  const { dialect, table } = plan;
  const plain = `INSERT INTO ${table} (${COLUMNS}) VALUES (${places(WIDTH)})`;
  const params = valuesOf(plan, job, id, at);
  if (dialect.passOverDuplicates !== null) {
    const { rows } = yield* ask(`${plain} ${dialect.passOverDuplicates} RETURNING seq AS seq`, params);
    return rows[0] === undefined ? null : Number(rows[0].seq);
  }
  try {
    const { lastSeq } = yield* ask(plain, params);
    if (lastSeq !== undefined) return lastSeq;
  } catch (error) {
    if (dialect.isDuplicate(error)) return null;
    throw error;
  }
  return Number((yield* numbersOf(plan, [id]))[0]?.seq);
}

/** The row that makes storing the job needless: the one of its given id, or the live holder of its key. */
function* twinOf({ table, columns }: Plan, job: NewJob): Work<SqlRow | undefined> {
  if (job.idGiven) {
    const { rows } = yield* ask(`SELECT ${columns} FROM ${table} WHERE id = ?`, [job.id]);
    if (rows[0] !== undefined) return rows[0];
  }
  if (job.uniqueKey === null) return undefined;
  return (yield* ask(`SELECT ${columns} FROM ${table} WHERE liveKey = ?`, [job.uniqueKey])).rows[0];
}

function* exists({ table }: Plan, id: string): Work<boolean> {
  return (yield* ask(`SELECT id FROM ${table} WHERE id = ?`, [id])).rows.length > 0;
}

function valuesOf(plan: Plan, job: NewJob, id: string, at: InsertAt): SqlValue[] {
  const now = instantOf(plan, at.now);
  return [
    id,
    job.jobClass,
    job.queue,
    job.data,
    job.priority,
    "pending",
    0,
    job.maxRetries,
    instantOf(plan, job.runAt),
    now,
    now,
    job.timeout,
    job.uniqueKey,
    job.uniqueWhile,
    job.uniqueKey,
    job.carried,
  ];
}
