// One expected job: its class, its data, its fields.

import { InvalidOptionError } from "../../job/errors.ts";
import type { JobRecord } from "../../job/record.ts";
import { isAsymmetric, matchesData, requireMatchable } from "../match.ts";
import { type Difference, dataDifferences } from "./differences.ts";
import { type FieldCheck, fieldChecks, JOB_MATCH_OPTIONS, type JobMatch, type Timing } from "./job-match.ts";
import { literal } from "./literal.ts";
import { wrap } from "./report.ts";
import { namesOf, type Subject } from "./source.ts";

/** Half of what is asked; how many such jobs there are to be is the other. */
export interface Expectation {
  /** The function that was called: `expectEnqueued`. */
  readonly call: string;
  readonly jobName: string;
  /** The class's stored names, aliases included. */
  readonly names: readonly string[];
  readonly data: unknown;
  readonly options: JobMatch;
  /** What the options ask. */
  readonly checks: readonly FieldCheck[];
  /** What the assertion itself asks, such as the status pending. */
  readonly ownChecks: readonly FieldCheck[];
}

export interface ExpectationParts {
  readonly call: string;
  readonly subject: Subject;
  readonly jobClass: unknown;
  readonly data: unknown;
  readonly options: object | undefined;
  readonly ownChecks?: readonly FieldCheck[];
  /** Options beside those of JobMatch that the assertion reads itself. */
  readonly moreOptions?: readonly string[];
  /** Options of JobMatch that it does not take. */
  readonly withoutOptions?: readonly string[];
}

/** Throws: InvalidOptionError for what cannot be asked; UnknownJobError with a suggestion. */
export function expectationOf(parts: ExpectationParts): Expectation {
  const { call, subject, data, options = {}, moreOptions = [], withoutOptions = [] } = parts;
  const names = namesOf(call, subject, parts.jobClass);
  requireMatchable(data);
  const known = [...JOB_MATCH_OPTIONS, ...moreOptions].filter((name) => !withoutOptions.includes(name));
  if (options === null || typeof options !== "object")
    throw new InvalidOptionError(`${call}'s options`, options, `an object with any of ${known.join(", ")}`);
  for (const name of Object.keys(options)) {
    if (!known.includes(name))
      throw new InvalidOptionError(
        `${call}'s option ${name}`,
        Reflect.get(options, name),
        `one of ${known.join(", ")}`,
      );
  }
  return {
    call,
    jobName: names[0] ?? "",
    names,
    data,
    options,
    checks: fieldChecks(call, options),
    ownChecks: parts.ownChecks ?? [],
  };
}

/**
 * Whether a job is as expected. A predicate that throws says no, for it may assert inside; where `strict`, only an
 * assertion's error does, or an assertion that there is no such job would hold because of a bug in its predicate.
 */
export function fits(expectation: Expectation, job: JobRecord, timing: Timing, strict: boolean): boolean {
  const { checks, ownChecks, data, options } = expectation;
  for (const check of ownChecks) if (check.compare(job, timing) !== null) return false;
  for (const check of checks) if (check.compare(job, timing) !== null) return false;
  if (data === undefined) return true;
  try {
    return matchesData(data, job.data, options.exact);
  } catch (error) {
    if (typeof data !== "function" || error instanceof InvalidOptionError) throw error;
    if (strict && !isAssertionError(error)) throw error;
    return false;
  }
}

/** What a job is not as expected in; empty where it fits. */
export function differences(expectation: Expectation, job: JobRecord, timing: Timing): readonly Difference[] {
  const { checks, ownChecks, data, options } = expectation;
  const found: Difference[] = data === undefined ? [] : [...dataDifferences(data, job.data, options.exact ?? false)];
  for (const check of [...ownChecks, ...checks]) {
    const difference = check.compare(job, timing);
    if (difference !== null) found.push(difference);
  }
  return found;
}

/** What was asked for, beside the class: data on the first line, fields below; neither where anything would do. */
export function expectationLines({ data, options, checks }: Expectation, width: number): readonly string[] {
  const lines: string[] = [];
  if (typeof data === "function") lines.push(`data that ${data.name === "" ? "the predicate" : data.name} accepts`);
  else if (
    data !== undefined &&
    (isAsymmetric(data) || Object.keys(data as object).length > 0 || options.exact === true)
  )
    lines.push(`${options.exact === true ? "exactly " : ""}${literal(data, width - 8)}`); // 8: "exactly "
  if (checks.length > 0) lines.push(...wrap(checks.map(({ text }) => text).join(", "), width));
  return lines;
}

function isAssertionError(error: unknown): boolean {
  if (error === null || typeof error !== "object") return false;
  const { name, code, matcherResult } = error as { name?: unknown; code?: unknown; matcherResult?: unknown }; // `as`: asked for what it may have
  return name === "AssertionError" || code === "ERR_ASSERTION" || matcherResult !== undefined;
}
