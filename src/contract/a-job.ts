// A job to store, of which a test names only what matters.

import type { JsonObject } from "../job/data.ts";
import type { NewJob } from "../job/record.ts";

/** `data` as an object, or as the JSON text that is to be stored. An `id` that is named counts as given (R7). */
export type JobDraft = Partial<Omit<NewJob, "data">> & { readonly data?: JsonObject | string };

/** The instant at which the contract's tests begin. */
export const T0: Date = new Date("2030-01-01T00:00:00.000Z");

let made = 0;

/**
 * A job due at T0 on the queue "default", with an id of its own.
 *
 * ```ts
 * await store.insert([aJob({ priority: 9 }), aJob({ uniqueKey: "import" })], { now: T0 });
 * ```
 */
export function aJob(draft: JobDraft = {}): NewJob {
  const { data = {}, ...rest } = draft;
  return {
    id: nextId(),
    idGiven: draft.id !== undefined,
    jobClass: "SendEmailJob",
    queue: "default",
    data: typeof data === "string" ? data : JSON.stringify(data),
    priority: 0,
    maxRetries: 3,
    timeout: 300,
    runAt: T0,
    uniqueKey: null,
    uniqueWhile: "live",
    carried: null,
    ...rest,
  };
}

/** `count` jobs of one draft. */
export function jobs(count: number, draft: JobDraft | ((index: number) => JobDraft) = {}): readonly NewJob[] {
  return Array.from({ length: count }, (_, index) => aJob(typeof draft === "function" ? draft(index) : draft));
}

/** Shaped as the engine's, and ascending as they are. */
export function nextId(): string {
  return `00000000-0000-7000-8000-${(++made).toString(16).padStart(12, "0")}`;
}
