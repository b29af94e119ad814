// Whether a job may be delivered again: what can be seen afterwards is as if it had run once, whatever its data.

import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { requireKnown } from "../engine/known-options.ts";
import { DEFAULT_LEASE } from "../engine/lease.ts";
import { currentJobs } from "../job/ambient.ts";
import { durationMs } from "../job/duration.ts";
import { show } from "../job/errors.ts";
import { type AnyJobClass, type DataOf, nameOf } from "../job/job.ts";
import { countOf } from "../job/options.ts";
import type { Claim } from "../job/record.ts";
import type { JobStore } from "../store/job-store.ts";
import { Redeliveries } from "../testing/faults/redeliveries.ts";
import { checked, type IdempotencyCheck, storeUrl } from "../testing/idempotency/check-idempotent.ts";
import { plainCopy } from "../testing/idempotency/plain-copy.ts";
import { timeless } from "../testing/idempotency/timeless.ts";
import { createHostedKit } from "../testing/kit.ts";
import { idempotencyPropertyHost } from "../testing/kit-host.ts";
import { kitStore } from "../testing/kit-store.ts";
import { PropertyFailedError } from "./errors.ts";
import { requireArbitrary } from "./given.ts";

export interface IdempotencyOptions<Data> {
  /** The data to try, as an arbitrary. */
  readonly data: fc.Arbitrary<Data>;
  /** Puts everything back that the job changes. Called before each play. */
  readonly reset: () => unknown;
  /** What can be seen of the job's work: rows, mails, charges. Compared deeply, so give plain values; `undefined` is refused. */
  readonly observe: () => unknown;
  /**
   * The objects by which the job changes the world, as of checkIdempotent: then a worker also dies before and after each
   * call on one of them, and not only when the handler has returned.
   */
  readonly effects?: IdempotencyCheck["effects"] | undefined;
  /** Classes that it enqueues, which are then performed as well. */
  readonly jobs?: readonly AnyJobClass[] | undefined;
  /** How many times a job is delivered again at the most; 3 unless told. */
  readonly maxRedeliveries?: number | undefined;
  /** How many jobs with data of their own are played together at the most; 3 unless told. */
  readonly maxJobs?: number | undefined;
  /** The URL of a store, opened without a job in it for each play; what WHEELWRIGHT_STORE says, else memory, unless told. */
  readonly store?: string | undefined;
}

const KNOWN: ReadonlySet<string> = new Set([
  "data",
  "reset",
  "observe",
  "effects",
  "jobs",
  "maxRedeliveries",
  "maxJobs",
  "store",
]);

const START_MS = Date.UTC(2030, 0, 1);
const LEASE_MS = durationMs(DEFAULT_LEASE, "lease");

/**
 * Holds a class to being safe to repeat: some jobs with data of their own run once each and are observed; then they run
 * again from the start, with workers that die after `perform` and before its outcome is stored, so that each job is
 * delivered again so many times, under the same id and as its next attempt: at once, and a single job once more when the lease
 * is over, by when instants may be later ones. What is observed has to be the same.
 *
 * ```ts
 * await fc.assert(
 *   idempotencyProperty(SendEmailJob, {
 *     data: fc.record({ to: fc.emailAddress() }),
 *     reset: () => outbox.clear(),
 *     observe: () => outbox.list(),
 *   }),
 * );
 * ```
 * With `effects` each plan is also put to checkIdempotent: its workers die at every point there is. Without, only whole
 * deliveries are repeated, and what is lost or done twice between two calls is not found. With them a run takes longer,
 * so give fc.assert fewer runs, `{ numRuns: 20 }`, or the test more time.
 * Throws: InvalidOptionError for an option that it does not know. Fails with: PropertyFailedError; CannotJudgeError when
 * observe gives undefined; NotIdempotentError and what else checkIdempotent rejects with. The counterexample is the jobs'
 * data, each with its number of redeliveries.
 */
export function idempotencyProperty<C extends AnyJobClass>(
  jobClass: C,
  options: IdempotencyOptions<DataOf<C>>,
): fc.IAsyncPropertyWithHooks<[plan: readonly Delivery<DataOf<C>>[]]> {
  requireKnown(options, "idempotencyProperty", KNOWN);
  const { data, maxRedeliveries = 3, maxJobs = 3 } = options;
  requireArbitrary(data, "idempotencyProperty's data");
  countOf(maxRedeliveries, "idempotencyProperty's maxRedeliveries", 1);
  countOf(maxJobs, "idempotencyProperty's maxJobs", 1);
  const delivery = fc.record({ data, redeliveries: fc.integer({ min: 1, max: maxRedeliveries }) });
  return fc.asyncProperty(fc.array(delivery, { minLength: 1, maxLength: maxJobs }), async (plan) => {
    const once = await play(jobClass, options, plan, null);
    const again = await play(jobClass, options, plan, 0);
    // Of several jobs those delivered later would change places with the others.
    const later = plan.length > 1 ? once : await play(jobClass, options, plan, LEASE_MS);
    const isSafe = isDeepStrictEqual(again, once);
    if (isSafe && isDeepStrictEqual(timeless(later, START_MS), timeless(once, START_MS)))
      return checkEffects(jobClass, options, plan);
    throw new PropertyFailedError(
      `${nameOf(jobClass)} is not safe to repeat. Delivered once, what is observed is ${show(once)}; delivered again ${isSafe ? "when the lease was over, " : ""}after a worker died before it could say that the job was done, it is ${show(isSafe ? later : again)}. ` +
        "Make the effect one that can be repeated: an upsert, or a key that the other side knows it by (context.job.id stays the same, the attempt's number does not).",
    );
  });
}

/** Only the data of the plan counts: each point is tried with one redelivery. */
async function checkEffects(
  jobClass: AnyJobClass,
  { effects, reset, observe, jobs = [], store }: Omit<IdempotencyOptions<unknown>, "data">,
  plan: readonly Delivery<unknown>[],
): Promise<void> {
  if (effects === undefined) return;
  const enqueue = async (): Promise<void> => {
    for (const [index, { data }] of plan.entries())
      await currentJobs(nameOf(jobClass)).enqueueFrom(jobClass, data ?? {}, { id: idOf(index) });
  };
  const check = { jobs: [...new Set([jobClass, ...jobs])], enqueue, reset, observe, effects, store };
  await checked(check, true);
}

/** A job's data, and how often it is delivered beyond the first time. */
interface Delivery<Data> {
  readonly data: Data;
  readonly redeliveries: number;
}

async function play(
  jobClass: AnyJobClass,
  options: Omit<IdempotencyOptions<unknown>, "data">,
  plan: readonly Delivery<unknown>[],
  redeliveredInMs: number | null,
): Promise<unknown> {
  await options.reset();
  const left = new Map<string, number>();
  const { store } = await kitStore(storeUrl(options.store, "idempotencyProperty"));
  const jobs = [...new Set([jobClass, ...(options.jobs ?? [])])];
  const made = { jobs, store: forgetful(new Redeliveries(store), left, redeliveredInMs ?? 0), now: new Date(START_MS) };
  const kit = await createHostedKit(made, idempotencyPropertyHost);
  try {
    for (const [index, { data, redeliveries }] of plan.entries()) {
      const id = idOf(index);
      if (redeliveredInMs !== null) left.set(id, redeliveries);
      await kit.run(() => kit.jobs.enqueue(jobClass, data ?? {}, { id }));
    }
    await kit.drainUntilIdle();
    return plainCopy(await options.observe(), "idempotencyProperty");
  } finally {
    await kit.dispose();
    await store.close();
  }
}

function idOf(index: number): string {
  return `delivered-${index + 1}`;
}

/** A store that never hears that these jobs have completed, so many times: they are delivered again in so many milliseconds. */
function forgetful(redeliveries: Redeliveries, left: Map<string, number>, inMs: number): JobStore {
  const { store } = redeliveries;
  const settle: JobStore["settle"] = (claim, outcome, at) => {
    const times = left.get(claim.id) ?? 0;
    if (times === 0 || outcome.type !== "completed") return store.settle(claim, outcome, at);
    left.set(claim.id, times - 1);
    const again = new Date(at.now.getTime() + inMs);
    return redeliveries.redeliver(claim as Claim, at.now, again); // `as`: what an engine settles is what it has claimed
  };
  return new Proxy<JobStore>(store, {
    get(target, property) {
      if (property === "settle") return settle;
      const member: unknown = Reflect.get(target, property);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
