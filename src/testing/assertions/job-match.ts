// What a job is to be like, beside its data: the options of an assertion, checked and made into comparisons.

import { type Duration, durationMs, formatDuration } from "../../job/duration.ts";
import { InvalidOptionError } from "../../job/errors.ts";
import { type Priority, priorityOf } from "../../job/options.ts";
import { JOB_STATUSES, type JobRecord, type JobStatus } from "../../job/record.ts";
import { type Asymmetric, isAsymmetric, matchesPart } from "../match.ts";
import type { Difference } from "./differences.ts";
import { literal } from "./literal.ts";

/** What a job is to be like; what is left out does not matter. */
export interface JobMatch {
  readonly id?: string | Asymmetric | undefined;
  readonly queue?: string | Asymmetric | undefined;
  readonly priority?: Priority | Asymmetric | undefined;
  readonly status?: JobStatus | readonly JobStatus[] | undefined;
  /** Attempts so far. */
  readonly attempts?: number | Asymmetric | undefined;
  /** Attempts in all. */
  readonly maxRetries?: number | Asymmetric | undefined;
  /** Seconds. */
  readonly timeout?: number | Asymmetric | undefined;
  /** `null`: it has none. */
  readonly uniqueKey?: string | Asymmetric | null | undefined;
  /** A part of the message, or a pattern. */
  readonly lastError?: string | RegExp | Asymmetric | null | undefined;
  /** The instant it is due: a Date, milliseconds since 1970, or a text such as `"2030-01-01T09:00:00Z"`. */
  readonly at?: Date | number | string | undefined;
  /** How long after its enqueue it is due. */
  readonly in?: Duration | undefined;
  /** How far off `at` and `in` may be. Unless told: nothing, and `"1s"` for `at` while the kit's clock follows real time. */
  readonly tolerance?: Duration | undefined;
  /** The data is to be equal, not a subset. */
  readonly exact?: boolean | undefined;
}

/** When a job counts as due, and how exactly. */
export interface Timing {
  runAt(job: JobRecord): Date;
  /** For `at`, where no tolerance is given. */
  readonly toleranceMs: number;
}

/** One option, ready to be compared. */
export interface FieldCheck {
  /** `queue "mail"`. */
  readonly text: string;
  compare(job: JobRecord, timing: Timing): Difference | null;
}

const VALUE_FIELDS = ["id", "queue", "priority", "attempts", "maxRetries", "timeout", "uniqueKey"] as const;
export const JOB_MATCH_OPTIONS: readonly string[] = [
  ...VALUE_FIELDS,
  "status",
  "lastError",
  "at",
  "in",
  "tolerance",
  "exact",
];

/** The comparisons that options ask for. Throws: InvalidOptionError. */
export function fieldChecks(call: string, options: JobMatch): readonly FieldCheck[] {
  const checks: FieldCheck[] = [];
  for (const field of VALUE_FIELDS) {
    const wanted = options[field];
    if (wanted !== undefined) checks.push(valueCheck(field, checkedValue(call, field, wanted)));
  }
  if (options.status !== undefined) checks.push(statusCheck(statusesOf(call, options.status)));
  if (options.lastError !== undefined) checks.push(errorCheck(call, options.lastError));
  if (options.exact !== undefined && typeof options.exact !== "boolean")
    throw new InvalidOptionError(`${call}'s exact`, options.exact, "true or false");
  checks.push(...timeChecks(call, options));
  return checks;
}

function valueCheck(field: (typeof VALUE_FIELDS)[number], wanted: unknown): FieldCheck {
  const expected = wanted === null ? "none" : literal(wanted);
  return {
    text: wanted === null ? `no ${field}` : `${field} ${expected}`,
    compare: (job) =>
      matchesPart(wanted, job[field], true)
        ? null
        : { field, actual: job[field] === null ? "none" : literal(job[field]), expected },
  };
}

function checkedValue(call: string, field: (typeof VALUE_FIELDS)[number], value: unknown): unknown {
  if (isAsymmetric(value)) return value;
  if (field === "priority") return priorityOf(value, `${call}'s priority`);
  if (field === "uniqueKey" && value === null) return null;
  const isText = field === "id" || field === "queue" || field === "uniqueKey";
  if (isText ? typeof value === "string" : typeof value === "number" && Number.isFinite(value)) return value;
  throw new InvalidOptionError(`${call}'s ${field}`, value, isText ? "a text" : "a number");
}

/** Also for assertions that ask for a status of their own, such as `pending`. */
export function statusCheck(statuses: readonly JobStatus[]): FieldCheck {
  const expected = statuses.join(" or ");
  return {
    text: `status ${expected}`,
    compare: (job) => (statuses.includes(job.status) ? null : { field: "status", actual: job.status, expected }),
  };
}

function statusesOf(call: string, status: JobStatus | readonly JobStatus[]): readonly JobStatus[] {
  const list: readonly unknown[] = Array.isArray(status) ? status : [status];
  if (list.length > 0 && list.every((each) => JOB_STATUSES.some((known) => known === each)))
    return list as readonly JobStatus[]; // `as`: each was looked up
  throw new InvalidOptionError(`${call}'s status`, status, `${JOB_STATUSES.join(", ")}, or a list of them`);
}

function errorCheck(call: string, wanted: string | RegExp | Asymmetric | null): FieldCheck {
  const isPattern = Object.prototype.toString.call(wanted) === "[object RegExp]";
  if (!isPattern && wanted !== null && typeof wanted !== "string" && !isAsymmetric(wanted))
    throw new InvalidOptionError(`${call}'s lastError`, wanted, "a text, a pattern or null");
  const pattern = isPattern ? new RegExp(wanted as RegExp) : null; // `as`: asked for on the line above; a copy, whose lastIndex is its own
  const expected = wanted === null ? "none" : pattern === null ? literal(wanted) : String(pattern);
  return {
    text: wanted === null ? "no lastError" : `lastError ${expected}`,
    compare({ lastError }) {
      return errorFits(lastError, pattern ?? wanted)
        ? null
        : { field: "lastError", actual: lastError === null ? "none" : literal(lastError, 240), expected };
    },
  };
}

function errorFits(lastError: string | null, wanted: unknown): boolean {
  if (lastError === null || wanted === null || isAsymmetric(wanted)) return matchesPart(wanted, lastError, true);
  return typeof wanted === "string" ? lastError.includes(wanted) : lastError.search(wanted as RegExp) >= 0; // `as`: what is left
}

function timeChecks(call: string, { at, in: within, tolerance }: JobMatch): readonly FieldCheck[] {
  if (at !== undefined && within !== undefined)
    throw new InvalidOptionError(`${call}'s at`, at, "either at or in, not both");
  if (tolerance !== undefined && at === undefined && within === undefined)
    throw new InvalidOptionError(`${call}'s tolerance`, tolerance, "a tolerance together with at or in");
  const allowedMs = tolerance === undefined ? undefined : durationMs(tolerance, `${call}'s tolerance`);
  if (within !== undefined) return [delayCheck(durationMs(within, `${call}'s in`), allowedMs ?? 0)];
  if (at !== undefined) return [instantCheck(instantOf(call, at), allowedMs)];
  return [];
}

function delayCheck(wantedMs: number, allowedMs: number): FieldCheck {
  return {
    text: wantedMs === 0 ? "due at once" : `due in ${lengthText(wantedMs)}`,
    compare(job, timing) {
      const actualMs = timing.runAt(job).getTime() - job.createdAt.getTime();
      const off = actualMs - wantedMs;
      if (Math.abs(off) <= allowedMs) return null;
      const isThousandfold = wantedMs > 0 && actualMs === wantedMs * 1000;
      return {
        field: "due in",
        actual: lengthText(actualMs),
        expected: lengthText(wantedMs),
        note: isThousandfold ? "1000 times that: enqueueIn and delay take seconds" : offText(off, allowedMs),
      };
    },
  };
}

function instantCheck(wanted: Date, allowedMs: number | undefined): FieldCheck {
  return {
    text: `due at ${wanted.toISOString()}`,
    compare(job, timing) {
      const allowed = allowedMs ?? timing.toleranceMs;
      const actual = timing.runAt(job);
      const off = actual.getTime() - wanted.getTime();
      if (Math.abs(off) <= allowed) return null;
      return {
        field: "due at",
        actual: actual.toISOString(),
        expected: wanted.toISOString(),
        note: offText(off, allowed),
      };
    },
  };
}

function instantOf(call: string, at: Date | number | string): Date {
  const instant = new Date(at);
  if (at !== null && !Number.isNaN(instant.getTime())) return instant;
  throw new InvalidOptionError(`${call}'s at`, at, "a valid Date, milliseconds since 1970, or an ISO text");
}

function offText(offMs: number, allowedMs: number): string {
  const text = `${lengthText(Math.abs(offMs))} too ${offMs < 0 ? "early" : "late"}`;
  return allowedMs === 0 ? text : `${text}, ${lengthText(allowedMs)} tolerated`;
}

/** To the millisecond, however long: two that differ never read the same. */
function lengthText(ms: number): string {
  return formatDuration(ms, 5);
}
