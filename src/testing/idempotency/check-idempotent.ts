// Whether a job may be delivered again: every point at which its worker can die is tried.

import { isDeepStrictEqual } from "node:util";
import type { Jobs } from "../../engine/jobs.ts";
import { requireKnown } from "../../engine/known-options.ts";
import { InvalidOptionError } from "../../job/errors.ts";
import type { AnyJobClass } from "../../job/job.ts";
import { uncalledText, WHY_UNCALLED } from "../faults/effects.ts";
import { FaultUsageError } from "../faults/errors.ts";
import { callProof } from "../proof-call.ts";
import { CannotJudgeError, NotIdempotentError } from "./errors.ts";
import { HeldAnswers } from "./held-answers.ts";
import { observedDifferences } from "./observed.ts";
import { plainCopy } from "./plain-copy.ts";
import { type CrashPoint, type MadeCall, type Played, play, type Redelivery, type World } from "./play.ts";
import { callAt, type Finding, notIdempotentMessage, pointText } from "./report.ts";
import { timeless } from "./timeless.ts";

export type IdempotencyCheck = JobsUnderTest & IdempotencyWorld;

/** Classes, or the app's own Jobs: a kit takes its place, and makes instances as it does (`createJobs({ create })`). */
export type JobsUnderTest =
  | {
      /** The class under test, and those that it enqueues, which are performed as well. */
      readonly jobs: readonly AnyJobClass[];
      readonly app?: undefined;
    }
  | { readonly app: Jobs; readonly jobs?: undefined };

export interface IdempotencyWorld {
  /** Enqueues what is to be tried, or calls the code that does. */
  readonly enqueue: () => unknown;
  /** Puts everything back that the jobs change. Called before each run. */
  readonly reset: () => unknown;
  /** What can be seen of the jobs' work: rows, mails, charges. Compared deeply, so give plain values: `undefined` is refused, and what has no fields that can be compared. */
  readonly observe: () => unknown;
  /**
   * The objects by which the jobs change the world. Each call of a handler on one of their methods is a point to die
   * before, and after. By name, messages call them so: `{ gateway, ledger }`.
   */
  readonly effects: readonly object[] | Readonly<Record<string, object>>;
  /** The instant at which each run starts; the first of January 2030 unless told. */
  readonly now?: Date | string | undefined;
  /** The URL of a store, opened without a job in it for each run; what WHEELWRIGHT_STORE says, else memory, unless told. */
  readonly store?: string | undefined;
}

export interface IdempotencyReport {
  /** Every point that was tried, in words. */
  readonly points: readonly string[];
}

const KNOWN: ReadonlySet<string> = new Set(["jobs", "app", "enqueue", "reset", "observe", "effects", "now", "store"]);

/**
 * Holds jobs to being safe to deliver again. They run once unharmed; then once for every point where a worker can die
 * (before and after each call on an effect, after each enqueue, and when the handler has returned before its outcome is
 * stored), with a second delivery after it: at once, and in a run of its own when the lease is over (not of one of several jobs that
 * `enqueue` gives, unless it had enqueued another). What is observed then
 * has to be the same; instants may be later ones. The second delivery is the second attempt, as after a crash in
 * production, but it does not count against maxRetries.
 *
 * ```ts
 * await checkIdempotent({
 *   jobs: [ChargeJob],
 *   enqueue: () => ChargeJob.enqueue({ orderId: 1 }),
 *   reset: () => ledger.clear(),
 *   observe: () => ledger.rows(),
 *   effects: { gateway, ledger },
 * });
 * ```
 * Effects are replaced in place, method by method, and put back. A crash leaves an awaited call pending for ever; a
 * synchronous effect throws CrashSignal.
 * Await it: a test that does not fails, where the runner's hooks are known (see docs/proof-your-jobs.md).
 * Rejects with: NotIdempotentError; CannotJudgeError when a handler catches the crash, or ends before a call of it has
 * answered (the loser of a Promise.race or Promise.any of effects as well), when two unharmed runs differ already, when no
 * handler calls an effect or enqueues a job, or when observe gives undefined or what cannot be compared; FaultUsageError for an effect that cannot be
 * watched, and for none; JobFailedError and NothingRanError of the unharmed run.
 */
export function checkIdempotent(check: IdempotencyCheck): Promise<IdempotencyReport> {
  return callProof("checkIdempotent", checkIdempotent, () => checked(check));
}

/** `mayBeIdle`: whether jobs are accepted that call no effect and enqueue nothing, since chance gave them their data. */
export async function checked(check: IdempotencyCheck, mayBeIdle = false): Promise<IdempotencyReport> {
  const world = worldOf(check);
  const once = await play(world, null);
  refuseLate(once);
  const second = await play(world, null);
  await refuseUnawaited(world);
  refuseChance(once, second);
  const points = pointsOf(once);
  const failed: Finding[] = [];
  for (const point of points) {
    const again = await findingAt(world, once, point);
    if (again !== null) failed.push({ point, again });
  }
  const [first] = failed;
  if (first === undefined && !mayBeIdle) refuseIdle(once, world);
  if (first === undefined) return { points: points.map((point) => pointText(once, point)) };
  const { message, twice, lost } = notIdempotentMessage(once, failed, points.length, await untouched(world, first));
  throw new NotIdempotentError(message, { points: failed.map(({ point }) => pointText(once, point)), twice, lost });
}

/**
 * The run with a death at `point` that came to another end than the unharmed one; null when none does. At once no time has
 * passed, so that instants are compared as well. When the lease is over, as production has it, what else was due has had its
 * turn, and a key made of the time is another one; but a lock that expires is free, which fails a delivery at once for nothing.
 */
async function findingAt(world: World, once: Played, point: CrashPoint): Promise<Played | null> {
  const soon = await playOrRefuse(world, once, point, "at once");
  const differsSoon = differs(once, soon);
  if (differsSoon && !failsAnew(once, soon)) return soon;
  if (!differsSoon && isOneOfMany(soon)) return null;
  const later = await playOrRefuse(world, once, point, "when its lease is over");
  const startMs = new Date(world.now).getTime();
  if (!differs(withoutTime(once, startMs), withoutTime(later, startMs))) return null;
  return differsSoon ? soon : later;
}

/** Where a worker died right after a call: the run in which it died right before. Null where it died elsewhere. */
async function untouched(world: World, { point, again }: Finding): Promise<Played | null> {
  return point.type === "after" ? play(world, { ...point, type: "before" }, again.redelivery) : null;
}

/**
 * Whether other jobs stood beside the one whose worker died, and none of them came from it. They would come before a later
 * delivery, and that jobs keep their order is nothing that can be asked of them.
 */
function isOneOfMany({ given, made, diedAfter, diedAt }: Played): boolean {
  const hasEnqueued = made
    .slice(0, diedAfter ?? 0)
    .some(({ kind, jobId }) => kind === "enqueue" && jobId === diedAt?.jobId);
  return given > 1 && !hasEnqueued;
}

/** Whether a job failed for good that did not in the unharmed run. */
function failsAnew(once: Played, again: Played): boolean {
  return again.failed.some((text) => !once.failed.includes(text));
}

function withoutTime(played: Played, startMs: number): Played {
  return { ...played, observed: timeless(played.observed, startMs), failed: [...played.failed].sort() };
}

/** Throws: CannotJudgeError. */
async function playOrRefuse(world: World, once: Played, point: CrashPoint, when: Redelivery): Promise<Played> {
  const again = await play(world, point, when);
  if (again.caughtAt !== null) throw cannotJudge(once, point, again.caughtAt);
  if (again.diedAfter === null) throw neverReached(once, point);
  return again;
}

/** In the order of the walk: what is called in the callback of a call lies between the points before and after it. */
function pointsOf({ calls, enqueues, made, answered, returned }: Played): readonly CrashPoint[] {
  const within = (around: MadeCall | null): readonly CrashPoint[] =>
    made.flatMap((call): readonly CrashPoint[] => {
      if (call.around !== around) return [];
      const isHeard = answered.has(call);
      if (call.kind !== "effect") return isHeard ? [{ type: "enqueued", index: enqueues.indexOf(call) }] : [];
      const index = calls.indexOf(call);
      const after: readonly CrashPoint[] = isHeard ? [{ type: "after", index }] : [];
      return [{ type: "before", index }, ...within(call), ...after];
    });
  return [...within(null), ...returned.map((_, index): CrashPoint => ({ type: "returned", index }))];
}

function differs(once: Played, again: Played): boolean {
  return !isDeepStrictEqual(once.observed, again.observed) || !isDeepStrictEqual(once.failed, again.failed);
}

/** Fakes answer at once, and a handler that awaits nothing may seem to. Throws: CannotJudgeError, as for a late answer. */
async function refuseUnawaited(world: World): Promise<void> {
  const latest = new HeldAnswers("latest");
  refuseLate(await play(world, null, "at once", latest));
  if (latest.wereSeveral) refuseLate(await play(world, null, "at once", new HeldAnswers("earliest")));
}

/** Throws: CannotJudgeError for a call that nobody awaited: a worker may die during it, and the job counts as done. */
function refuseLate({ late: [first] }: Played): void {
  if (first === undefined) return;
  throw new CannotJudgeError(
    `checkIdempotent cannot judge ${first.job}: its handler ended before ${first.text} had answered. A job whose handler has ended is done, and what it has begun is never delivered again. Await the call; of several that are under way at once, all (Promise.allSettled).`,
  );
}

/** Throws: CannotJudgeError where no handler called an effect or enqueued a job: workers died nowhere, which proves nothing. */
function refuseIdle({ calls, enqueues, returned }: Played, { effects }: World): void {
  if (calls.length + enqueues.length > 0) return;
  throw new CannotJudgeError(
    `checkIdempotent cannot judge ${returned[0]?.job ?? "these jobs"}: ${uncalledText(effects)} or enqueued a job, so that workers would die at no call. ${WHY_UNCALLED} Or had they nothing to do? Let enqueue give them work.`,
  );
}

/** Throws: CannotJudgeError. */
function refuseChance(one: Played, other: Played): void {
  if (isDeepStrictEqual(one.observed, other.observed)) {
    const [first, second] = firstDifference(one.calls, other.calls);
    if (first?.text === second?.text) return;
    throw new CannotJudgeError(
      `checkIdempotent cannot judge these jobs: two unharmed runs make different calls on the effects (${first?.text ?? "none"}, then ${second?.text ?? "none"}). Does one leave something behind that reset does not put back, or is something in them left to chance? A key that is made by chance is another one in every delivery, too: context.job.id stays the same.`,
    );
  }
  const [difference] = observedDifferences(one.observed, other.observed);
  const { field = "", expected, actual } = difference ?? {};
  const path = field === "" || field.startsWith("[") ? `observed${field}` : `observed.${field}`;
  const where = ` (${path}: ${expected}, then ${actual})`;
  throw new CannotJudgeError(
    `checkIdempotent cannot judge these jobs: two unharmed runs are observed to differ${where}. Let reset put everything back, and leave out of observe what is made anew each time, such as instants and ids that a database gives; but not the keys of calls, which are to stay the same.`,
  );
}

function firstDifference(calls: readonly MadeCall[], others: readonly MadeCall[]): readonly (MadeCall | undefined)[] {
  const at = calls.findIndex(({ text }, index) => text !== others[index]?.text);
  return at === -1 ? [undefined, others[calls.length]] : [calls[at], others[at]];
}

function cannotJudge(once: Played, point: CrashPoint, how: string): CannotJudgeError {
  return new CannotJudgeError(
    `checkIdempotent cannot judge ${callAt(once, point)?.job ?? "a job"}: its handler caught the crash ${pointText(once, point)} ${how}. A dead worker catches nothing, but a call that answers at once can be ended by a throw only. Make the effect async, or let what it throws pass.`,
  );
}

function neverReached(once: Played, point: CrashPoint): CannotJudgeError {
  return new CannotJudgeError(
    `checkIdempotent cannot judge these jobs: the point ${pointText(once, point)} did not come again in another run. Does one run leave something behind that reset does not put back, or is something in them left to chance?`,
  );
}

/** What a kit is to be made with. */
export function jobsOf({ jobs, app }: JobsUnderTest): World["jobs"] {
  return app === undefined ? { jobs } : { app };
}

function worldOf(check: IdempotencyCheck): World {
  requireKnown(check, "checkIdempotent", KNOWN);
  const { enqueue, reset, observe, effects, now = "2030-01-01T00:00:00Z" } = check;
  const store = storeUrl(check.store, "checkIdempotent");
  for (const [name, value] of Object.entries({ enqueue, reset, observe }))
    if (typeof value !== "function") throw new InvalidOptionError(`checkIdempotent's ${name}`, value, "a function");
  if (effects === null || typeof effects !== "object")
    throw new InvalidOptionError("checkIdempotent's effects", effects, "a list of objects, or objects by name");
  const named: readonly (readonly [string | null, object])[] = Array.isArray(effects)
    ? effects.map((effect: object) => [null, effect] as const)
    : Object.entries(effects);
  if (named.length === 0)
    throw new FaultUsageError(
      "checkIdempotent was given no effects, so that workers would die at no call. Give the objects by which the jobs change the world: effects: { gateway, ledger }.",
    );
  const look = async (): Promise<unknown> => plainCopy(await observe(), "checkIdempotent");
  return { jobs: jobsOf(check), enqueue, reset, observe: look, effects: named, now, store };
}

/** Throws: InvalidOptionError for a store that is open already: jobs of one run would be there in the next. */
export function storeUrl(store: unknown, who: string): string | undefined {
  if (store === undefined || typeof store === "string") return store;
  throw new InvalidOptionError(`${who}'s store`, store, "the URL of one, which each run opens for itself");
}
