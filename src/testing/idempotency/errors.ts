// What checkIdempotent rejects with.

import { brandErrors, WheelwrightError } from "../../job/errors.ts";

/** A job that is delivered again leaves something else behind than one that ran once. The text names point and difference. */
export class NotIdempotentError extends WheelwrightError {
  override readonly code = "NOT_IDEMPOTENT";
  /** Where the worker died, in words: of each point at which the check failed, the first one first. */
  readonly points: readonly string[];
  /** Calls on effects, and enqueues of handlers, that were made more often than without the crash. */
  readonly twice: readonly string[];
  /** Calls and enqueues that were made without the crash, and not with it. */
  readonly lost: readonly string[];

  constructor(
    message: string,
    found: { readonly points: readonly string[]; readonly twice: readonly string[]; readonly lost: readonly string[] },
  ) {
    super(message);
    this.points = found.points;
    this.twice = found.twice;
    this.lost = found.lost;
  }
}

/** The check can say neither yes nor no: a crash was caught, what is observed differs without any, or nothing is observed. */
export class CannotJudgeError extends WheelwrightError {
  override readonly code = "CANNOT_JUDGE";
}

brandErrors(NotIdempotentError, CannotJudgeError);
