// Random steps on a job store: every verb of the seam, with good, stale and forged claims, at instants that lie on, just
// before and just after those that matter.

import fc from "fast-check";
import { aJob } from "../../../src/contract/index.ts";
import { at } from "../../../src/contract/steps.ts";
import { InvalidOptionError } from "../../../src/job/errors.ts";
import type { Outcome } from "../../../src/job/outcome.ts";
import type { Claim, EnqueuedJob, JobProgress, NewJob, UniqueWhile } from "../../../src/job/record.ts";
import type { JobStore } from "../../../src/store/job-store.ts";
import type { NewSchedule, ScheduleStore } from "../../../src/store/schedule-store.ts";
import type { Side } from "./side.ts";

/** One step. `play` makes it on one side; `moves` says where time is after it. */
export interface Step {
  readonly verb: string;
  readonly given: object;
  /** Left out where one of the stores keeps no schedules. */
  readonly needsSchedules?: boolean;
  readonly play: (side: Side, now: Date) => Promise<unknown>;
  readonly moves?: (now: Date, side: Side) => Promise<Date>;
}

type Queues = readonly string[] | undefined;
type At = Parameters<JobStore["insert"]>[1];

// Small ranges, for many meetings: equal instants, equal keys, claims settled twice.
const few = fc.nat({ max: 4 });
const leaseMs = fc.nat({ max: 20 });
const limit = fc.nat({ max: 5 });
/** Mostly one of the latest. */
const index = fc.oneof({ weight: 3, arbitrary: fc.nat({ max: 2 }) }, { weight: 1, arbitrary: fc.nat({ max: 50 }) });
const queue = fc.constantFrom("a", "b", "A");
const queues: fc.Arbitrary<Queues> = fc.option(fc.uniqueArray(queue, { maxLength: 2 }), { nil: undefined, freq: 2 });
const error = fc.constantFrom("boom", "bang");
const statuses = fc.uniqueArray(fc.constantFrom("completed" as const, "failed" as const), { maxLength: 2 });

interface Draft {
  readonly id: string | undefined;
  /** The id is made, and one that may exist already. */
  readonly clashes: boolean;
  readonly runIn: number;
  readonly uniqueKey: string | null;
  readonly uniqueWhile: UniqueWhile;
  readonly queue: string;
  readonly jobClass: string;
  readonly priority: number;
  readonly data: string;
  readonly carried: string | null;
}

const draft: fc.Arbitrary<Draft> = fc.record({
  id: fc.option(fc.constantFrom("id-1", "id-2", "ID-1", "id-1 "), { nil: undefined, freq: 2 }),
  clashes: fc.boolean(),
  runIn: fc.integer({ min: -20, max: 20 }),
  uniqueKey: fc.option(fc.constantFrom("k1", "k2", "K1"), { nil: null, freq: 2 }),
  uniqueWhile: fc.constantFrom("live", "pending"),
  queue,
  jobClass: fc.constantFrom("MailJob", "mailjob"),
  priority: fc.constantFrom(-(2 ** 31), -1, 0, 0, 1, 2 ** 31 - 1),
  data: fc.constantFrom("{}", '{"a":[1,null,"é\\u0000\\ud800😀"],"__proto__":1}', "{broken", "[]"),
  carried: fc.constantFrom(null, null, '{"tenant":"é"}'),
});

type DraftOutcome = Outcome | { readonly type: "retry"; readonly runIn: number; readonly error: string };
const outcome: fc.Arbitrary<DraftOutcome> = fc.oneof(
  fc.constant({ type: "completed" } as const),
  fc.constant({ type: "released" } as const),
  fc.record({ type: fc.constant("failed" as const), error }),
  fc.record({ type: fc.constant("retry" as const), runIn: fc.constantFrom(-1, 0, 4, 8), error }),
);

/** An insert that has to make an id anew is then refused, whatever it stored until then. */
const noMoreIds = fc.constantFrom(false, false, true);

const forgery = fc.constantFrom("none", "none", "none", "none", "token", "worker", "seq");
type Forgery = "none" | "token" | "worker" | "seq";

const progress: fc.Arbitrary<JobProgress | undefined> = fc.option(
  few.map((processed) => ({
    processed,
    total: 4,
    percentage: processed * 25,
    status: processed === 4 ? "completed" : "processing",
    message: processed === 1 ? "é" : null,
  })),
  { nil: undefined },
);

const scheduleName = fc.constantFrom("s1", "s2", "S1", "s1 ");

interface DraftSchedule extends Omit<NewSchedule, "nextRun"> {
  readonly nextRunIn: number | null;
}

const draftSchedule: fc.Arbitrary<DraftSchedule> = fc.record({
  name: scheduleName,
  schedule: fc.constantFrom("* * * * *", "0 9 * * *"),
  timezone: fc.constantFrom("UTC", "UTC", "Asia/Tokyo"),
  jobClass: fc.constantFrom("MailJob", "mailjob"),
  queue: fc.option(queue, { nil: null }),
  data: fc.constantFrom("{}", '{"a":"é😀"}'),
  enabled: fc.constantFrom(true, true, true, false),
  description: fc.constantFrom(null, "", "é"),
  catchUp: fc.constantFrom("one" as const, "all" as const, "none" as const),
  nextRunIn: fc.option(fc.integer({ min: -20, max: 20 }), { nil: null, freq: 5 }),
});

/** Every verb, those that change much more often. */
export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  weighted(
    6,
    "insert",
    { jobs: fc.array(draft, { maxLength: 3, minLength: 1 }), noMoreIds },
    ({ jobs, noMoreIds }) =>
      (side, now) =>
        insert(side, jobs, { now }, noMoreIds),
  ),
  weighted(
    2,
    "transaction",
    { inserts: fc.array(fc.array(draft, { maxLength: 2 }), { maxLength: 2 }), commits: fc.boolean() },
    ({ inserts, commits }) =>
      (side, now) =>
        inTransaction(side, inserts, { now }, commits),
  ),
  weighted(
    5,
    "claim",
    { limit, queues, leaseMs, worker: few },
    ({ worker, ...asked }) =>
      async (side, now) =>
        side.remember(await side.store.claim({ ...asked, now, workerId: `w${worker % 2}` })),
  ),
  weighted(
    2,
    "claim one",
    { index, leaseMs, queues },
    ({ index, ...asked }) =>
      async (side, now) =>
        side.remember(await side.store.claim({ ...asked, id: side.id(index), limit: 1, now, workerId: "w0" })),
  ),
  weighted(
    2,
    "extend",
    { index, forgery, leaseMs, progress },
    ({ index, forgery, leaseMs, progress }) =>
      (side, now) =>
        withClaim(side, index, forgery, (claim) =>
          side.store.extend(claim, { now, leaseMs, ...(progress === undefined ? {} : { progress }) }),
        ),
  ),
  weighted(
    7,
    "settle",
    { index, forgery, outcome, expired: fc.boolean() },
    (given) => (side, now) =>
      withClaim(side, given.index, given.forgery, (claim) =>
        side.store.settle(claim, outcomeAt(given.outcome, now), { now, ...(given.expired ? { expired: true } : {}) }),
      ),
  ),
  weighted(
    2,
    "settle many",
    {
      of: fc.array(fc.record({ index, forgery, outcome, early: fc.option(fc.nat(3)) }), { maxLength: 4 }),
      expired: fc.boolean(),
    },
    ({ of, expired }) =>
      (side, now) =>
        settleMany(side, of, { now, ...(expired ? { expired } : {}) }),
  ),
  weighted(2, "expired", { limit, after: fc.option(index) }, ({ limit, after }) => async (side, now) => {
    const last = after === null ? undefined : side.claim(after);
    return side.remember(await side.store.expired({ now, limit, ...(last === undefined ? {} : { after: last }) }));
  }),
  weighted(
    2,
    "retry",
    { index },
    ({ index }) =>
      (side, now) =>
        side.store.retry(side.id(index), { now }),
  ),
  weighted(
    2,
    "retry failed",
    { queues, limit: fc.option(limit, { nil: undefined }) },
    (asked) => (side, now) => side.store.retryFailed({ ...asked, now }),
  ),
  weighted(
    2,
    "purge",
    { statuses, queues, age: fc.constantFrom(0, 1, 10) },
    ({ age, ...asked }) =>
      (side, now) =>
        side.store.purge({ ...asked, before: new Date(+now - age + 1) }),
  ),
  weighted(
    2,
    "remove",
    { index },
    ({ index }) =>
      (side) =>
        side.store.remove(side.id(index)),
  ),
  weighted(
    1,
    "get",
    { index },
    ({ index }) =>
      (side) =>
        side.store.get(side.id(index)),
  ),
  weighted(1, "due", { limit, queues }, (asked) => (side, now) => side.store.due({ ...asked, now })),
  weighted(
    2,
    "list",
    {
      status: fc.option(fc.constantFrom("pending" as const, ["failed", "completed"] as const), { nil: undefined }),
      queue: queues,
      jobClass: fc.option(fc.constantFrom("MailJob", ["mailjob"]), { nil: undefined }),
      uniqueKey: fc.option(fc.constantFrom("k1", "K1"), { nil: undefined }),
      before: fc.option(index),
      limit: fc.option(limit, { nil: undefined }),
    },
    ({ before, ...filter }) =>
      (side) => {
        const row = before === null ? undefined : side.rows[before % Math.max(side.rows.length, 1)];
        return side.store.list({ ...filter, ...(row === undefined ? {} : { beforeSeq: row.seq }) });
      },
  ),
  weighted(1, "stats", { queues }, (asked) => (side) => side.store.stats(asked)),
  weighted(1, "next", { queues }, (asked) => async (side) => ({
    nextRunAt: await side.store.nextRunAt(asked),
    nextLeaseEndAt: await side.store.nextLeaseEndAt(),
  })),
  weighted(
    2,
    "activity",
    { queues, recent: limit, ago: fc.constantFrom(0, 1, 20) },
    ({ queues, recent, ago }) =>
      (side, now) =>
        side.store.activity({ queues, recent, since: new Date(+now - ago) }),
  ),
  weighted(
    1,
    "put schedules",
    { schedules: fc.array(draftSchedule, { minLength: 1, maxLength: 3 }) },
    ({ schedules }) =>
      (side, now) =>
        onSchedules(side, (store) =>
          store.put(
            schedules.map(({ nextRunIn, ...rest }) => ({ ...rest, nextRun: instantIn(now, nextRunIn) })),
            { now },
          ),
        ),
  ),
  weighted(
    2,
    "tick",
    {
      name: scheduleName,
      late: fc.constantFrom(0, 0, 0, 1),
      nextIn: fc.option(few, { nil: null, freq: 5 }),
      jobs: fc.array(draft, { maxLength: 2 }),
      noMoreIds,
    },
    (given) => (side, now) => onSchedules(side, (store) => tick(side, store, given, now)),
  ),
  weighted(
    1,
    "remove a schedule",
    { name: scheduleName },
    ({ name }) =>
      (side) =>
        onSchedules(side, (store) => store.remove(name)),
  ),
  // Clocks go back, too: another machine's.
  { weight: 2, arbitrary: fc.integer({ min: -5, max: 25 }).map((by) => timeMoves(`${by} ms`, (now) => +now + by)) },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.constantFrom("runAt", "lease end"), fc.constantFrom(-1, 0, 1)).map(([what, by]) =>
      timeMoves(`to the next ${what}${by === 0 ? "" : ` ${by} ms`}`, async (now, { store }) => {
        const instant = what === "runAt" ? await store.nextRunAt({}) : await store.nextLeaseEndAt();
        return instant === null ? +now : +instant + by;
      }),
    ),
  },
);

const ABOUT_SCHEDULES = new Set(["put schedules", "tick", "remove a schedule"]);

/** Where every run begins. */
export const START: Date = at(0);

function weighted<Given extends object>(
  weight: number,
  verb: string,
  given: { [Name in keyof Given]: fc.Arbitrary<Given[Name]> },
  play: (given: Given) => Step["play"],
): { readonly weight: number; readonly arbitrary: fc.Arbitrary<Step> } {
  const record = fc.record(given) as fc.Arbitrary<Given>; // `as`: all of its keys are there
  return {
    weight,
    arbitrary: record.map((each) => ({
      verb,
      needsSchedules: ABOUT_SCHEDULES.has(verb),
      given: each,
      play: play(each),
    })),
  };
}

function timeMoves(how: string, to: (now: Date, side: Side) => number | Promise<number>): Step {
  return {
    verb: `time moves ${how}`,
    given: {},
    play: async () => null,
    moves: async (now, side) => new Date(await to(now, side)),
  };
}

/** Ids that are made come from the number of jobs so far, and so are the same on both sides. */
async function insert(
  side: Side,
  drafts: readonly Draft[],
  where: At,
  noMoreIds = false,
  store: (jobs: readonly NewJob[], at: At) => Promise<readonly EnqueuedJob[] | null> = (jobs, at) =>
    side.store.insert(jobs, at),
): Promise<unknown> {
  let made = side.ids.length * 10;
  const newId = () => `made-${++made}`;
  const outOfIds = (): never => {
    throw new InvalidOptionError("The id of a new job", made, "one that no job has");
  };
  const jobs = drafts.map((each): NewJob => {
    const { id, clashes, runIn, ...rest } = each;
    const job = { ...rest, runAt: new Date(+where.now + runIn) };
    return id === undefined ? { ...aJob(job), id: clashes ? side.id(0) : newId() } : aJob({ ...job, id });
  });
  const answers = await store(jobs, { ...where, newId: noMoreIds ? outOfIds : newId });
  for (const { runAt } of jobs) runAt.setTime(0); // A store keeps no object that is its caller's.
  side.inserted(answers ?? []);
  return answers;
}

/** The answer, and all schedules after it. */
async function onSchedules(side: Side, call: (store: ScheduleStore) => Promise<unknown>): Promise<unknown> {
  const { schedules } = side.store;
  if (schedules === undefined) throw new TypeError("a step on schedules, of a store that keeps none");
  const answer = await call(schedules).catch((error: { code?: unknown }) => ({ refused: error.code ?? error }));
  return { answer, schedules: await schedules.list() };
}

/** Moves a schedule on as a scheduler does that has just read it, or as one that read it before another moved it. */
async function tick(
  side: Side,
  store: ScheduleStore,
  given: { name: string; late: number; nextIn: number | null; jobs: readonly Draft[]; noMoreIds: boolean },
  now: Date,
): Promise<unknown> {
  const { name, late, nextIn, jobs: drafts, noMoreIds } = given;
  const kept = (await store.list()).find((each) => each.name === name);
  const due = new Date(+(kept?.nextRun ?? now) - late);
  const request = { name, due, nextRun: instantIn(now, nextIn), lastRun: due };
  return insert(side, drafts, { now }, noMoreIds, (jobs, at) => store.tick({ ...request, jobs }, at));
}

function instantIn(now: Date, ms: number | null): Date | null {
  return ms === null ? null : new Date(+now + ms);
}

class Rollback extends Error {}

async function inTransaction(
  side: Side,
  inserts: readonly (readonly Draft[])[],
  where: At,
  commits: boolean,
): Promise<unknown> {
  const { transaction } = side.subject;
  const answers: unknown[] = [];
  if (transaction === undefined) return "none here";
  try {
    await transaction(async (own) => {
      for (const drafts of inserts) answers.push(await insert(side, drafts, { ...where, transaction: own }));
      if (!commits) throw new Rollback();
    });
  } catch (error) {
    if (!(error instanceof Rollback)) throw error;
  }
  return answers;
}

/** `forge` is done to the claim before it is shown. */
async function withClaim<T>(
  side: Side,
  index: number,
  forge: string,
  call: (claim: Claim) => Promise<T>,
): Promise<T | "no claim yet"> {
  const claim = side.claim(index);
  return claim === undefined ? "no claim yet" : call(forged(claim, forge as Forgery)); // `as`: made above
}

function forged(claim: Claim, how: Forgery): Claim {
  if (how === "token") return { ...claim, token: `${claim.token}0` };
  if (how === "worker") return { ...claim, lockedBy: "somebody" };
  return how === "seq" ? { ...claim, seq: claim.seq + 1 } : claim;
}

/** One by one where a store knows no better. */
async function settleMany(
  side: Side,
  of: readonly {
    readonly index: number;
    readonly forgery: string;
    readonly outcome: DraftOutcome;
    readonly early: number | null;
  }[],
  settleAt: Parameters<JobStore["settle"]>[2],
): Promise<unknown> {
  const settlements = of.flatMap(({ index, forgery, outcome, early }) => {
    const claim = side.claim(index);
    if (claim === undefined) return [];
    const at = early === null ? undefined : new Date(+settleAt.now - early);
    return [{ claim: forged(claim, forgery as Forgery), outcome: outcomeAt(outcome, settleAt.now), at }]; // `as`: made above
  });
  if (side.store.settleMany !== undefined) return side.store.settleMany(settlements, settleAt);
  const answers: string[] = [];
  for (const { claim, outcome, at: now = settleAt.now } of settlements)
    answers.push(await side.store.settle(claim, outcome, { ...settleAt, now }));
  return answers;
}

function outcomeAt(outcome: DraftOutcome, now: Date): Outcome {
  if (!("runIn" in outcome)) return outcome;
  return { type: "retry", runAt: new Date(+now + outcome.runIn), error: outcome.error };
}
