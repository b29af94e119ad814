// A job class's waits between attempts, for every attempt there can be (R21), and kept to the millisecond by the engine.

import * as fc from "fast-check";
import { fillSettings } from "../engine/fill-settings.ts";
import { requireKnown } from "../engine/known-options.ts";
import type { CreateJob } from "../engine/registry.ts";
import { exponentialBackoff, MAX_BACKOFF_SECONDS } from "../job/backoff.ts";
import { InvalidOptionError, show } from "../job/errors.ts";
import { type AnyJob, type AnyJobClass, type DataOf, nameOf } from "../job/job.ts";
import { countOf } from "../job/options.ts";
import { DEFAULT_SETTINGS, type JobSettings, readSettings } from "../job/settings.ts";
import { createTestKit, type TestKit } from "../testing/kit.ts";
import { PropertyFailedError } from "./errors.ts";
import { requireFunction, requireJobClass } from "./given.ts";

export interface BackoffOptions<Data = unknown> {
  /**
   * What the wait after an attempt is to be, in seconds: a number, or the least and the most for a jittered one. Unless
   * given it is the formula, `min(baseDelay · 2^attempt, maxDelay)`. What is given says it all: `maxDelay` bounds the
   * formula, and no `backoff` of your own (R21), so neither is a wait held to it. Where it is meant to, say so:
   * `(attempt, { maxDelay }) => Math.min(30 * attempt, maxDelay)`.
   */
  readonly expected?:
    | ((attempt: number, settings: JobSettings) => number | readonly [least: number, most: number])
    | undefined;
  /**
   * The last attempt to look at; 2^31 unless told, which is one more than a job can have. A `backoff` that grows without
   * bound needs it: one of 30 seconds more each time is past what can be waited for at attempt 105,408,001.
   */
  readonly maxAttempt?: number | undefined;
  /** Whether a later attempt never waits less; `true` unless told, for jittered waits `false`. */
  readonly monotone?: boolean | undefined;
  /** Data that the class accepts, where `{}` is refused by its schema. */
  readonly data?: Data | undefined;
  /** What the attempts throw, for a backoff that looks at it; an Error unless given. A job may throw `undefined`, too. */
  readonly error?: unknown;
  /** As of createJobs: makes the instance. */
  readonly create?: CreateJob | undefined;
  /** As of createJobs. Seconds. */
  readonly defaults?: Partial<JobSettings> | undefined;
}

/** How many attempts are played in a kit, at the most. */
const PLAYED = 6;

/**
 * Holds a class to its waits: a number of seconds that can be waited for, as the formula gives it, `maxDelay` included,
 * or as `expected` says, whatever `maxDelay` is; never less than after the attempt before; for attempts from 1 to 2^31.
 * And, in a kit, each attempt begins exactly that long after the one before it failed, and not a millisecond sooner.
 *
 * ```ts
 * await fc.assert(backoffProperty(SendEmailJob));
 * await fc.assert(backoffProperty(SyncCrmJob, { expected: (attempt) => 30 * attempt, maxAttempt: 100 })); // linear
 * ```
 * Attempts are samples: every second run looks at a drawn one, and the others at those where formulas break (around 31,
 * 47, 53, 64, 71, 310, 1024, 2^16 and 2^31), which all have had their turn after 70 runs. fast-check makes 100 unless told.
 * Fails with: PropertyFailedError. The counterexample is the attempt, and how many attempts were played in a kit.
 * Throws: InvalidOptionError; in a run, too, where `expected` gives no wait.
 */
export function backoffProperty<C extends AnyJobClass>(
  jobClass: C,
  options: BackoffOptions<DataOf<C>> = {},
): fc.IAsyncPropertyWithHooks<[attempt: number, played: number]> {
  requireKnown(options, "backoffProperty", KNOWN);
  requireJobClass(jobClass, "backoffProperty's job class");
  const { maxAttempt = MAX_ATTEMPT, expected, create } = options;
  countOf(maxAttempt, "backoffProperty's maxAttempt", 1);
  if (expected !== undefined) requireFunction(expected, "backoffProperty's expected");
  if (create !== undefined) requireFunction(create, "backoffProperty's create");
  // Asked by name: an error that is given as undefined is what the attempts throw.
  const asked: BackoffOptions = "error" in options ? options : { ...options, error: FAILED };
  const property = fc.asyncProperty(
    attempts(maxAttempt),
    fc.integer({ min: 1, max: PLAYED }),
    async (attempt, played) => {
      checkWait(jobClass, asked, attempt);
      await checkRetries(jobClass, asked, played);
    },
  );
  return withEdges(property, maxAttempt);
}

const KNOWN: ReadonlySet<string> = new Set<keyof BackoffOptions>([
  "expected",
  "maxAttempt",
  "monotone",
  "data",
  "error",
  "create",
  "defaults",
]);

const MAX_ATTEMPT = 2 ** 31;

/** Where a number turns into another kind: of 32 bits, of 53, of 64, with an exponent, without end. The likeliest first. */
const EDGES: readonly number[] = [
  ...[32, 1024, 64, 54, 31, 1023, MAX_ATTEMPT, 2 ** 16],
  ...[53, 63, 1022, 310, 71, 47, 1025, 65, 30, 33, 52, 309, 72, 48],
  ...[1021, 1020, 1019, 308, 311, 70, 46, 62, 1026, 2 ** 16 - 1, 2 ** 16 + 1, MAX_ATTEMPT - 1, MAX_ATTEMPT - 2],
];

/** Small ones most of all, any other, and the last ones: the last in the list, for an edge shrinks as the first it fits. */
function attempts(max: number): fc.Arbitrary<number> {
  const upTo = (least: number, most: number): fc.Arbitrary<number> =>
    fc.integer({ min: Math.max(1, Math.min(least, max)), max: Math.min(most, max) });
  return fc.oneof(
    { weight: 4, arbitrary: upTo(1, 70) },
    { weight: 2, arbitrary: upTo(1, max) },
    { weight: 1, arbitrary: upTo(max - 3, max) },
  );
}

/**
 * The property, every second run of which has an edge for its attempt instead of a drawn one, until all have been tried:
 * weights would leave some of them out of most suites. It shrinks like a drawn one, as fast-check's `examples` do.
 */
function withEdges(property: fc.IAsyncPropertyWithHooks<[number, number]>, max: number): typeof property {
  const edges = [...new Set([max, ...EDGES.filter((edge) => edge < max)])];
  const generate = property.generate.bind(property);
  property.generate = (random, run) => {
    const drawn = generate(random, run);
    const edge = run === undefined || run % 2 === 1 ? undefined : edges[run / 2];
    return edge === undefined ? drawn : new fc.Value<[number, number]>([edge, drawn.value[1]], undefined);
  };
  return property;
}

function checkWait(jobClass: AnyJobClass, options: BackoffOptions, attempt: number): void {
  const { monotone = !isJittered(options) } = options;
  const instance = make(jobClass, options);
  const settings = settingsOf(jobClass, options, instance);
  const call = `${nameOf(jobClass)}.backoff(${attempt})`;
  const wait = waitOf(instance, options, attempt, call);
  const [least, most] = expectedWait(options, attempt, settings);
  const { baseDelay, maxDelay } = settings;
  if (wait < least - HALF_A_MS || wait > most + HALF_A_MS) {
    const formula =
      options.expected === undefined
        ? `min(baseDelay · 2^attempt, maxDelay), with ${baseDelay} and ${maxDelay}, is`
        : "expected is";
    const wanted = least === most ? `${least}` : `${least} to ${most}`;
    const mend =
      options.expected === undefined
        ? " If another wait is meant, say which: backoffProperty(…, { expected: (attempt) => … })."
        : "";
    throw new PropertyFailedError(`${call} gave ${wait} seconds; ${formula} ${wanted}.${mend}`);
  }
  if (options.expected === undefined && wait > maxDelay)
    throw new PropertyFailedError(`${call} gave ${wait} seconds, which is more than its maxDelay of ${maxDelay}.`);
  // With the one before, not the one after: the counterexample is then the attempt that the message names.
  if (!monotone || attempt === 1) return;
  const before = waitOf(instance, options, attempt - 1, `${nameOf(jobClass)}.backoff(${attempt - 1})`);
  if (wait >= before) return;
  throw new PropertyFailedError(
    `${call} gave ${wait} seconds, which is less than the ${before} of the attempt before it. If that is meant: backoffProperty(…, { monotone: false }).`,
  );
}

const HALF_A_MS = 0.0005;

/** Whether a range was asked for, by the answer for the first attempt. */
function isJittered({ expected }: BackoffOptions): boolean {
  return Array.isArray(expected?.(1, DEFAULT_SETTINGS));
}

function expectedWait(
  { expected }: BackoffOptions,
  attempt: number,
  settings: JobSettings,
): readonly [least: number, most: number] {
  const wait: unknown =
    expected === undefined
      ? exponentialBackoff(attempt, settings.baseDelay, settings.maxDelay)
      : expected(attempt, settings);
  const range: readonly unknown[] = Array.isArray(wait) ? wait : [wait, wait];
  const [least, most] = range;
  // NaN is not above anything either, so that it would let any wait pass.
  if (range.length === 2 && typeof least === "number" && typeof most === "number" && least <= most)
    return [least, most];
  throw new InvalidOptionError(
    `backoffProperty's expected(${attempt})`,
    wait,
    "a number of seconds, or the least and the most of them: [least, most]",
  );
}

function waitOf(instance: AnyJob, { error, maxAttempt }: BackoffOptions, attempt: number, call: string): number {
  let wait: unknown;
  try {
    wait = instance.backoff(attempt, error);
  } catch (cause) {
    throw new PropertyFailedError(`${call} threw. The engine would fall back to the usual formula, and log it.`, {
      cause,
    });
  }
  if (typeof wait === "number" && wait >= 0 && wait <= MAX_BACKOFF_SECONDS) return wait;
  const mend =
    maxAttempt === undefined && typeof wait === "number" && wait > MAX_BACKOFF_SECONDS
      ? " If no job of it has so many attempts, say how many: backoffProperty(…, { maxAttempt: 100 })."
      : "";
  throw new PropertyFailedError(
    `${call} gave ${show(wait)}, which is no number of seconds from 0 to ${MAX_BACKOFF_SECONDS}. The engine would fall back to the usual formula, and log it.${mend}`,
  );
}

const FAILED = new Error("it failed, as backoffProperty wants it to");

function make(jobClass: AnyJobClass, options: BackoffOptions): AnyJob {
  const { create = (plain: AnyJobClass) => Reflect.construct(plain, []) } = options;
  const instance = create(jobClass) as AnyJob; // `as`: an instance of its class
  fillSettings(instance, settingsOf(jobClass, options, instance)); // As the engine does before an attempt.
  return instance;
}

function settingsOf(jobClass: AnyJobClass, { defaults }: BackoffOptions, instance: AnyJob): JobSettings {
  return readSettings(nameOf(jobClass), instance, { ...DEFAULT_SETTINGS, ...defaults });
}

/** Plays so many failures in a kit, and looks at each instant. */
async function checkRetries(jobClass: AnyJobClass, options: BackoffOptions, played: number): Promise<void> {
  const { error, defaults } = options;
  const waits: number[] = [];
  const kit = await createTestKit({
    jobs: [jobClass],
    now: "2030-01-01T00:00:00Z",
    leftovers: "ignore",
    label: "the kit of backoffProperty",
    create: (plain) => recordingWaits(make(plain, options), waits),
    ...(defaults === undefined ? {} : { defaults }),
  });
  try {
    kit.stub(jobClass, { fails: Number.POSITIVE_INFINITY, with: error });
    const job = await enqueue(kit, jobClass, options, played + 1);
    await kit.runNext({ failures: "collect" });
    for (let attempt = 1; attempt <= played; attempt++) {
      const failedAt = kit.now().getTime();
      const waitMs = Math.round((waits.at(-1) ?? Number.NaN) * 1000);
      await checkRetry(kit, { id: job, name: nameOf(jobClass), attempt, waitMs, failedAt });
    }
  } finally {
    await kit.dispose();
  }
}

async function checkRetry(
  kit: TestKit,
  expected: {
    readonly id: string;
    readonly name: string;
    readonly attempt: number;
    readonly waitMs: number;
    readonly failedAt: number;
  },
): Promise<void> {
  const { id, name, attempt, waitMs, failedAt } = expected;
  const after = `Attempt ${attempt} of ${name} failed, and backoff(${attempt}) said ${waitMs / 1000} seconds`;
  const job = await kit.jobs.find(id);
  const runAt = (job?.runAt.getTime() ?? Number.NaN) - failedAt;
  if (job?.status !== "pending" || runAt !== waitMs)
    throw new PropertyFailedError(`${after}; the job is ${job?.status ?? "gone"}, due ${runAt} ms after the failure.`);
  if (waitMs > 0) {
    await kit.advance({ milliseconds: waitMs - 1 }, { failures: "collect" });
    const early = (await kit.jobs.find(id))?.attempts;
    if (early !== attempt) throw new PropertyFailedError(`${after}; the next one began a millisecond too soon.`);
    await kit.jump("1ms");
  }
  await kit.runNext({ failures: "collect", allowEmpty: true });
  if ((await kit.jobs.find(id))?.attempts !== attempt + 1)
    throw new PropertyFailedError(`${after}; the next one had not begun when they were over.`);
}

async function enqueue(
  kit: TestKit,
  jobClass: AnyJobClass,
  { data }: BackoffOptions,
  maxRetries: number,
): Promise<string> {
  try {
    const enqueued = await kit.run(() => kit.jobs.enqueue(jobClass, data ?? {}, { maxRetries, delay: 0 }));
    return enqueued.id;
  } catch (cause) {
    throw new PropertyFailedError(
      `backoffProperty(${nameOf(jobClass)}) could not enqueue a job of it. Data that it accepts can be given: backoffProperty(${nameOf(jobClass)}, { data: … }).`,
      { cause },
    );
  }
}

/** The instance, whose backoff is the class's own and is noted. */
function recordingWaits(instance: AnyJob, waits: number[]): AnyJob {
  const own = instance.backoff.bind(instance);
  const value = (attempt: number, error: unknown): number => {
    const wait = own(attempt, error);
    waits.push(wait);
    return wait;
  };
  return Object.defineProperty(instance, "backoff", { value });
}
