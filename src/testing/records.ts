// Reads what is in a kit's store, typed by job class.

import { InvalidOptionError } from "../job/errors.ts";
import { type AnyJobClass, aliasesOf, type DataOf, isJob, isJobClass, nameOf } from "../job/job.ts";
import type { JobRecord, JobStatus } from "../job/record.ts";
import type { JobStore } from "../store/job-store.ts";
import type { KitCore } from "./kit-core.ts";
import { type DataMatch, matchesData, requireMatchable } from "./match.ts";

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

/** A kit's jobs, or those of a class of its own. Throws: UnknownJobError with a suggestion. */
export async function readJobs<C extends AnyJobClass>(
  core: KitCore,
  jobClass: C | undefined,
  match: DataMatch<DataOf<C>> | undefined,
  status?: JobStatus,
): Promise<readonly RecordOf<C>[]> {
  const names = jobClass === undefined ? undefined : knownNames(core, jobClass);
  await core.catchUp("read its jobs");
  const records = await readRecords(core.engine.store, {
    ...(status && { status }),
    ...(names && { jobClass: names }),
  });
  return withData<C>(records, match);
}

/** The names under which a class's jobs are stored, the present one first. */
export function storedNames(jobClass: AnyJobClass): readonly [string, ...string[]] {
  return [nameOf(jobClass), ...aliasesOf(jobClass)];
}

/** The same for a class of this kit. Throws: UnknownJobError with a suggestion; InvalidOptionError for what is no class. */
export function knownNames(
  core: KitCore,
  jobClass: AnyJobClass,
  what = "the job class",
): readonly [string, ...string[]] {
  if (!isJobClass(jobClass))
    throw new InvalidOptionError(
      what,
      isJob(jobClass) ? "an instance" : jobClass,
      "a class that extends Job, or is made by defineJob",
    );
  core.engine.registry.byClass(jobClass);
  return storedNames(jobClass);
}

/** Those whose data matches. Throws: InvalidOptionError for what could match no data. */
export function withData<C extends AnyJobClass>(
  records: readonly JobRecord[],
  match: DataMatch<DataOf<C>> | undefined,
): readonly RecordOf<C>[] {
  requireMatchable(match);
  const fitting = match === undefined ? records : records.filter((record) => matchesData(match, record.data));
  return fitting as unknown as readonly RecordOf<C>[]; // `as`: records of this class were enqueued with its data
}
