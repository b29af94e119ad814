// The steps that the contract's tests are told in: arrange jobs, read them back, compare.

import assert from "node:assert/strict";
import type { Outcome } from "../job/outcome.ts";
import type { Claim, EnqueuedJob, JobRecord, JobStatus, NewJob } from "../job/record.ts";
import type { ClaimRequest, JobStore } from "../store/job-store.ts";
import { aJob, type JobDraft, T0 } from "./a-job.ts";

export const LEASE_MS = 30_000;

/** T0 plus so many milliseconds. */
export function at(milliseconds: number): Date {
  return new Date(T0.getTime() + milliseconds);
}

/** Stores one job, at T0 unless told. */
export async function enqueue(store: JobStore, draft: JobDraft = {}, now: Date = T0): Promise<EnqueuedJob> {
  return only(await store.insert([aJob(draft)], { now }));
}

export async function enqueueAll(
  store: JobStore,
  all: readonly NewJob[],
  now: Date = T0,
): Promise<readonly EnqueuedJob[]> {
  return store.insert(all, { now });
}

/** What `claim` is asked unless told otherwise: one job, by worker "w", at T0, for LEASE_MS. */
export type ClaimDraft = Partial<ClaimRequest>;

export async function claim(store: JobStore, draft: ClaimDraft = {}): Promise<readonly Claim[]> {
  return store.claim({ limit: 1, now: T0, workerId: "w", leaseMs: LEASE_MS, ...draft });
}

/** Claims one job; that there is none fails the test. */
export async function claimOne(store: JobStore, draft: ClaimDraft = {}): Promise<Claim> {
  return only(await claim(store, draft));
}

/** Settles a claim and makes sure that it was accepted. */
export async function settle(store: JobStore, held: Claim, outcome: Outcome, now: Date = T0): Promise<void> {
  assert.equal(await store.settle(held, outcome, { now }), "settled");
}

/** The row of an id; that there is none fails the test. */
export async function read(store: JobStore, id: string): Promise<JobRecord> {
  const record = await store.get(id);
  assert.ok(record !== null, `there is no job ${JSON.stringify(id)}`);
  return record;
}

/** Enqueues, claims and settles one job. `now` is the instant of every step. */
export async function ended(
  store: JobStore,
  status: "completed" | "failed",
  draft: JobDraft = {},
  now: Date = T0,
): Promise<JobRecord> {
  const { id } = await enqueue(store, { runAt: now, ...draft }, now);
  const held = await claimOne(store, { id, now });
  await settle(store, held, status === "completed" ? { type: "completed" } : { type: "failed", error: "boom" }, now);
  return read(store, id);
}

/** A job in any status, all at T0. */
export async function jobIn(store: JobStore, status: JobStatus, draft: JobDraft = {}): Promise<JobRecord> {
  if (status === "completed" || status === "failed") return ended(store, status, draft);
  const { id } = await enqueue(store, draft);
  if (status === "processing") await claimOne(store, { id });
  return read(store, id);
}

/** All jobs of a store, newest first. */
export async function everyJob(store: JobStore): Promise<readonly JobRecord[]> {
  return store.list({ limit: 10_000 });
}

/** The one member of a list; more or fewer fail the test. */
export function only<T>(list: readonly T[]): T {
  assert.equal(list.length, 1, `expected one, got ${list.length}`);
  return list[0] as T; // `as`: there is one
}

export function idsOf(records: readonly { readonly id: string }[]): readonly string[] {
  return records.map((record) => record.id);
}

/** Compares the fields that are named, and shows those only. */
export function assertFields<T extends object>(actual: T, expected: Partial<T>): void {
  const shown: Partial<T> = {};
  for (const name of Object.keys(expected) as (keyof T)[]) shown[name] = actual[name]; // `as`: keys of a Partial<T>
  assert.deepEqual(shown, expected);
}

/** Makes sure that a call changed no row. */
export async function changesNothing(store: JobStore, call: () => Promise<unknown>): Promise<void> {
  const before = structuredClone(await everyJob(store));
  await call();
  assert.deepEqual(await everyJob(store), before);
}

/** Compares by code, since a store may come from another copy of this package. */
export function hasCode(code: string): (error: unknown) => boolean {
  return (error) => {
    assert.equal((error as { code?: unknown } | null)?.code, code, `expected an error with code ${code}, got ${error}`);
    return true;
  };
}
