// Reads what is in a kit's store, typed by job class.

import { type AnyJobClass, aliasesOf, type DataOf, nameOf } from "../job/job.ts";
import type { JobRecord, JobStatus } from "../job/record.ts";
import type { JobStore } from "../store/job-store.ts";
import { type DataMatch, matchesData } from "./match.ts";

/** A job's record with its class's data. */
export type RecordOf<C extends AnyJobClass> = Omit<JobRecord, "data"> & { readonly data: DataOf<C> };

const PAGE = 1000;

/** All jobs of the store that fit, oldest first. */
export async function readRecords(
  store: JobStore,
  filter: { readonly status?: JobStatus; readonly jobClass?: readonly string[] },
): Promise<readonly JobRecord[]> {
  const records: JobRecord[] = [];
  let beforeSeq: number | undefined;
  for (;;) {
    const page = await store.list({ ...filter, limit: PAGE, beforeSeq });
    records.push(...page);
    if (page.length < PAGE) return records.reverse();
    beforeSeq = page.at(-1)?.seq;
  }
}

/** The names under which a class's jobs are stored. */
export function storedNames(jobClass: AnyJobClass): readonly string[] {
  return [nameOf(jobClass), ...aliasesOf(jobClass)];
}

export function withData<C extends AnyJobClass>(
  records: readonly JobRecord[],
  match: DataMatch<DataOf<C>> | undefined,
): readonly RecordOf<C>[] {
  const fitting = match === undefined ? records : records.filter((record) => matchesData(match, record.data));
  return fitting as unknown as readonly RecordOf<C>[]; // `as`: records of this class were enqueued with its data
}
