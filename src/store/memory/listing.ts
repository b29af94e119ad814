// The store's answers to those who look after the queue: listings, activity, which rows to purge or to retry.

import type { JobRecord, JobStatus } from "../../job/record.ts";
import type { Activity, ActivityRequest, JobFilter } from "../job-store.ts";
import type { JobTable } from "./job-table.ts";
import { type Row, toRecord } from "./row.ts";
import type { SeqList } from "./seq-list.ts";

const LIST_LIMIT = 50;

export function list(rows: SeqList, filter: JobFilter): JobRecord[] {
  const limit = filter.limit ?? LIST_LIMIT;
  const fits = fitting(filter);
  const found: JobRecord[] = [];
  if (limit <= 0) return found;
  for (const row of rows.newestFirst(filter.beforeSeq ?? Number.POSITIVE_INFINITY)) {
    if (!fits(row)) continue;
    found.push(toRecord(row));
    if (found.length >= limit) break;
  }
  return found;
}

function fitting(filter: JobFilter): (row: Row) => boolean {
  const status = oneOf(filter.status);
  const queue = oneOf(filter.queue);
  const jobClass = oneOf(filter.jobClass);
  const { uniqueKey } = filter;
  return (row) =>
    status(row.status) &&
    queue(row.queue) &&
    jobClass(row.jobClass) &&
    (uniqueKey === undefined || row.uniqueKey === uniqueKey);
}

/** Left out, a condition holds for all; an empty list holds for none. */
function oneOf(wanted: string | readonly string[] | undefined): (value: string) => boolean {
  if (wanted === undefined) return () => true;
  const set = new Set(typeof wanted === "string" ? [wanted] : wanted);
  return (value) => set.has(value);
}

export function activity(table: JobTable, { queues, since, recent }: ActivityRequest): Activity {
  const ended = endedRows(table.bySeq, ["completed", "failed"], queues, (endedAt) => endedAt >= since.getTime());
  const completed = ended.filter((row) => row.status === "completed");
  const oldest = table.queues.earliestRunAt(queues);
  return {
    completed: completed.length,
    failed: ended.length - completed.length,
    meanDurationMs: completed.length === 0 ? null : sum(completed.map(durationMs)) / completed.length,
    oldestPendingAt: oldest === null ? null : new Date(oldest),
    recent: ended.sort(latestEndFirst).slice(0, Math.max(recent, 0)).map(toRecord),
  };
}

/** Rows to purge. */
export function endedBefore(
  rows: SeqList,
  statuses: readonly JobStatus[],
  queues: readonly string[] | undefined,
  before: Date,
): readonly Row[] {
  return endedRows(rows, statuses, queues, (endedAt) => endedAt < before.getTime());
}

/** Rows to retry: the oldest failure first; of one instant the lower seq, in whose order they come and are left. */
export function failedRows(rows: SeqList, queues: readonly string[] | undefined): readonly Row[] {
  return endedRows(rows, ["failed"], queues, () => true).sort((a, b) => ends(a) - ends(b));
}

function endedRows(
  rows: SeqList,
  statuses: readonly JobStatus[],
  queues: readonly string[] | undefined,
  when: (endedAt: number) => boolean,
): Row[] {
  const status = oneOf(statuses);
  const queue = oneOf(queues);
  const found: Row[] = [];
  for (const row of rows) {
    if (row.endedAt !== null && when(row.endedAt) && status(row.status) && queue(row.queue)) found.push(row);
  }
  return found;
}

function latestEndFirst(a: Row, b: Row): number {
  return ends(b) - ends(a) || b.seq - a.seq;
}

const ends = (row: Row): number => row.endedAt ?? 0;
const durationMs = (row: Row): number => ends(row) - (row.startedAt ?? 0);
const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
