// What a kit throws when a test cannot be trusted or has failed.

import { brand } from "../job/brand.ts";
import { WheelwrightError } from "../job/errors.ts";

/** A drain ran nothing, so a test that went on would prove nothing (R48). The text says why nothing was due. */
export class NothingRanError extends WheelwrightError {
  override readonly code = "NOTHING_RAN";
}

/** A handler neither ended nor slept for too long in real time (R40). Names it, and where it may hang. */
export class StuckHandlerError extends WheelwrightError {
  override readonly code = "STUCK_HANDLER";
}

/** A drain went past `maxJobs` or `maxVirtualTime`. Names the classes and the chain that kept it going (R41). */
export class RunawayError extends WheelwrightError {
  override readonly code = "RUNAWAY";
}

/** A job ended `failed`, or threw where `retries: "throw"`, and nobody expected it (R42). The cause is the handler's own error. */
export class JobFailedError extends WheelwrightError {
  override readonly code = "JOB_FAILED";
  /** What each of them threw, in order. */
  readonly errors: readonly unknown[];

  constructor(message: string, errors: readonly unknown[]) {
    super(message, { cause: errors[0] });
    this.errors = errors;
  }
}

/** The kit was used in a way that would make the test dishonest: after dispose, in production, two at once. */
export class KitUsageError extends WheelwrightError {
  override readonly code = "KIT_USAGE";
}

/** Found at the end of a test: an assertion nobody awaited, a rejected enqueue nobody caught, an expected failure that never came. */
export class KitDisposeError extends WheelwrightError {
  override readonly code = "KIT_DISPOSE";
  readonly problems: readonly string[];

  constructor(problems: readonly string[], causes: readonly unknown[]) {
    const text =
      problems.length === 1 ? `: ${problems[0]}` : `:\n${problems.map((problem) => `  • ${problem}`).join("\n")}`;
    super(`The test kit found a problem when it was disposed${text}`, { cause: causes[0] });
    this.problems = problems;
  }
}

for (const errorClass of [
  NothingRanError,
  StuckHandlerError,
  RunawayError,
  JobFailedError,
  KitUsageError,
  KitDisposeError,
]) {
  brand(errorClass.prototype, `error/${errorClass.name}`);
}
