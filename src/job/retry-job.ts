// Thrown by a handler to choose when it is tried again.

import { brand } from "./brand.ts";
import { type Duration, durationMs } from "./duration.ts";

/**
 * `throw new RetryJob({ in: "90s" })`: the next attempt is due that long after this failure, not after the backoff (R23).
 * The attempt counts, so maxRetries still ends it.
 * Throws: InvalidDurationError, at construction, for a bare number or anything else that is no duration.
 */
export class RetryJob extends Error {
  /** Milliseconds until the next attempt. */
  readonly delayMs: number;

  constructor(options: { in: Duration; reason?: string; cause?: unknown }) {
    super(options.reason ?? "retry asked for by the job", { cause: options.cause });
    this.name = "RetryJob";
    this.delayMs = durationMs(options.in, "RetryJob's in");
  }
}
brand(RetryJob.prototype, "retry-job");
