// Making failed jobs pending again by hand (R28), without giving one unique key to two of them (R8).

import type { JobStatus } from "../../job/record.ts";
import type { JobStore, RetryAnswer } from "../job-store.ts";
import { type JobTable, retakesKey } from "./job-table.ts";
import { failedRows } from "./listing.ts";
import type { Row } from "./row.ts";

export function retryOne(table: JobTable, id: string, now: Date): RetryAnswer {
  const row = table.find(id);
  if (row === undefined) return { type: "missing" };
  if (row.status !== "failed") return { type: "not-failed", status: row.status as JobStatus }; // `as`: found, so not gone
  const holder = holderOfKey(table, row);
  if (holder !== undefined) return { type: "key-taken", uniqueKey: holder.uniqueKey ?? "", holder: holder.id };
  table.retryByHand(row, now.getTime());
  return { type: "retried" };
}

/** Oldest failure first; of two with one key the second then finds it held. */
export function retryFailed(table: JobTable, request: Parameters<JobStore["retryFailed"]>[0]): number {
  const limit = request.limit ?? Number.POSITIVE_INFINITY;
  let count = 0;
  for (const row of failedRows(table.bySeq, request.queues)) {
    if (count >= limit) break;
    if (holderOfKey(table, row) !== undefined) continue;
    table.retryByHand(row, request.now.getTime());
    count++;
  }
  return count;
}

/** The unique keys that retrying these rows would take. */
export function keysToRetake(rows: readonly (Row | undefined)[]): readonly string[] {
  const keys: string[] = [];
  for (const row of rows) if (row?.status === "failed" && retakesKey(row)) keys.push(row.uniqueKey);
  return keys;
}

function holderOfKey(table: JobTable, row: Row): Row | undefined {
  return retakesKey(row) ? table.holderOf(row.uniqueKey) : undefined;
}
