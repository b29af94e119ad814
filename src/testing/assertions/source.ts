// What an assertion looks at: a kit, what one call enqueued, or records in hand.

import { InvalidOptionError, UnknownJobError } from "../../job/errors.ts";
import { type AnyJobClass, isJob, isJobClass, nameOf } from "../../job/job.ts";
import type { JobRecord } from "../../job/record.ts";
import type { During } from "../during.ts";
import type { KitEvent } from "../journal.ts";
import type { TestKit } from "../kit.ts";
import type { KitCore } from "../kit-core.ts";
import { readRecords, storedNames } from "../records.ts";
import { coreOf, currentKit } from "./current-kit.ts";

/** A kit, what `kit.during()` resolved with, or records. */
export type Source = TestKit | During<unknown> | readonly JobRecord[];

/** A source, opened. */
export interface Subject {
  /** Where jobs were looked for: `kit 1`, `what kit.during() enqueued`, `the 3 records given`. */
  readonly where: string;
  readonly core: KitCore | null;
  /** What happened in the window; null where that is all there is. */
  readonly window: readonly KitEvent[] | null;
  /** The jobs, as they are in the store now; oldest first. Of one class only, if `names` are given. */
  read(names?: readonly string[]): Promise<readonly JobRecord[]>;
  /** Its latest jobs, oldest first, and how many there are in all. */
  latest(limit: number): Promise<{ readonly records: readonly JobRecord[]; readonly total: number }>;
}

/** Stands for a source that was left out. */
export const CURRENT_KIT: unique symbol = Symbol("the current kit");

/** The source as it was given, or the current kit. Throws: InvalidOptionError, and as `currentKit`. */
export function subjectOf(call: string, given: unknown): Subject {
  const source = given === CURRENT_KIT ? currentKit(call) : given;
  const core = coreOf(source);
  if (core !== null) return subjectOfKit(core);
  if (isDuring(source)) return ofWindow(source);
  if (Array.isArray(source) && source.every(isRecord)) return ofRecords(source);
  throw new InvalidOptionError(`the first argument of ${call}`, source, hintFor(source));
}

/** The names a class's jobs are stored under. Throws: InvalidOptionError for what is no class; UnknownJobError. */
export function namesOf(call: string, subject: Subject, jobClass: unknown): readonly string[] {
  if (!isJobClass(jobClass)) {
    const name = isJob(jobClass) ? nameOf(jobClass) : null;
    throw new InvalidOptionError(
      `the job class of ${call}`,
      name === null ? jobClass : `new ${name}()`,
      name === null ? "a class that extends Job, or is made by defineJob" : `the class itself: ${name}`,
    );
  }
  if (subject.core !== null) requireKnown(subject.core, jobClass);
  return storedNames(jobClass);
}

function requireKnown({ engine: { registry }, label }: KitCore, jobClass: AnyJobClass): void {
  try {
    registry.byClass(jobClass);
  } catch (error) {
    const name = nameOf(jobClass);
    if (!(error instanceof UnknownJobError) || !registry.has(name)) throw error;
    throw new InvalidOptionError(
      "the job class",
      jobClass,
      `the ${name} that ${label} was made with, not another class of that name, as a module that is loaded twice gives`,
    );
  }
}

/** A kit, from its inside. */
export function subjectOfKit(core: KitCore): Subject {
  const { store } = core.engine;
  return {
    where: core.label,
    core,
    window: null,
    read: (names) => readRecords(store, names === undefined ? {} : { jobClass: names }),
    async latest(limit) {
      const records = (await store.list({ limit })).toReversed();
      let total = 0;
      for (const counts of (await store.stats({})).values())
        total += counts.pending + counts.processing + counts.completed + counts.failed;
      return { records, total };
    },
  };
}

function ofWindow({ core, events }: During<unknown>): Subject {
  const read = async (names?: readonly string[]): Promise<readonly JobRecord[]> => {
    const wanted = events.filter((event) => event.type === "enqueued" && (names?.includes(event.jobClass) ?? true));
    const records: JobRecord[] = [];
    for (const id of new Set(wanted.map(({ jobId }) => jobId))) {
      const record = await core.engine.store.get(id);
      if (record !== null) records.push(record);
    }
    return records;
  };
  return {
    where: "what kit.during() enqueued",
    core,
    window: events,
    read,
    latest: async (limit) => latestOf(await read(), limit),
  };
}

function latestOf(
  records: readonly JobRecord[],
  limit: number,
): { readonly records: readonly JobRecord[]; readonly total: number } {
  return { records: records.slice(-limit), total: records.length };
}

function ofRecords(records: readonly JobRecord[]): Subject {
  return {
    where: records.length === 1 ? "the record given" : `the ${records.length} records given`,
    core: null,
    window: null,
    read: async (names) => records.filter(({ jobClass }) => names?.includes(jobClass) ?? true),
    latest: async (limit) => latestOf(records, limit),
  };
}

function isDuring(value: unknown): value is During<unknown> {
  if (value === null || typeof value !== "object") return false;
  const { core, events } = value as Partial<During<unknown>>; // `as`: asked for what it may have
  return core !== null && typeof core === "object" && Array.isArray(events);
}

function isRecord(value: unknown): value is JobRecord {
  if (value === null || typeof value !== "object") return false;
  return "id" in value && "jobClass" in value && "runAt" in value;
}

function hintFor(source: unknown): string {
  if (isJob(source)) return `the class itself: ${nameOf(source)}`;
  if (typeof source === "object" && source !== null && "then" in source) return "what it resolves with: await it first";
  if (Array.isArray(source)) return "records, as kit.enqueued() gives them";
  if (typeof source === "object" && source !== null && "processQueue" in source) return "the kit, not its jobs";
  return "a kit, what kit.during() resolved with, records, or, for the current kit, a job class";
}
