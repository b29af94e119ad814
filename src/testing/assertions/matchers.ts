// The assertions as matchers of expect, for every runner that has `expect.extend` (vitest, jest).

import { type AnyJobClass, type DataOf, isJobClass } from "../../job/job.ts";
import type { JobRecord } from "../../job/record.ts";
import type { DataMatch } from "../match.ts";
import { type Answer, ask, ENQUEUED, PENDING, type Question, RAN } from "./ask.ts";
import { shownCall } from "./assertion.ts";
import { CallSite } from "./assertion-error.ts";
import { askDeduplicated } from "./expect-deduplicated.ts";
import { askExactly, type ExactlyOptions, type ExpectedJob } from "./expect-enqueued-exactly.ts";
import { askIdle, type IdleOptions } from "./expect-idle.ts";
import { askedOf, type ExpectMany, type ExpectOne } from "./expect-jobs.ts";
import { askRecordRetriedAfter, askRetriedAfter, type Waits } from "./expect-retried-after.ts";
import type { JobMatch } from "./job-match.ts";
import { MatcherPromise, type MatcherResult } from "./matcher-promise.ts";
import { namesOf, type Subject, subjectOf } from "./source.ts";

/**
 * The matchers. All are asynchronous, for they read the store: `await expect(kit).toHaveEnqueued(SendEmailJob)`.
 * What is expected on is a kit, what `kit.during()` resolved with, or records. `.not` means that there is no such job;
 * with `times`, that there is another number of them.
 */
export interface JobMatchers<R = Promise<void>> {
  /** See `expectEnqueued`. */
  toHaveEnqueued<C extends AnyJobClass>(jobClass: C, data?: DataMatch<DataOf<C>>, options?: ExpectOne | ExpectMany): R;
  /** See `expectEnqueuedExactly`. */
  toHaveEnqueuedExactly(expected: readonly ExpectedJob[], options?: ExactlyOptions): R;
  /** See `expectPending`. */
  toHavePending<C extends AnyJobClass>(jobClass: C, data?: DataMatch<DataOf<C>>, options?: ExpectOne | ExpectMany): R;
  /** See `expectRan`. */
  toHaveRun<C extends AnyJobClass>(jobClass: C, data?: DataMatch<DataOf<C>>, options?: ExpectOne | ExpectMany): R;
  /** See `expectDeduplicated`. */
  toHaveDeduplicated<C extends AnyJobClass>(
    jobClass: C,
    data?: DataMatch<DataOf<C>>,
    options?: ExpectOne | ExpectMany,
  ): R;
  /** See `expectRetriedAfter`; on a job's record it takes the waits alone. */
  toHaveRetriedAfter<C extends AnyJobClass>(
    jobClass: C,
    waits: Waits,
    data?: DataMatch<DataOf<C>>,
    options?: JobMatch,
  ): R;
  toHaveRetriedAfter(waits: Waits, options?: Pick<JobMatch, "tolerance">): R;
  /** See `expectIdle`. */
  toBeIdle(options?: IdleOptions): R;
}

/** What a runner's `expect.extend` takes. */
export type JobMatcher = (
  this: { readonly isNot?: boolean },
  received: unknown,
  ...args: unknown[]
) => PromiseLike<MatcherResult>;

type Ask = (subject: Subject, args: readonly unknown[], isNot: boolean) => Promise<Answer>;

export const jobMatchers: Readonly<Record<keyof JobMatchers, JobMatcher>> = {
  toHaveEnqueued: counting("toHaveEnqueued", ENQUEUED),
  toHavePending: counting("toHavePending", PENDING),
  toHaveRun: counting("toHaveRun", RAN),
  toHaveDeduplicated: matcher("toHaveDeduplicated", (subject, args, isNot) =>
    askDeduplicated(subject, { ...askedOf("toHaveDeduplicated", args), isNot }),
  ),
  toHaveEnqueuedExactly: matcher(
    "toHaveEnqueuedExactly",
    (subject, [expected, options], isNot) =>
      askExactly("toHaveEnqueuedExactly", subject, expected, options as ExactlyOptions | undefined, isNot), // `as`: checked there
  ),
  toHaveRetriedAfter: retriedAfter(),
  toBeIdle: matcher(
    "toBeIdle",
    (subject, [options], isNot) => askIdle("toBeIdle", subject, options as IdleOptions | undefined, isNot), // `as`: checked there
  ),
};

function counting(name: keyof JobMatchers, question: Question): JobMatcher {
  return matcher(name, (subject, args, isNot) => ask(question, subject, { ...askedOf(name, args), isNot }));
}

function retriedAfter(): JobMatcher {
  const call = "toHaveRetriedAfter";
  return matcher(call, async (subject, args, isNot) => {
    if (isJobClass(args[0])) {
      const [jobClass, waits, data, options] = args;
      return askRetriedAfter(subject, { call, jobClass, waits, data, options: options as JobMatch | undefined, isNot }); // `as`: checked there
    }
    const records = subject.core === null ? await subject.read() : [];
    const [record] = records;
    if (record === undefined || records.length > 1) namesOf(call, subject, args[0]); // Throws: a class is missing.
    return askRecordRetriedAfter(record as JobRecord, {
      call,
      waits: args[0],
      options: args[1] as JobMatch | undefined,
      isNot,
    }); // `as`: checked there
  });
}

function matcher(name: keyof JobMatchers, askIt: Ask): JobMatcher {
  function jobMatcher(this: { readonly isNot?: boolean }, received: unknown, ...args: unknown[]): MatcherPromise {
    const isNot = this.isNot === true;
    const site = new CallSite(jobMatcher);
    const call = `expect(…).${isNot ? "not." : ""}${shownCall(name, args)}`;
    let subject: Subject;
    try {
      subject = subjectOf(name, isRecord(received) ? [received] : received);
    } catch (error) {
      return new MatcherPromise(Promise.reject(error), null, call, site);
    }
    return new MatcherPromise(resultOf(askIt(subject, args, isNot), isNot), subject.core, call, site);
  }
  return jobMatcher;
}

async function resultOf(answer: Promise<Answer>, isNot: boolean): Promise<MatcherResult> {
  const { failure } = await answer;
  // The message says it all; a runner's own difference of `actual` and `expected` would say it again.
  return { pass: (failure === null) !== isNot, message: () => failure?.message ?? "" };
}

/** One job, as `enqueue` resolves with. */
function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && "id" in value && "jobClass" in value && "runAt" in value;
}
