// Runs an assertion: its promise is watched, and its error points to the line that called it.

import { isJobClass, nameOf } from "../../job/job.ts";
import { assertionError, CallSite, type Failure } from "./assertion-error.ts";
import { CURRENT_KIT, type Subject, subjectOf } from "./source.ts";

/** The arguments of an assertion, with the source that may be left out in its place. */
export interface AssertionArgs {
  readonly source: unknown;
  /** What follows the source. */
  readonly rest: readonly unknown[];
}

/** Sorts out whether the source was left out: then the job class comes first. */
export function argsOf(args: readonly unknown[]): AssertionArgs {
  return isJobClass(args[0]) ? { source: CURRENT_KIT, rest: args } : { source: args[0], rest: args.slice(1) };
}

export interface Assertion<T> {
  /** The function's name. */
  readonly call: string;
  // biome-ignore lint/complexity/noBannedTypes: any function
  readonly callee: Function;
  readonly args: AssertionArgs;
  run(subject: Subject): Promise<{ readonly value: T; readonly failure: Failure | null }>;
}

/**
 * Resolves with what the assertion found. Rejects with: AssertionError where it does not hold; the errors of arguments
 * that cannot be used. One that nobody awaits is told when the kit is disposed (R48).
 */
export function assert<T>({ call, callee, args, run }: Assertion<T>): Promise<T> {
  const site = new CallSite(callee);
  let subject: Subject;
  try {
    subject = subjectOf(call, args.source);
  } catch (error) {
    return Promise.reject(error);
  }
  const check = async (): Promise<T> => {
    const { value, failure } = await run(subject);
    if (failure !== null) throw assertionError(call, failure, site);
    return value;
  };
  if (subject.core === null) return check();
  return subject.core.watchCall({ text: shownCall(call, args.rest), kind: "assertion", site }, check);
}

/** `expectEnqueued(SendEmailJob, …)`. */
export function shownCall(call: string, rest: readonly unknown[]): string {
  const [first] = rest;
  const name = isJobClass(first) ? nameOf(first) : "…";
  return `${call}(${name}${rest.length > 1 && isJobClass(first) ? ", …" : ""})`;
}
