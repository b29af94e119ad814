// The words for a job at rest: what a store keeps of it and what it hands out.

import type { JsonObject, JsonValue } from "./data.ts";

/** `pending → processing → completed | failed`; a retry is `pending` with a later `runAt`. */
export type JobStatus = "pending" | "processing" | "completed" | "failed";

export const JOB_STATUSES: readonly JobStatus[] = ["pending", "processing", "completed", "failed"];

/** How far a running job says it is (R18): counts, a whole percentage, and a word about it. */
export interface JobProgress {
  readonly processed: number;
  readonly total: number;
  /** 0 to 100, rounded down; 0 when the total is 0. */
  readonly percentage: number;
  readonly status: "processing" | "completed";
  readonly message: string | null;
}

/**
 * One job as a store keeps it. Instants are Dates (UTC, milliseconds); what is absent is null.
 * Units: `timeout` in seconds. `maxRetries` counts attempts in all (R20).
 */
export interface JobRecord {
  readonly id: string;
  /** The store's own number, given at insert and kept through retries: the last tie-break of claim order (R11). */
  readonly seq: number;
  readonly jobClass: string;
  readonly queue: string;
  readonly data: JsonObject;
  readonly priority: number;
  readonly status: JobStatus;
  readonly attempts: number;
  readonly maxRetries: number;
  readonly lastError: string | null;
  readonly runAt: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  readonly failedAt: Date | null;
  readonly timeout: number;
  readonly lockedBy: string | null;
  readonly lockedUntil: Date | null;
  readonly uniqueKey: string | null;
  readonly progress: JobProgress | null;
  /** What `carry.capture()` gave at enqueue (R17). */
  readonly carried: JsonValue;
  /** The row's text, there only when it is no JSON object: `data` is then `{}` and the attempt fails (R19). */
  readonly brokenData?: string;
}

/** A job just enqueued, or, with `deduplicated: true`, the one that was there already (R7, R8). */
export interface EnqueuedJob extends JobRecord {
  readonly deduplicated: boolean;
}

/** While which statuses a unique key keeps others out (R8): `"live"` is pending or processing. */
export type UniqueWhile = "live" | "pending";

/** A job about to be stored: checked by the engine, its data already JSON text. */
export interface NewJob {
  readonly id: string;
  /** Whether the caller chose the id: only then is an existing row of that id the answer (R7). */
  readonly idGiven: boolean;
  readonly jobClass: string;
  readonly queue: string;
  /** JSON text of an object. */
  readonly data: string;
  readonly priority: number;
  readonly maxRetries: number;
  /** Seconds. */
  readonly timeout: number;
  readonly runAt: Date;
  readonly uniqueKey: string | null;
  readonly uniqueWhile: UniqueWhile;
  /** JSON text, or null where nothing is carried. */
  readonly carried: string | null;
}

/** A job held by one worker until `lockedUntil`. The token is new at each claim, and needed to settle it (R12, R24). */
export interface Claim extends JobRecord {
  readonly token: string;
}
