// Asks a source for jobs, and puts the answer into words where it is not the expected one.

import type { JobRecord } from "../../job/record.ts";
import type { Failure } from "./assertion-error.ts";
import { type Expectation, expectationLines, expectationOf } from "./expectation.ts";
import { type Clues, hintsForTooFew } from "./hints.ts";
import { type FieldCheck, type JobMatch, statusCheck, type Timing } from "./job-match.ts";
import { JobRows } from "./job-rows.ts";
import { judge, timingOf, type Verdict } from "./judge.ts";
import { candidateLines, nearestOf } from "./nearest.ts";
import { othersBlock, overviewOf } from "./others.ts";
import { BODY_WIDTH, report, wrap } from "./report.ts";
import type { Subject } from "./source.ts";
import { threwLines } from "./threw.ts";
import { type Range, rangeOf, rangeText, type Times } from "./times.ts";

/** What is asked of jobs. */
export interface Question {
  readonly name: "enqueued" | "pending" | "ran";
  /** For one job and for several. */
  readonly is: readonly [string, string];
  /** Due as enqueued, or as it is now. */
  readonly due: "enqueue" | "row";
  /** Asked of every job beside what the caller asks. */
  checks(options: JobMatch): readonly FieldCheck[];
  readonly withoutOptions?: readonly string[];
}

export const ENQUEUED: Question = {
  name: "enqueued",
  is: ["was enqueued", "were enqueued"],
  due: "enqueue",
  checks: () => [],
};
export const PENDING: Question = {
  name: "pending",
  is: ["is pending", "are pending"],
  due: "row",
  checks: () => [statusCheck(["pending"])],
  withoutOptions: ["status"],
};
/** A job has run when it completed; `{ status: "failed" }` asks for other ends. */
export const RAN: Question = {
  name: "ran",
  is: ["has run", "have run"],
  due: "row",
  checks: ({ status }) => (status === undefined ? [statusCheck(["completed"])] : []),
};

/** What a caller asked. */
export interface Asked {
  readonly call: string;
  readonly jobClass: unknown;
  readonly data: unknown;
  readonly options: (JobMatch & { readonly times?: Times | undefined }) | undefined;
  /** In place of the options' `times`, where the assertion has a number of its own. */
  readonly range?: Range;
  /** Asked is that it does not hold: no such job, or another number than `times`. */
  readonly isNot?: boolean;
}

export interface Answer {
  readonly matches: readonly JobRecord[];
  /** What to tell; null where the jobs are as expected. */
  readonly failure: Failure | null;
}

/** Throws: InvalidOptionError, UnknownJobError; KitUsageError for a kit that is disposed, or has lost an enqueue. */
export async function ask(question: Question, subject: Subject, asked: Asked): Promise<Answer> {
  const { call, options } = asked;
  const range = wantedRange(asked);
  const expectation = expectationOf({
    ...asked,
    subject,
    ownChecks: question.checks(options ?? {}),
    ...(asked.range === undefined && { moreOptions: ["times"] }),
    withoutOptions: question.withoutOptions ?? [],
  });
  await subject.core?.catchUp(`answer ${call}`);
  const timing = timingOf(subject, question.due);
  const verdict = await judge(subject, expectation, timing, range);
  const isExcluded = asked.isNot === true && options?.times !== undefined;
  if (verdict.holds !== isExcluded) return { matches: verdict.matches, failure: null };
  const message = await messageOf({ question, subject, expectation, timing, verdict, range, isExcluded });
  return { matches: verdict.matches, failure: { message, ...comparison(expectation, verdict) } };
}

const NONE: Range = { min: 0, max: 0 };

/** Two are not none: without `times`, "not" means that there is no such job. */
export function wantedRange({ range, isNot, options }: Asked): Range {
  if (range !== undefined) return range;
  return isNot === true && options?.times === undefined ? NONE : rangeOf(options?.times);
}

interface Case {
  readonly question: Question;
  readonly subject: Subject;
  readonly expectation: Expectation;
  readonly timing: Timing;
  readonly verdict: Verdict;
  readonly range: Range;
  readonly isExcluded: boolean;
}

async function messageOf(facts: Case): Promise<string> {
  const { question, subject, expectation, timing, verdict, range, isExcluded } = facts;
  const { matches, misses } = verdict;
  const isTooFew = matches.length < range.min;
  const overview = await overviewOf(subject);
  const rows = new JobRows(subject, overview.records);
  const nearest = isTooFew ? nearestOf(misses, expectation, timing) : [];
  const clues: Clues = { subject, expectation, timing, rows, matches, nearest, total: overview.total };
  const told = [...matches, ...nearest.map(({ job }) => job)];
  const hints = isTooFew ? await hintsForTooFew(clues) : hintsForTooMany(matches.length, expectation, range);
  const wanted = isExcluded ? `anything but ${rangeText(range)}` : rangeText(range);
  return report(headline(question, subject, expectation, matches.length, wanted), [
    { name: "expected", lines: expectationLines(expectation, BODY_WIDTH) },
    { name: "found", lines: foundLines(matches, rows) },
    { name: "nearest", lines: nearest.flatMap((candidate) => candidateLines(candidate, rows)) },
    ...(isTooFew ? [othersBlock(subject, overview, expectation, told, rows)] : []),
    { name: "threw", lines: threwLines(subject, rows) },
    { name: "hint", lines: hints.flatMap((hint) => wrap(hint)) },
  ]);
}

function headline(
  { is }: Question,
  { core, window, where }: Subject,
  expectation: Expectation,
  count: number,
  wanted: string,
): string {
  const subject = `${count === 0 ? "No" : count} ${expectation.jobName}${likeThis(expectation)}`;
  const verb = core === null ? `${count > 1 ? "are" : "is"} among ${where}` : `${is[count > 1 ? 1 : 0]}`;
  const during = window === null ? "" : " during the call";
  const expected = count === 0 && wanted === "exactly 1" ? "" : `, expected ${wanted}`;
  return `${subject} ${verb}${during}${expected}.`;
}

/** Where anything beside the class was asked. */
export function likeThis(expectation: Expectation): string {
  return expectationLines(expectation, BODY_WIDTH).length > 0 ? " like this" : "";
}

const MAX_FOUND = 6;

export function foundLines(matches: readonly JobRecord[], rows: JobRows): readonly string[] {
  const lines = [...rows.rows(matches.slice(0, MAX_FOUND))];
  if (matches.length > MAX_FOUND) lines.push(`… and ${matches.length - MAX_FOUND} more`);
  return lines;
}

/** Only the default is doubted: who wrote a number meant it. */
function hintsForTooMany(count: number, { options }: Expectation, range: Range): readonly string[] {
  if ("times" in options || range.max === 0) return [];
  return [`If ${count} are meant, say so: { times: ${count} }.`];
}

const MAX_COMPARED = 3;

/** For tools that show `actual` and `expected` by themselves: no more of the jobs than was asked about. */
export function comparison(
  { data, options, jobName }: Expectation,
  { matches, misses }: Verdict,
): { actual: unknown; expected: unknown } {
  const jobs = (matches.length > 0 ? matches : misses).slice(0, MAX_COMPARED);
  const asked = Object.keys(options).filter((name) => jobs.some((job) => name in job));
  const actual = jobs.map((job) => ({
    jobClass: job.jobClass,
    data: job.data,
    ...Object.fromEntries(asked.map((name) => [name, Reflect.get(job, name)])),
  }));
  return { actual, expected: { jobClass: jobName, ...(data !== undefined && { data }), ...options } };
}
