// The order in which jobs are claimed: one for all stores (R11).

import * as fc from "fast-check";
import { requireKnown } from "../engine/known-options.ts";
import { InvalidOptionError, show } from "../job/errors.ts";
import { type AnyJobClass, Job } from "../job/job.ts";
import { countOf } from "../job/options.ts";
import type { JobRecord } from "../job/record.ts";
import type { JobStore } from "../store/job-store.ts";
import { createTestKit, type TestKit } from "../testing/kit.ts";
import { enqueueOptions } from "./enqueue-options.ts";
import { PropertyFailedError } from "./errors.ts";
import { requireFunction, requireJobClass, requireMembers, withStore } from "./given.ts";

export interface ClaimOrderOptions {
  /** Classes whose queues and priorities are to be in it, each with data that it accepts; a plain job unless given. */
  readonly jobs?: readonly (readonly [jobClass: AnyJobClass, data: object])[] | undefined;
  /** Makes the store to look at, empty each time and closed afterwards, or gives its URL; the store in memory unless given. */
  readonly store?: (() => JobStore | string | Promise<JobStore | string>) | undefined;
  /** How many jobs at the most; 20 unless told. */
  readonly maxLength?: number | undefined;
}

const NOON = new Date("2030-01-01T12:00:00.000Z");
const DAY_MS = 86_400_000;

class PlainJob extends Job<object> {
  perform(): void {}
}

/**
 * Holds a store, and the classes given, to the order of claims: higher priority first, then earlier runAt, then the order
 * of the enqueues, whatever queues are asked for; nothing before it is due, nothing twice, and no more at once than asked
 * for. Performs nothing of the classes.
 *
 * ```ts
 * await fc.assert(claimOrderProperty());
 * ```
 * Fails with: PropertyFailedError. The counterexample is the jobs as enqueued, and the instant and queues of the claims.
 * Throws: InvalidOptionError; in a run, too, where `store` gives no store.
 */
export function claimOrderProperty(
  options: ClaimOrderOptions = {},
): fc.IAsyncPropertyWithHooks<[jobs: readonly Enqueue[], look: Look]> {
  checkOptions(options);
  const { jobs = [[PlainJob, {}]], maxLength = 20 } = options;
  const enqueue = fc.record({ job: fc.nat({ max: jobs.length - 1 }), options: enqueueOptions({ around: NOON }) });
  const look = fc.record({
    afterMs: fc.oneof(fc.constant(2 * DAY_MS), fc.nat({ max: 2 * DAY_MS })),
    queues: fc.option(fc.uniqueArray(fc.constantFrom("default", "mail", "images"), { minLength: 1 }), { nil: null }),
  });
  return fc.asyncProperty(fc.array(enqueue, { maxLength }), look, async (drafts, asked) => {
    await checkOrder(jobs, options, drafts, asked);
  });
}

const KNOWN: ReadonlySet<string> = new Set<keyof ClaimOrderOptions>(["jobs", "store", "maxLength"]);

function checkOptions(options: ClaimOrderOptions): void {
  requireKnown(options, "claimOrderProperty", KNOWN);
  const { jobs, store, maxLength } = options;
  if (store !== undefined) requireFunction(store, "claimOrderProperty's store");
  if (maxLength !== undefined) countOf(maxLength, "claimOrderProperty's maxLength", 1);
  if (jobs === undefined) return;
  requireMembers(jobs, "claimOrderProperty's jobs", "job classes with their data, as [[SomeJob, {}]]");
  for (const [index, pair] of jobs.entries()) {
    if (!Array.isArray(pair))
      throw new InvalidOptionError(
        `claimOrderProperty's jobs[${index}]`,
        pair,
        "a job class with its data: [SomeJob, {}]",
      );
    requireJobClass(pair[0], `claimOrderProperty's jobs[${index}][0]`);
  }
}

interface Enqueue {
  readonly job: number;
  readonly options: object;
}
interface Look {
  readonly afterMs: number;
  readonly queues: readonly string[] | null;
}

async function checkOrder(
  jobs: readonly (readonly [AnyJobClass, object])[],
  options: ClaimOrderOptions,
  drafts: readonly Enqueue[],
  look: Look,
): Promise<void> {
  const kitOn = (store: JobStore | string | undefined): Promise<TestKit> =>
    createTestKit({
      jobs: [...new Set(jobs.map(([jobClass]) => jobClass))],
      now: NOON,
      leftovers: "ignore",
      label: "the kit of claimOrderProperty",
      ...(store === undefined ? {} : { store }),
    });
  const given = await options.store?.();
  // A function that forgets its return must not have the store in memory looked at in place of its own.
  if (options.store === undefined || typeof given === "string")
    return checkOrderIn(await kitOn(given), jobs, drafts, look);
  await withStore(
    () => given as JobStore,
    "what claimOrderProperty's store gave",
    async (
      store, // `as`: looked at by withStore
    ) => checkOrderIn(await kitOn(store), jobs, drafts, look),
  );
}

/** Disposes the kit. */
async function checkOrderIn(
  kit: TestKit,
  jobs: readonly (readonly [AnyJobClass, object])[],
  drafts: readonly Enqueue[],
  { afterMs, queues }: Look,
): Promise<void> {
  try {
    const enqueued: JobRecord[] = [];
    for (const { job, options: chosen } of drafts) {
      const [jobClass, data] = jobs[job] ?? [PlainJob, {}];
      enqueued.push(await kit.run(() => kit.jobs.enqueue(jobClass, data, chosen)));
    }
    await kit.jump({ milliseconds: afterMs });
    const now = kit.now();
    const expected = enqueued
      .filter(({ runAt, queue }) => runAt <= now && (queues === null || queues.includes(queue)))
      .sort(inOrder);
    const claimed: JobRecord[] = [];
    for (;;) {
      // One at a time and three at a time: how many are asked for is not to matter.
      const request = { limit: 1 + (claimed.length % 3), now, workerId: "w", leaseMs: 60_000 };
      const page = await kit.store.claim(queues === null ? request : { ...request, queues });
      if (page.length === 0) break;
      claimed.push(...page);
      if (page.length > request.limit) throw tooMany(page, request.limit, enqueued);
      // A store that forgets to mark what it hands out would hand it out for ever, and no runner's timeout comes between.
      if (claimed.length > enqueued.length) break;
    }
    compare(expected, claimed, enqueued);
  } finally {
    await kit.dispose();
  }
}

/** Written anew, not taken from the store's own comparison: a mistake there is to be seen here. */
function inOrder(a: JobRecord, b: JobRecord): number {
  if (a.priority !== b.priority) return a.priority > b.priority ? -1 : 1;
  if (a.runAt.getTime() !== b.runAt.getTime()) return a.runAt < b.runAt ? -1 : 1;
  return a.seq < b.seq ? -1 : 1;
}

function compare(expected: readonly JobRecord[], claimed: readonly JobRecord[], all: readonly JobRecord[]): void {
  for (let place = 0; place < Math.max(expected.length, claimed.length); place++) {
    const wanted = expected[place];
    const got = claimed[place];
    if (got !== undefined && claimed.findIndex(({ id }) => id === got.id) < place)
      throw new PropertyFailedError(
        `Claim ${place + 1} took ${told(got, all)} again. What a claim takes is processing from then on, and no other claim may take it.`,
      );
    if (wanted?.id === got?.id) continue;
    throw new PropertyFailedError(
      `Claim ${place + 1} took ${told(got, all)}; by priority, then runAt, then the order of the enqueues it is ${told(wanted, all)}.`,
    );
  }
}

function tooMany(page: readonly JobRecord[], limit: number, all: readonly JobRecord[]): PropertyFailedError {
  const last = told(page[limit], all);
  return new PropertyFailedError(
    `A claim with a limit of ${limit} took ${page.length} jobs, ${last} beyond it. A worker cannot perform more jobs at once than it has asked for.`,
  );
}

function told(job: JobRecord | undefined, all: readonly JobRecord[]): string {
  if (job === undefined) return "no job";
  const { priority, runAt, queue, id } = job;
  const nth = all.findIndex((other) => other.id === id) + 1;
  // One that another run left behind, or that the store made up.
  const which = nth === 0 ? `a job that was not enqueued here, ${show(id)}` : `job ${nth}`;
  return `${which} (${job.jobClass}, priority ${priority}, runAt ${runAt.toISOString()}, queue ${show(queue)})`;
}
