// Thrown by a handler to choose when it is tried again.

import { brand, isInstance } from "./brand.ts";
import { type Duration, durationMs } from "./duration.ts";

export interface RetryJobOptions {
  readonly in: Duration;
  /** What becomes the row's lastError. */
  readonly reason?: string | undefined;
  readonly cause?: unknown;
}

/**
 * `throw new RetryJob({ in: "90s" })`: the next attempt is due that long after this failure, not after the backoff (R23).
 * The attempt counts, so maxRetries still ends it.
 * Throws: InvalidDurationError, at construction, for a bare number or anything else that is no duration.
 */
export class RetryJob extends Error {
  /** Milliseconds until the next attempt. */
  readonly delayMs: number;

  constructor(options: RetryJobOptions) {
    super(options?.reason ?? "retry asked for by the job", options); // Error reads `cause` only where there is one.
    this.name = "RetryJob";
    this.delayMs = durationMs(options?.in, "RetryJob's in");
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, "retry-job", value);
  }
}
brand(RetryJob.prototype, "retry-job");
