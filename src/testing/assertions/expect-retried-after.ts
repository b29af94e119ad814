// The assertion about backoff: how long a job waited between its attempts.

import { type Duration, durationMs, formatDuration } from "../../job/duration.ts";
import { InvalidOptionError } from "../../job/errors.ts";
import { failureMessage } from "../../job/failure-message.ts";
import type { AnyJobClass, DataOf } from "../../job/job.ts";
import type { JobRecord } from "../../job/record.ts";
import type { KitEvent } from "../journal.ts";
import type { KitCore } from "../kit-core.ts";
import type { DataMatch } from "../match.ts";
import type { RecordOf } from "../records.ts";
import { type Answer, ask, ENQUEUED } from "./ask.ts";
import { argsOf, assert } from "./assertion.ts";
import type { Failure } from "./assertion-error.ts";
import { coreOf, currentKit } from "./current-kit.ts";
import type { JobMatch } from "./job-match.ts";
import { JobRows } from "./job-rows.ts";
import { cutMiddle } from "./literal.ts";
import { columns, counted, report, wrap } from "./report.ts";
import { type Source, type Subject, subjectOfKit } from "./source.ts";

/** One wait, or all of them in order. */
export type Waits = Duration | readonly Duration[];

export interface ExpectRetriedAfter {
  <C extends AnyJobClass>(
    source: Source,
    jobClass: C,
    waits: Waits,
    data?: DataMatch<DataOf<C>>,
    options?: JobMatch,
  ): Promise<RecordOf<C>>;
  <C extends AnyJobClass>(
    jobClass: C,
    waits: Waits,
    data?: DataMatch<DataOf<C>>,
    options?: JobMatch,
  ): Promise<RecordOf<C>>;
}

/**
 * Asserts the waits that a job's failed attempts led to: all of them, in order; one duration stands for one wait.
 *
 * ```ts
 * await kit.drain();                                                   // the first attempt throws
 * await expectRetriedAfter(kit, SendEmailJob, "4s");
 * await kit.advance("4s");                                             // so does the second
 * await expectRetriedAfter(kit, SendEmailJob, ["4s", "8s"]);
 * ```
 * A wait is from the failure to the instant the next attempt is due. `tolerance` says how far off each may be.
 * Rejects with: AssertionError, also where not exactly one job is like this; InvalidDurationError.
 */
export const expectRetriedAfter: ExpectRetriedAfter = (...given: readonly unknown[]): Promise<never> => {
  const call = "expectRetriedAfter";
  const args = argsOf(given);
  return assert({
    call,
    callee: expectRetriedAfter,
    args,
    async run(subject) {
      const [jobClass, waits, data, options] = args.rest;
      const asked = { call, jobClass, data, options: options as JobMatch | undefined, waits }; // `as`: checked where it is read
      const { matches, failure } = await askRetriedAfter(subject, asked);
      return { value: matches[0] as never, failure }; // `as`: the class asked for has this data
    },
  });
};

export interface AskedWaits {
  readonly call: string;
  readonly waits: unknown;
  readonly options: JobMatch | undefined;
  /** They are to be other waits. */
  readonly isNot?: boolean;
}

/** The job of a class that is asked about, and what to tell where its waits are others. */
export async function askRetriedAfter(
  subject: Subject,
  asked: AskedWaits & { readonly jobClass: unknown; readonly data: unknown },
): Promise<Answer> {
  const { tolerance, ...options } = asked.options ?? {};
  const wanted = wantedOf(asked);
  const one = await ask(ENQUEUED, subject, {
    call: asked.call,
    jobClass: asked.jobClass,
    data: asked.data,
    options,
    range: { min: 1, max: 1 },
  });
  const [job] = one.matches;
  if (one.failure !== null || job === undefined) return one;
  const core = subject.core ?? coreOf(currentKit(asked.call));
  return { matches: [job], failure: core === null ? null : compareWaits(core, job, wanted) };
}

/** The same of a job in hand, which the current kit knows. */
export async function askRecordRetriedAfter(record: JobRecord, asked: AskedWaits): Promise<Answer> {
  const wanted = wantedOf(asked);
  const core = coreOf(currentKit(asked.call));
  await core?.catchUp(`answer ${asked.call}`);
  const job = await core?.engine.store.get(record.id);
  if (core === null || core === undefined || job === null || job === undefined)
    throw new InvalidOptionError("the job", record.id, "a job of the current kit that is still in its store");
  return { matches: [job], failure: compareWaits(core, job, wanted) };
}

interface Wanted {
  readonly waitsMs: readonly number[];
  readonly allowedMs: number;
  readonly isNot: boolean;
}

function wantedOf({ call, waits, options, isNot = false }: AskedWaits): Wanted {
  const tolerance = options?.tolerance;
  const allowedMs = tolerance === undefined ? 0 : durationMs(tolerance, `${call}'s tolerance`);
  return { waitsMs: waitsOf(call, waits), allowedMs, isNot };
}

function compareWaits(core: KitCore, job: JobRecord, { waitsMs, allowedMs, isNot }: Wanted): Failure | null {
  const retries = core.journal.events().filter(({ type, jobId }) => type === "retried" && jobId === job.id);
  const actualMs = retries.map(waitMs);
  const isRight = (index: number): boolean => {
    const wanted = waitsMs[index];
    const actual = actualMs[index];
    return wanted !== undefined && actual !== undefined && Math.abs(actual - wanted) <= allowedMs;
  };
  const holds = actualMs.length === waitsMs.length && actualMs.every((_, index) => isRight(index));
  if (holds !== isNot) return null;

  const rows = new JobRows(subjectOfKit(core), [job]);
  const happened = actualMs.length === 0 ? "was never retried" : `was retried after ${listed(actualMs)}`;
  const wanted = `${actualMs.length === 0 ? "a retry after " : ""}${listed(waitsMs)}`;
  const table = Array.from({ length: Math.max(actualMs.length, waitsMs.length) }, (_, index) => {
    const cells = [`attempt ${index + 1}`, whatThrew(retries[index]), waitText("waited", actualMs[index])];
    return isRight(index) ? cells : [...cells, waitText("expected", waitsMs[index]) || "expected no retry"];
  });
  return {
    message: report(`${rows.named(job)} ${happened}, expected ${isNot ? "other waits" : wanted}.`, [
      { name: "waits", lines: actualMs.length === 0 ? [] : columns(table) },
      { name: "now", lines: [`${rows.state(job)}, ${job.attempts} of ${job.maxRetries} attempts used`] },
      { name: "hint", lines: hintLines(job, actualMs.length, waitsMs.length) },
    ]),
    actual: actualMs.map(lengthText),
    expected: waitsMs.map(lengthText),
  };
}

function hintLines(job: JobRecord, actual: number, wanted: number): readonly string[] {
  if (actual >= wanted) return [];
  if (job.status === "completed") return wrap("It completed. Does its handler throw, or is it stubbed?");
  if (job.status === "failed")
    return wrap(
      `It has failed: maxRetries ${job.maxRetries} allows ${counted(job.maxRetries - 1, "retry", "retries")}.`,
    );
  if (job.attempts === 0) return wrap("It was not run yet: await kit.drain() first.");
  return wrap("Its next attempt lies ahead: await kit.advance(…) first.");
}

function waitsOf(call: string, waits: unknown): readonly number[] {
  const list: readonly unknown[] = Array.isArray(waits) ? waits : [waits];
  if (list.length === 0)
    throw new InvalidOptionError(
      `${call}'s waits`,
      waits,
      "at least one duration; a job without retries: { attempts: 1 } of expectRan",
    );
  return list.map((wait) => durationMs(wait as Duration, `${call}'s wait`)); // `as`: anything else is refused with a typed error
}

function waitMs({ at, runAt }: KitEvent): number {
  return (runAt?.getTime() ?? 0) - at.getTime();
}

function whatThrew(event: KitEvent | undefined): string {
  return event === undefined ? "" : `threw ${cutMiddle(failureMessage(event.error).replaceAll(/\s+/g, " "), 24)}`;
}

function waitText(verb: string, ms: number | undefined): string {
  return ms === undefined ? "" : `${verb} ${lengthText(ms)}`;
}

function listed(waits: readonly number[]): string {
  return waits.map(lengthText).join(", ");
}

function lengthText(ms: number): string {
  return formatDuration(ms, 5);
}
