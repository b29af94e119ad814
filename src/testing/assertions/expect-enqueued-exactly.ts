// The assertion about all that was enqueued: these jobs, and no others.

import { InvalidOptionError } from "../../job/errors.ts";
import type { AnyJobClass, DataOf } from "../../job/job.ts";
import type { JobRecord } from "../../job/record.ts";
import type { DataMatch } from "../match.ts";
import type { RecordOf } from "../records.ts";
import type { Answer } from "./ask.ts";
import { assert } from "./assertion.ts";
import { type Expectation, expectationLines, expectationOf, fits } from "./expectation.ts";
import { NOTHING } from "./hints.ts";
import type { JobMatch, Timing } from "./job-match.ts";
import { JobRows } from "./job-rows.ts";
import { timingOf } from "./judge.ts";
import { candidateLines, nearestOf } from "./nearest.ts";
import { pair } from "./pairing.ts";
import { BODY_WIDTH, report } from "./report.ts";
import { CURRENT_KIT, type Source, type Subject } from "./source.ts";
import { threwLines } from "./threw.ts";

/** A class, or a class with what its job is to be like. */
export type ExpectedJob<C extends AnyJobClass = AnyJobClass> =
  | C
  | readonly [jobClass: C, data?: DataMatch<DataOf<C>> | undefined, options?: JobMatch | undefined];

/** Each entry checked against its own class. The parameter of a predicate has to be annotated. */
type Checked<Entries extends readonly ExpectedJob[]> = {
  readonly [Index in keyof Entries]: Entries[Index] extends AnyJobClass
    ? Entries[Index]
    : Entries[Index] extends readonly [infer C extends AnyJobClass, ...unknown[]]
      ? Exclude<ExpectedJob<C>, C>
      : ExpectedJob;
};
type Records<Entries extends readonly ExpectedJob[]> = {
  readonly [Index in keyof Entries]: Entries[Index] extends AnyJobClass
    ? RecordOf<Entries[Index]>
    : Entries[Index] extends readonly [infer C extends AnyJobClass, ...unknown[]]
      ? RecordOf<C>
      : never;
};

export interface ExactlyOptions {
  /** They were enqueued in the order of the list, too. */
  readonly inOrder?: boolean | undefined;
}

export interface ExpectEnqueuedExactly {
  <const Entries extends readonly ExpectedJob[]>(
    source: Source,
    expected: Entries & Checked<Entries>,
    options?: ExactlyOptions,
  ): Promise<Records<Entries>>;
  <const Entries extends readonly ExpectedJob[]>(
    expected: Entries & Checked<Entries>,
    options?: ExactlyOptions,
  ): Promise<Records<Entries>>;
}

/**
 * Asserts all that was enqueued: each expected job is there once, and no other job is.
 *
 * ```ts
 * const signUp = await kit.during(() => register("ada@example.org"));
 * await expectEnqueuedExactly(signUp, [[SendEmailJob, { to: "ada@example.org" }], [SyncCrmJob, {}, { in: "5m" }]]);
 * ```
 * The order does not matter unless `inOrder` says so: enqueues that run at once may fall either way (R11).
 * Resolves with the records, in the order of the list. Rejects with: AssertionError that tells what is missing and what is too much.
 */
export const expectEnqueuedExactly: ExpectEnqueuedExactly = (...given: readonly unknown[]): Promise<never> => {
  const call = "expectEnqueuedExactly";
  const isGiven = Array.isArray(given[1]) || !Array.isArray(given[0]) || isRecords(given[0]);
  const [expected, options] = isGiven ? given.slice(1) : given;
  return assert({
    call,
    callee: expectEnqueuedExactly,
    args: { source: isGiven ? given[0] : CURRENT_KIT, rest: ["…"] },
    async run(subject) {
      const { matches, failure } = await askExactly(call, subject, expected, options as ExactlyOptions | undefined); // `as`: checked there
      return { value: matches as never, failure }; // `as`: one record per class of the list
    },
  });
};

/** `isNot`: it is to be another set of jobs. */
export async function askExactly(
  call: string,
  subject: Subject,
  expected: unknown,
  options: ExactlyOptions = {},
  isNot = false,
): Promise<Answer> {
  const expectations = expectationsOf(call, subject, expected);
  for (const [name, value] of Object.entries(options))
    if (name !== "inOrder") throw new InvalidOptionError(`${call}'s option ${name}`, value, "inOrder");
  await subject.core?.catchUp(`answer ${call}`);
  const timing = timingOf(subject, "enqueue");
  const jobs = await subject.read();
  const candidates = expectations.map((expectation) =>
    jobs.flatMap((job, index) => (isLike(expectation, job, timing) ? [index] : [])),
  );
  const pairs = pair(candidates);
  const matches = pairs.flatMap((index) => (index === undefined ? [] : [jobs[index] as JobRecord])); // `as`: the index is one of jobs
  const isComplete = matches.length === expectations.length && matches.length === jobs.length;
  const isInOrder = candidates.every((list, index) => list.includes(index));
  const holds = isComplete && (options.inOrder !== true || isInOrder);
  if (holds !== isNot) return { matches: options.inOrder === true ? jobs : matches, failure: null };
  const facts: Facts = { subject, expectations, jobs, pairs, timing };
  const message = holds ? sameMessage(facts) : isComplete ? orderMessage(facts) : setMessage(facts);
  return { matches, failure: { message, actual: jobs.slice(0, 20), expected } };
}

interface Facts {
  readonly subject: Subject;
  readonly expectations: readonly Expectation[];
  readonly jobs: readonly JobRecord[];
  readonly pairs: readonly (number | undefined)[];
  readonly timing: Timing;
}

function setMessage({ subject, expectations, jobs, pairs, timing }: Facts): string {
  const rows = new JobRows(subject, jobs);
  const extra = jobs.filter((_, index) => !pairs.includes(index));
  const missing = expectations.filter((_, index) => pairs[index] === undefined);
  const matched = expectations.length - missing.length;
  const told = [
    ...(missing.length > 0 ? [`${missing.length} missing`] : []),
    ...(extra.length > 0 ? [`${extra.length} too many`] : []),
  ].join(", ");
  const [first, ...rest] = missing.map((expectation) => missingLines(expectation, extra, timing, rows));
  return report(`What was enqueued${inWindow(subject)} is not what was expected: ${told}.`, [
    { name: "missing", lines: first ?? [] },
    ...rest.map((lines) => ({ name: "", lines })),
    { name: "too many", lines: limited(rows.rows(extra.slice(0, MAX_ROWS)), extra.length) },
    { name: "as asked", lines: matched === 0 ? [] : [`${matched} of ${expectations.length}`] },
    { name: "threw", lines: threwLines(subject, rows) },
    { name: "hint", lines: jobs.length === 0 && subject.core !== null ? [`Nothing was enqueued. ${NOTHING}`] : [] },
  ]);
}

function missingLines(
  expectation: Expectation,
  extra: readonly JobRecord[],
  timing: Timing,
  rows: JobRows,
): readonly string[] {
  const [data, ...fields] = expectationLines(expectation, BODY_WIDTH - expectation.jobName.length - 1);
  const lines = [
    [expectation.jobName, data].filter((part) => part !== undefined).join(" "),
    ...fields.map((line) => `  ${line}`),
  ];
  const ofClass = extra.filter(({ jobClass }) => expectation.names.includes(jobClass));
  const [nearest] = nearestOf(ofClass, expectation, timing);
  if (nearest === undefined) return lines;
  const [head = "", ...rest] = candidateLines(nearest, rows);
  return [...lines, `nearest is ${head}`, ...rest];
}

function sameMessage({ subject, jobs }: Facts): string {
  const rows = new JobRows(subject, jobs);
  return report(`Exactly these jobs were enqueued${inWindow(subject)}, expected others.`, [
    { name: "enqueued", lines: limited(rows.rows(jobs.slice(0, MAX_ROWS)), jobs.length) },
  ]);
}

function orderMessage({ subject, expectations, jobs, pairs }: Facts): string {
  const rows = new JobRows(subject, jobs);
  const positions = pairs.map((index) => (index ?? 0) + 1);
  const lines = expectations.map((expectation, index) => {
    const job = jobs[pairs[index] ?? 0];
    const place = positions[index] === index + 1 ? "" : `, came as number ${positions[index]}`;
    return `${index + 1}  ${job === undefined ? expectation.jobName : rows.named(job)}${place}`;
  });
  return report(`What was enqueued${inWindow(subject)} came in another order.`, [
    { name: "expected", lines: limited(lines.slice(0, MAX_ROWS * 2), lines.length) },
    { name: "enqueued", lines: limited(rows.rows(jobs.slice(0, MAX_ROWS * 2)), jobs.length) },
  ]);
}

const MAX_ROWS = 8;

function limited(lines: readonly string[], count: number): readonly string[] {
  return lines.length < count ? [...lines, `… and ${count - lines.length} more`] : lines;
}

function inWindow({ window, core, where }: Subject): string {
  if (window !== null) return " during the call";
  return core === null ? "" : ` in ${where}`;
}

/** A predicate of one expectation sees jobs that are meant for others: where it throws, it says no. */
function isLike(expectation: Expectation, job: JobRecord, timing: Timing): boolean {
  return expectation.names.includes(job.jobClass) && fits(expectation, job, timing, false);
}

function expectationsOf(call: string, subject: Subject, expected: unknown): readonly Expectation[] {
  if (!Array.isArray(expected))
    throw new InvalidOptionError(
      `${call}'s list`,
      expected,
      "a list of job classes, or of [JobClass, data?, options?]",
    );
  return expected.map((entry: unknown) => {
    const [jobClass, data, options] = Array.isArray(entry) ? entry : [entry];
    return expectationOf({ call, subject, jobClass, data, options });
  });
}

/** Records are told from expected jobs by having an id. */
function isRecords(list: readonly unknown[]): boolean {
  return list.length > 0 && list.every((each) => typeof each === "object" && each !== null && "id" in each);
}
