// The assertions that count jobs: enqueued, pending, run.

import type { AnyJobClass, DataOf } from "../../job/job.ts";
import type { DataMatch } from "../match.ts";
import type { RecordOf } from "../records.ts";
import { type Asked, ask, ENQUEUED, PENDING, type Question, RAN } from "./ask.ts";
import { argsOf, assert } from "./assertion.ts";
import type { JobMatch } from "./job-match.ts";
import type { Source } from "./source.ts";
import type { Times } from "./times.ts";

/** Options of an assertion about one job. */
export interface ExpectOne extends JobMatch {
  readonly times?: undefined;
}

/** Options of an assertion about so many jobs. */
export interface ExpectMany extends JobMatch {
  /** How many there are to be: a number, or `{ min, max }`. Exactly one, unless told. */
  readonly times: Times;
}

/**
 * An assertion about the jobs of a class. The source may be left out: then it is the current kit.
 *
 * `data` is a deep subset, arrays whole, asymmetric matchers anywhere, or a predicate.
 * Resolves with the record of the one job, or with those of all where `times` is given.
 */
export interface ExpectJobs {
  <C extends AnyJobClass>(
    source: Source,
    jobClass: C,
    data: DataMatch<DataOf<C>> | undefined,
    options: ExpectMany,
  ): Promise<readonly RecordOf<C>[]>;
  <C extends AnyJobClass>(
    source: Source,
    jobClass: C,
    data?: DataMatch<DataOf<C>>,
    options?: ExpectOne,
  ): Promise<RecordOf<C>>;
  <C extends AnyJobClass>(
    jobClass: C,
    data: DataMatch<DataOf<C>> | undefined,
    options: ExpectMany,
  ): Promise<readonly RecordOf<C>[]>;
  <C extends AnyJobClass>(jobClass: C, data?: DataMatch<DataOf<C>>, options?: ExpectOne): Promise<RecordOf<C>>;
}

/**
 * Asserts that a job was enqueued, whatever has become of it since: exactly one like this, unless `times` says otherwise.
 *
 * ```ts
 * const job = await expectEnqueued(kit, SendEmailJob, { to: "ada@example.org" }, { queue: "mail", in: "5m" });
 * ```
 * `in` and `at` are compared with when it was to run as it was enqueued; a retry's later instant does not count.
 * What a rolled-back transaction enqueued was not enqueued. A deduplicated enqueue stored nothing and counts for nothing.
 * Rejects with: AssertionError; InvalidOptionError and UnknownJobError for what cannot be asked.
 */
export const expectEnqueued: ExpectJobs = expecting("expectEnqueued", ENQUEUED);

/** Asserts that a job waits to be run: exactly one like this, unless told. `in` and `at` are about when it is due now. */
export const expectPending: ExpectJobs = expecting("expectPending", PENDING);

/** Asserts that a job ran and completed: exactly one like this, unless told. `{ status: "failed" }` asks for one that failed. */
export const expectRan: ExpectJobs = expecting("expectRan", RAN);

/** An assertion that there is no such job. */
export interface ExpectNone {
  <C extends AnyJobClass>(source: Source, jobClass: C, data?: DataMatch<DataOf<C>>, options?: JobMatch): Promise<void>;
  <C extends AnyJobClass>(jobClass: C, data?: DataMatch<DataOf<C>>, options?: JobMatch): Promise<void>;
}

/**
 * Asserts that no job like this was enqueued. Data and options narrow what is meant: without them, none of the class.
 * Rejects with: AssertionError that shows those there are; what a predicate throws by mistake.
 */
export const expectNotEnqueued: ExpectNone = (...given: readonly unknown[]): Promise<void> => {
  const call = "expectNotEnqueued";
  const args = argsOf(given);
  return assert({
    call,
    callee: expectNotEnqueued,
    args,
    async run(subject) {
      const range = { min: 0, max: 0 };
      const { failure } = await ask(ENQUEUED, subject, { ...askedOf(call, args.rest), range });
      return { value: undefined, failure };
    },
  });
};

function expecting(call: string, question: Question): ExpectJobs {
  const expectJobs = (...given: readonly unknown[]): Promise<never> => {
    const args = argsOf(given);
    return assert({
      call,
      callee: expectJobs,
      args,
      async run(subject) {
        const asked = askedOf(call, args.rest);
        const { matches, failure } = await ask(question, subject, asked);
        const value = asked.options?.times === undefined ? matches[0] : matches;
        return { value: value as never, failure }; // `as`: the class asked for has this data; the overloads say one or many
      },
    });
  };
  return expectJobs;
}

/** The arguments after the source. */
export function askedOf(call: string, [jobClass, data, options]: readonly unknown[]): Asked {
  return { call, jobClass, data, options: options as Asked["options"] }; // `as`: checked where it is read
}
