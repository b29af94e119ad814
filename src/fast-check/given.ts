// What properties and arbitraries are given, checked before fast-check sees it: its own errors speak of its own arguments.

import { InvalidOptionError } from "../job/errors.ts";
import { type AnyJobClass, isJobClass } from "../job/job.ts";
import type { JobStore } from "../store/job-store.ts";
import { STORE_VERBS } from "../testing/faults/store-faults.ts";

/** A function to call later on. Throws: InvalidOptionError. */
export function requireFunction(value: unknown, what: string): void {
  if (typeof value !== "function") throw new InvalidOptionError(what, value, "a function");
}

/** A job class, for it is made and asked. Throws: InvalidOptionError. */
export function requireJobClass(value: unknown, what: string): asserts value is AnyJobClass {
  if (!isJobClass(value)) throw new InvalidOptionError(what, value, "a class that extends Job, or made by defineJob");
}

/** An arbitrary of any copy of fast-check. Throws: InvalidOptionError. */
export function requireArbitrary(value: unknown, what: string): void {
  if (value === null || typeof value !== "object" || !("generate" in value) || typeof value.generate !== "function")
    throw new InvalidOptionError(what, value, "an arbitrary of fast-check, such as jobData()");
}

/** A list that something can be drawn from. Throws: InvalidOptionError. */
export function requireMembers(value: unknown, what: string, of: string): void {
  if (!Array.isArray(value) || value.length === 0)
    throw new InvalidOptionError(what, value, `a list of ${of}, at least one`);
}

/** What a function of the user's gave for a store. Throws: InvalidOptionError that names the methods it lacks. */
export function requireStore(value: unknown, what: string): asserts value is JobStore {
  if (value === null || typeof value !== "object") throw new InvalidOptionError(what, value, "a JobStore");
  const missing = METHODS.filter((name) => typeof Reflect.get(value, name) !== "function");
  if (missing.length > 0)
    throw new InvalidOptionError(what, value, `a JobStore, with the methods it lacks: ${missing.join(", ")}`);
}

/** Those that every store has (store/job-store.ts). */
const METHODS: readonly (keyof JobStore)[] = [
  "setup",
  ...STORE_VERBS,
  "nextRunAt",
  "nextLeaseEndAt",
  "activity",
  "close",
];

/** Closes the store whatever comes of its use. An error of the use is told rather than one of the close. */
export async function withStore(
  open: () => JobStore | Promise<JobStore>,
  what: string,
  use: (store: JobStore) => Promise<void>,
): Promise<void> {
  const store = await open();
  requireStore(store, what);
  try {
    await use(store);
  } catch (error) {
    await Promise.allSettled([(async () => store.close())()]);
    throw error;
  }
  await store.close();
}
