// A row as Redis gives it, a flat list of names and texts, and the record that it stands for.

import type { Claim, EnqueuedJob, JobRecord, NewJob } from "wheelwright";

/** `[name, text, name, text, …]`; what is null is left out. */
export type FlatRow = readonly string[];

/** What is stored of a new job: all of it as text, and `idGiven`, which is asked for once. */
export function toFields(job: NewJob): Readonly<Record<string, string | true | undefined>> {
  return {
    id: job.id,
    idGiven: job.idGiven || undefined,
    jobClass: job.jobClass,
    queue: job.queue,
    data: job.data,
    priority: String(job.priority),
    maxRetries: String(job.maxRetries),
    timeout: String(job.timeout),
    runAt: instant(job.runAt),
    uniqueKey: job.uniqueKey ?? undefined,
    uniqueWhile: job.uniqueWhile,
    carried: job.carried ?? undefined,
  };
}

export function toRecord(flat: FlatRow): JobRecord {
  const row = new Map<string, string>();
  for (let index = 0; index < flat.length; index += 2) row.set(flat[index] ?? "", flat[index + 1] ?? "");
  const textOf = (name: string): string | null => row.get(name) ?? null;
  const numberOf = (name: string): number => Number(row.get(name));
  const dateOf = (name: string): Date | null => (row.has(name) ? new Date(numberOf(name)) : null);
  const jsonOf = (name: string) => (row.has(name) ? JSON.parse(row.get(name) ?? "") : null);
  return {
    id: row.get("id") ?? "",
    seq: numberOf("seq"),
    jobClass: row.get("jobClass") ?? "",
    queue: row.get("queue") ?? "",
    ...dataOf(row.get("data") ?? "{}"),
    priority: numberOf("priority"),
    status: row.get("status") as JobRecord["status"], // `as`: written by jobs.lua
    attempts: numberOf("attempts"),
    maxRetries: numberOf("maxRetries"),
    lastError: textOf("lastError"),
    runAt: new Date(numberOf("runAt")),
    createdAt: new Date(numberOf("createdAt")),
    updatedAt: new Date(numberOf("updatedAt")),
    startedAt: dateOf("startedAt"),
    completedAt: dateOf("completedAt"),
    failedAt: dateOf("failedAt"),
    timeout: numberOf("timeout"),
    lockedBy: textOf("lockedBy"),
    lockedUntil: dateOf("lockedUntil"),
    uniqueKey: textOf("uniqueKey"),
    progress: jsonOf("progress"),
    carried: jsonOf("carried"),
  };
}

/** A claim is the record and the token that proves who holds it. */
export function toClaim(flat: FlatRow): Claim {
  return { ...toRecord(flat), token: flat[flat.indexOf("token") + 1] ?? "" };
}

export function toEnqueued(how: string, flat: FlatRow): EnqueuedJob {
  return { ...toRecord(flat), deduplicated: how === "twin" };
}

/** Milliseconds since 1970, as text. Throws: RangeError for a date that is none. */
export function instant(date: Date): string {
  if (Number.isNaN(date.getTime())) throw new RangeError("An instant of a job is no date.");
  return String(date.getTime());
}

/** Text that somebody spoilt is handed on, so that the attempt fails and says so. */
function dataOf(text: string): Pick<JobRecord, "data" | "brokenData"> {
  try {
    const data: unknown = JSON.parse(text);
    if (typeof data === "object" && data !== null && !Array.isArray(data)) return { data: data as JobRecord["data"] }; // `as`: read from JSON
  } catch {
    // Told below.
  }
  return { data: {}, brokenData: text };
}
