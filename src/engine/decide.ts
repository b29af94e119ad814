// The one place that says what comes of an attempt. Pure: no store, no clock, no randomness.

import { MAX_BACKOFF_SECONDS } from "../job/backoff.ts";
import { hasBrand } from "../job/brand.ts";
import { failureMessage } from "../job/failure-message.ts";
import type { Outcome, Performance } from "../job/outcome.ts";
import type { JobRecord } from "../job/record.ts";

/** How long the job's class wants to wait after a failed attempt, in seconds. */
export type BackoffPolicy = (attempt: number, error: unknown) => number;

const COMPLETED: Outcome = { type: "completed" };
const RELEASED: Outcome = { type: "released" };
const LAST_INSTANT = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * What is to be written about an attempt (R15, R20, R21, R23).
 *
 * A failed attempt with `attempts < maxRetries` is tried again at `now` + backoff, else the job has failed.
 * DiscardJob fails at once; RetryJob chooses the wait. Both count the attempt. One that a shutdown stopped is handed
 * back and not counted: it has not failed, and another worker may take it at once.
 */
export function decide(job: JobRecord, performance: Performance, backoff: BackoffPolicy, now: Date): Outcome {
  if (performance.type === "ok") return COMPLETED;
  if (performance.type === "stopped") return RELEASED;
  const { error } = performance;
  const message = failureMessage(error);
  if (hasBrand(error, "discard-job") || job.attempts >= job.maxRetries) return { type: "failed", error: message };
  const waitMs = chosenWaitMs(error) ?? backoff(job.attempts, error) * 1000;
  return { type: "retry", runAt: new Date(Math.min(now.getTime() + Math.round(waitMs), LAST_INSTANT)), error: message };
}

/** Whether a backoff override gave something that can be waited for (R21). */
export function isUsableBackoff(seconds: unknown): seconds is number {
  return typeof seconds === "number" && seconds >= 0 && seconds <= MAX_BACKOFF_SECONDS;
}

function chosenWaitMs(error: unknown): number | null {
  if (!hasBrand(error, "retry-job")) return null;
  const { delayMs } = error as { delayMs?: unknown }; // `as`: the brand says RetryJob
  return typeof delayMs === "number" && delayMs >= 0 ? delayMs : null;
}
