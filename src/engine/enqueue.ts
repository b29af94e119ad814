// Puts jobs into the store: one, many, or at once for synchronous callers.

import { AsyncResource } from "node:async_hooks";
import { currentScope } from "../job/ambient.ts";
import { pointed } from "../job/caller.ts";
import { brandErrors, InvalidOptionError, show, WheelwrightError } from "../job/errors.ts";
import { type AnyJob, type AnyJobClass, type DataOf, type EnqueueOptions, nameOf } from "../job/job.ts";
import type { EnqueueArgs } from "../job/json-type.ts";
import type { EnqueuedJob, NewJob } from "../job/record.ts";
import { isPromise } from "../job/schema.ts";
import type { InsertAt } from "../store/job-store.ts";
import { channels, type EnqueueStep, isWatched, traced } from "./channels.ts";
import type { Engine } from "./engine.ts";
import { requireKnown } from "./known-options.ts";
import { newJob } from "./new-job.ts";

/** One of `enqueueMany`'s: class or instance, data, options (all but `transaction`, which is the call's). */
export type EnqueueEntry = readonly [
  job: AnyJobClass | AnyJob,
  data?: object | undefined,
  options?: EnqueueOptions | undefined,
];

/** What `enqueueMany` takes: each entry's data is checked against its own class. */
export type EnqueueEntries<Classes extends readonly (AnyJobClass | AnyJob)[]> = {
  readonly [Index in keyof Classes]: readonly [
    job: Classes[Index],
    ...args: EnqueueArgs<DataOf<Classes[Index]>, EnqueueOptions>,
  ];
};

/** The store cannot answer at once, or the job's schema cannot. */
export class NotSynchronousError extends WheelwrightError {
  override readonly code = "NOT_SYNCHRONOUS";
}
brandErrors(NotSynchronousError);

/**
 * Stores one job. Where the store can answer at once it has by the time this returns, so an enqueue inside a
 * synchronous transaction is part of it (R9).
 */
export function enqueue(
  engine: Engine,
  job: object,
  data: unknown,
  options: EnqueueOptions | undefined,
): Promise<EnqueuedJob> {
  const { kit } = engine;
  let result: EnqueuedJob | Promise<EnqueuedJob>;
  try {
    kit?.beforeEnqueue();
    result = isWatched(channels.enqueue)
      ? traced(channels.enqueue, stepOf([job]), () => begin(engine, job, data, options), listOfOne)
      : begin(engine, job, data, options);
  } catch (error) {
    result = Promise.reject(pointed(error));
  }
  if (!isPromise(result)) return Promise.resolve(result);
  return kit === null ? result : kit.watchEnqueue(result, nameOf(job));
}

/** Stores all or none, in order (R10). An option of the call (`transaction`) holds for all. */
export function enqueueMany(
  engine: Engine,
  entries: readonly EnqueueEntry[],
  options: { readonly transaction?: unknown } = {},
): Promise<readonly EnqueuedJob[]> {
  const all = tracedMany(engine, entries, options);
  if (engine.kit === null) return all;
  // A kit waits for it and notices its rejection like any enqueue's.
  const watched = engine.kit.watchEnqueue(all as Promise<never>, "several jobs"); // `as`: what is watched is the promise, not its value
  return watched as Promise<never>; // `as`: the same promise's value
}

/** Stores one job and returns it, for transaction functions that must not await. Throws: NotSynchronousError. */
export function enqueueSync(
  engine: Engine,
  job: object,
  data: unknown,
  options: EnqueueOptions | undefined,
): EnqueuedJob {
  return isWatched(channels.enqueue)
    ? traced(channels.enqueue, stepOf([job]), () => beginSync(engine, job, data, options), listOfOne)
    : beginSync(engine, job, data, options);
}

function beginSync(engine: Engine, job: object, data: unknown, options: EnqueueOptions | undefined): EnqueuedJob {
  const { store } = engine;
  engine.kit?.beforeEnqueue(); // A kit that is over says so first, on every store.
  if (store.insertSync === undefined) {
    throw new NotSynchronousError(`The ${store.name} store cannot enqueue synchronously: use enqueue and await it.`);
  }
  refuseWhenOver();
  const now = engine.clock.now();
  const made = newJob(engine, job, data, options, now);
  if (isPromise(made)) {
    made.catch(() => undefined);
    throw new NotSynchronousError("The job's schema is asynchronous: use enqueue and await it.");
  }
  const at = insertAt(engine, now, options);
  return tell(engine, firstOf(store.insertSync([made], at)), at);
}

/** What is told of an enqueue. The names as far as they can be had: what is no job is refused later, with a better word. */
function stepOf(jobs: readonly unknown[]): EnqueueStep {
  return { jobClasses: jobs.map((job) => (job instanceof Object ? nameOf(job) : show(job))) };
}

function listOfOne(job: EnqueuedJob): readonly EnqueuedJob[] {
  return [job];
}

function begin(
  engine: Engine,
  job: object,
  data: unknown,
  options: EnqueueOptions | undefined,
): EnqueuedJob | Promise<EnqueuedJob> {
  refuseWhenOver();
  const now = engine.clock.now();
  const made = newJob(engine, job, data, options, now);
  const at = insertAt(engine, now, options);
  if (!isPromise(made)) return insertOne(engine, made, at);
  return made.then((later) => {
    refuseWhenOver(); // The attempt may have ended while its schema was asked.
    return insertOne(engine, later, at);
  });
}

function insertOne(engine: Engine, job: NewJob, at: InsertAt): EnqueuedJob | Promise<EnqueuedJob> {
  const { store } = engine;
  if (store.insertSync !== undefined) {
    try {
      // Written out: to spread it would cost a third of the enqueue.
      const { now, newId, transaction } = at;
      return tell(engine, firstOf(store.insertSync([job], { now, newId, transaction, atOnce: true })), at);
    } catch (error) {
      // Another transaction holds the same key, or the lock: only waiting can tell whose job it will be.
      if ((error as { code?: unknown }).code !== "WOULD_WAIT") throw error;
    }
  }
  return store.insert([job], at).then((rows) => tell(engine, firstOf(rows), at));
}

function tracedMany(
  engine: Engine,
  entries: readonly EnqueueEntry[],
  options: { readonly transaction?: unknown },
): Promise<readonly EnqueuedJob[]> {
  if (!isWatched(channels.enqueue)) return beginMany(engine, entries, options);
  const jobs = Array.isArray(entries) ? entries.map((entry: unknown) => (Array.isArray(entry) ? entry[0] : entry)) : [];
  return traced(
    channels.enqueue,
    stepOf(jobs),
    () => beginMany(engine, entries, options),
    (rows) => rows,
  );
}

const MANY_OPTIONS = new Set(["transaction"]);

async function beginMany(
  engine: Engine,
  entries: readonly EnqueueEntry[],
  options: { readonly transaction?: unknown },
): Promise<readonly EnqueuedJob[]> {
  engine.kit?.beforeEnqueue();
  refuseWhenOver();
  if (!Array.isArray(entries))
    throw new InvalidOptionError("enqueueMany's jobs", entries, "a list of [JobClass, data?, options?]");
  requireKnown(options, "enqueueMany", MANY_OPTIONS);
  const now = engine.clock.now();
  const made: (NewJob | Promise<NewJob>)[] = [];
  for (const entry of entries) {
    const one = newOfMany(engine, entry, options, now);
    if (isPromise(one)) one.catch(() => undefined); // The first refusal is told; those of others are nobody's.
    made.push(one);
  }
  const jobs = made.some(isPromise) ? await Promise.all(made) : (made as NewJob[]); // `as`: none is a promise
  refuseWhenOver();
  const at = insertAt(engine, now, options);
  const rows = await engine.store.insert(jobs, at);
  for (const row of rows) tell(engine, row, at);
  return rows;
}

function newOfMany(
  engine: Engine,
  entry: EnqueueEntry,
  { transaction }: { readonly transaction?: unknown },
  now: Date,
): NewJob | Promise<NewJob> {
  if (!Array.isArray(entry))
    throw new InvalidOptionError("an entry of enqueueMany", entry, "a list: [JobClass, data?, options?]");
  const [job, data, options] = entry as EnqueueEntry; // `as`: Array.isArray forgets that it may be read-only
  if (options?.transaction !== undefined && options.transaction !== transaction)
    throw new InvalidOptionError("an entry's transaction", "…", "the transaction in enqueueMany's own options");
  return newJob(engine, job, data, options, now);
}

/** An attempt that was aborted or has failed may enqueue no more: its successor will (R16). */
function refuseWhenOver(): void {
  const refused = currentScope()?.attempt?.refuse("enqueue");
  if (refused) throw refused;
}

function insertAt(engine: Engine, now: Date, options: { readonly transaction?: unknown } | undefined): InsertAt {
  const newId = (): string => engine.ids.next(now.getTime());
  return options?.transaction === undefined ? { now, newId } : { now, newId, transaction: options.transaction };
}

function tell(engine: Engine, job: EnqueuedJob, at: InsertAt): EnqueuedJob {
  if (at.transaction === undefined || !tellAtCommit(engine, job, at.transaction))
    engine.events.tell(job.deduplicated ? "deduplicated" : "enqueued", at.now, job, null);
  return job;
}

/**
 * Nobody sees a job before its transaction commits, nor does anybody hear of it (R9). Returns false where the store
 * cannot tell when that is, as with the transactions of a database's own client: it is then told at once.
 */
function tellAtCommit(engine: Engine, job: EnqueuedJob, transaction: unknown): boolean {
  const { store, events, clock, kit } = engine;
  // Whoever enqueued it is who it is told of, not whoever ends the transaction.
  const ended = AsyncResource.bind((state: "committed" | "rolled back") => {
    kit?.transactionEnded(job, state);
    if (state === "committed") events.tell(job.deduplicated ? "deduplicated" : "enqueued", clock.now(), job, null);
  });
  if (store.whenEnded?.(transaction, ended) !== true) {
    kit?.enqueuedInForeignTransaction(job);
    return false;
  }
  kit?.enqueuedInTransaction(job);
  return true;
}

function firstOf(rows: readonly EnqueuedJob[]): EnqueuedJob {
  const [row] = rows;
  if (row === undefined) throw new TypeError("The store's insert returned no row for the one job it was given.");
  return row;
}
