// The assertion about enqueues that stored nothing, because the job was there already (R7, R8).

import type { EnqueuedJob, JobRecord } from "../../job/record.ts";
import { type Answer, type Asked, comparison, foundLines, likeThis, wantedRange } from "./ask.ts";
import { argsOf, assert } from "./assertion.ts";
import { askedOf, type ExpectJobs } from "./expect-jobs.ts";
import { type Expectation, expectationLines, expectationOf, fits } from "./expectation.ts";
import { JobRows } from "./job-rows.ts";
import { timingOf } from "./judge.ts";
import { candidateLines, nearestOf } from "./nearest.ts";
import { BODY_WIDTH, counted, report, wrap } from "./report.ts";
import type { Subject } from "./source.ts";
import { threwLines } from "./threw.ts";
import { isIn, rangeText } from "./times.ts";

/**
 * Asserts that an enqueue was deduplicated: exactly one, unless told. Data and options are about the job that was there.
 *
 * `times` counts such enqueues, not jobs. Records, as `enqueue` resolves with them, tell it of themselves.
 * Resolves with that job; with `times`, with one record per enqueue. Rejects as `expectEnqueued`.
 */
export const expectDeduplicated: ExpectJobs = (...given: readonly unknown[]): Promise<never> => {
  const call = "expectDeduplicated";
  const args = argsOf(given);
  return assert({
    call,
    callee: expectDeduplicated,
    args,
    async run(subject) {
      const asked = askedOf(call, args.rest);
      const { matches, failure } = await askDeduplicated(subject, asked);
      const value = asked.options?.times === undefined ? matches[0] : matches;
      return { value: value as never, failure }; // `as`: the class asked for has this data; the overloads say one or many
    },
  });
};

/** As `ask`, of enqueues: `matches` has the job met once for each. */
export async function askDeduplicated(subject: Subject, asked: Asked): Promise<Answer> {
  const range = wantedRange(asked);
  const expectation = expectationOf({ ...asked, subject, moreOptions: ["times"] });
  await subject.core?.catchUp(`answer ${asked.call}`);
  const timing = timingOf(subject, "enqueue");
  const matches: JobRecord[] = [];
  const misses = new Map<string, JobRecord>();
  for (const job of await metBy(subject, expectation.names)) {
    if (fits(expectation, job, timing, range.max === 0)) matches.push(job);
    else misses.set(job.id, job);
  }
  const isExcluded = asked.isNot === true && asked.options?.times !== undefined;
  if (isIn(matches.length, range) !== isExcluded) return { matches, failure: null };

  const records = await subject.read(expectation.names);
  const rows = new JobRows(subject, records);
  const nearest = matches.length < range.min ? nearestOf([...misses.values()], expectation, timing) : [];
  const stored = records.filter(
    ({ id }) => !nearest.some(({ job }) => job.id === id) && !matches.some((job) => job.id === id),
  );
  const wanted = isExcluded ? `anything but ${rangeText(range)}` : rangeText(range);
  const expected = matches.length === 0 && wanted === "exactly 1" ? "" : `, expected ${wanted}`;
  const message = report(`${headline(matches.length, expectation)}${expected}.`, [
    { name: "expected", lines: expectationLines(expectation, BODY_WIDTH) },
    { name: "found", lines: foundLines(each(matches), rows) },
    { name: "nearest", lines: nearest.flatMap((candidate) => candidateLines(candidate, rows)) },
    { name: "stored", lines: matches.length > 0 ? [] : storedLines(stored, expectation, rows) },
    { name: "threw", lines: threwLines(subject, rows) },
    { name: "hint", lines: matches.length > 0 ? [] : hintLines(stored) },
  ]);
  return {
    matches,
    failure: { message, ...comparison(expectation, { holds: false, matches, misses: [...misses.values()] }) },
  };
}

/** The jobs that enqueues met, once for each. */
async function metBy({ core, window, read }: Subject, names: readonly string[]): Promise<readonly JobRecord[]> {
  if (core === null) return (await read(names)).filter((job) => (job as EnqueuedJob).deduplicated === true); // `as`: records may be what enqueue gave
  const met: JobRecord[] = [];
  for (const { type, jobId, jobClass } of window ?? core.journal.events()) {
    if (type !== "deduplicated" || !names.includes(jobClass)) continue;
    const job = await core.engine.store.get(jobId);
    if (job !== null) met.push(job);
  }
  return met;
}

/** Each job once, however often it was met. */
function each(jobs: readonly JobRecord[]): readonly JobRecord[] {
  return [...new Map(jobs.map((job) => [job.id, job])).values()];
}

function headline(count: number, expectation: Expectation): string {
  const what = `of ${expectation.jobName}${likeThis(expectation)}`;
  return count === 0
    ? `No enqueue ${what} was deduplicated`
    : `${counted(count, "enqueue")} ${what} ${count === 1 ? "was" : "were"} deduplicated`;
}

const MAX_STORED = 6;

function storedLines(stored: readonly JobRecord[], expectation: Expectation, rows: JobRows): readonly string[] {
  if (stored.length === 0) return [`nothing: no ${expectation.jobName} was enqueued.`];
  const lines = stored.slice(0, MAX_STORED).map((job) => `${rows.named(job)}, ${keyText(job)}`);
  if (stored.length > MAX_STORED) lines.push(`… and ${stored.length - MAX_STORED} more`);
  return lines;
}

function keyText({ uniqueKey }: JobRecord): string {
  return uniqueKey === null ? "no unique key" : `unique key ${JSON.stringify(uniqueKey)}`;
}

function hintLines(stored: readonly JobRecord[]): readonly string[] {
  if (stored.length < 2 || stored.some(({ uniqueKey }) => uniqueKey !== null)) return [];
  return wrap("Without { uniqueKey } every enqueue stores a job of its own.");
}
