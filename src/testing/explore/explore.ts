// Searches for a schedule of several workers that breaks what is to hold: seeded, and shrunk to the smallest found.

import { requireKnown } from "../../engine/known-options.ts";
import { InvalidOptionError } from "../../job/errors.ts";
import { countOf } from "../../job/options.ts";
import { report, wrap } from "../assertions/report.ts";
import { NothingRanError } from "../errors.ts";
import { uncalledText, WHY_UNCALLED } from "../faults/effects.ts";
import { type JobsUnderTest, jobsOf, storeUrl } from "../idempotency/check-idempotent.ts";
import { CannotJudgeError } from "../idempotency/errors.ts";
import type { TestKit } from "../kit.ts";
import { callProof } from "../proof-call.ts";
import { amongWhat, fixedChoices, markOf, randomChoices, readReplay, replayText } from "./choices.ts";
import { InvariantBrokenError } from "./errors.ts";
import { type ExploreFaults, type Plan, type Play, play } from "./play.ts";
import { shrink } from "./shrink.ts";

export type Exploration = JobsUnderTest & ExplorationPlan;

export interface ExplorationPlan {
  /** Sets the world up anew, and enqueues. Called at the start of every run; no fault strikes it. Its kit has no `faults`. */
  readonly scenario: (kit: TestKit) => unknown;
  /** What has to hold at the end of every run, when all has healed and come to rest: throws, or gives false, where it does not. */
  readonly invariant: (kit: TestKit) => unknown;
  /** The objects by which the jobs change the world: workers take turns at their answers. By name, messages call them so. */
  readonly effects?: readonly object[] | Readonly<Record<string, object>> | undefined;
  /** How many engines work at once; 2 unless told. */
  readonly workers?: number | undefined;
  /** How many schedules to try; 100 unless told. */
  readonly runs?: number | undefined;
  /** The first run's seed; the others follow it. 1 unless told. */
  readonly seed?: number | undefined;
  /** What may go wrong: what is named with `true`, nothing else. All of it unless given, nothing with `{}`. */
  readonly faults?: ExploreFaults | undefined;
  /** The text that a failure printed: plays that one schedule again. Its workers and faults are to be the same. */
  readonly replay?: string | undefined;
  /** The instant at which each run starts; the first of January 2030 unless told. */
  readonly now?: Date | string | undefined;
  /** The URL of a store, opened without a job in it for each run; what WHEELWRIGHT_STORE says, else memory, unless told. */
  readonly store?: string | undefined;
}

export interface ExplorationReport {
  readonly runs: number;
  /** Steps of all runs together. */
  readonly steps: number;
  /**
   * Whether a `replay` took the steps that were printed, up to the last `▸`. Where the jobs have changed since, one may be
   * gone, and that the rest holds proves little: explore once more without it. Without a replay always true.
   */
  readonly isAsPrinted: boolean;
}

const KNOWN: ReadonlySet<string> = new Set([
  "jobs",
  "app",
  "scenario",
  "invariant",
  "effects",
  "workers",
  "runs",
  "seed",
  "faults",
  "replay",
  "now",
  "store",
]);
const FAULTS = ["crash", "pause", "storeError", "lostAnswer", "skewedClock"] as const;
const MAX_SHOWN = 40;

/**
 * Plays a scenario under many schedules of several workers, which take turns when they look for work, when an effect or
 * an enqueue has answered, at sleeps, and before progress or an outcome is stored; with crashes, pauses, lost answers, store
 * errors and skewed clocks. Then all heals, the jobs come to rest, and the invariant is asked. A redelivery is the job's
 * next attempt, as in production, but it does not count against maxRetries.
 *
 * ```ts
 * await explore({
 *   jobs: [SellJob],
 *   scenario: async () => {
 *     stock.set(10);
 *     await SellJob.enqueue({ count: 1 });
 *     await SellJob.enqueue({ count: 1 });
 *   },
 *   invariant: () => expect(stock.get()).toBe(8),
 *   effects: { stock },
 * });
 * ```
 * The same seed plays the same schedule, as long as the effects answer without real waiting.
 * Await it: a test that does not fails, where the runner's hooks are known (see docs/proof-your-jobs.md).
 * Rejects with: InvariantBrokenError, whose message tells the smallest schedule found, and a `replay` that plays it;
 * NothingRanError when no run had a job; CannotJudgeError when effects are given and no run called one.
 */
export function explore(exploration: Exploration): Promise<ExplorationReport> {
  return callProof("explore", explore, () => explored(exploration));
}

async function explored(exploration: Exploration): Promise<ExplorationReport> {
  const plan = planOf(exploration);
  const { runs = 100, seed = 1, replay } = exploration;
  countOf(runs, "explore's runs", 1);
  countOf(seed, "explore's seed", 0);
  if (replay !== undefined) {
    const known = readReplay(replay, amongOf(plan));
    const again = await play(plan, known.seed, fixedChoices(known.list));
    if (again.violation !== null) throw broken(plan, known.seed, again, "replayed");
    if (again.isEmpty) throw nothingRan();
    return { runs: 1, steps: again.trace.length, isAsPrinted: markOf(again.trace) === known.mark };
  }
  let steps = 0;
  let isEmpty = true;
  let hasCalled = false;
  for (let run = 0; run < runs; run++) {
    const found = await play(plan, seed + run, randomChoices(seed + run));
    steps += found.trace.length;
    isEmpty &&= found.isEmpty;
    hasCalled ||= found.hasCalled;
    if (found.violation !== null)
      throw broken(plan, seed + run, await smallest(plan, seed + run, found), `run ${run + 1} of ${runs}`);
  }
  if (isEmpty) throw nothingRan();
  if (!hasCalled) refuseUncalled(plan);
  return { runs, steps, isAsPrinted: true };
}

function nothingRan(): NothingRanError {
  const message = report("explore ran nothing: its scenario enqueued no job, so that an invariant proves nothing.", [
    {
      name: "hint",
      lines: [
        ...wrap("Was the code under test called in the scenario, and awaited?"),
        ...wrap("Did it enqueue elsewhere? An app's own jobs are found by { app }, those of the kit by kit.jobs."),
      ],
    },
  ]);
  return new NothingRanError(message);
}

/** Throws: CannotJudgeError where effects were given and no run called one: their answers are places to switch and to die at. */
function refuseUncalled({ effects }: Plan): void {
  if (effects.length === 0) return;
  throw new CannotJudgeError(
    `explore cannot judge these jobs: ${uncalledText(effects)} in any run, so that workers took no turns at what they do. ${WHY_UNCALLED} Or leave effects out, to have turns only at sleeps, enqueues, progress and the end of a job.`,
  );
}

async function smallest(plan: Plan, seed: number, found: Play): Promise<Play> {
  const list = await shrink(found.made, async (smaller) => {
    const again = await play(plan, seed, fixedChoices(smaller));
    return again.violation === null ? null : again.made;
  });
  const again = await play(plan, seed, fixedChoices(list));
  return again.violation === null ? found : again; // Where the effects wait in real time a run may not come again.
}

function broken(plan: Plan, seed: number, found: Play, run: string): InvariantBrokenError {
  const { trace, made, timeline, violation } = found;
  const replay = replayText(seed, made, trace, amongOf(plan));
  const message = report(`The invariant does not hold: ${violation?.message ?? ""}`, [
    { name: "schedule", lines: firstOf(trace) },
    { name: "timeline", lines: firstOf(timeline.split("\n")) },
    { name: "seed", lines: [`${seed} (${run}); ▸ marks what did not come by itself`] },
    { name: "replay", lines: wrap(`explore({ …, replay: "${replay}" })`), tight: true },
  ]);
  return new InvariantBrokenError(message, { replay, schedule: trace, cause: violation?.error });
}

function amongOf({ workers, faults }: Plan): string {
  const possible = FAULTS.filter((name) => faults[name] !== false);
  return amongWhat(workers, possible, FAULTS);
}

function firstOf(lines: readonly string[]): readonly string[] {
  return lines.length <= MAX_SHOWN ? lines : [...lines.slice(0, MAX_SHOWN), `… ${lines.length - MAX_SHOWN} more`];
}

function planOf(exploration: Exploration): Plan {
  requireKnown(exploration, "explore", KNOWN);
  const { scenario, invariant, effects = [], workers = 2, faults, now = "2030-01-01T00:00:00Z" } = exploration;
  for (const [name, value] of Object.entries({ scenario, invariant }))
    if (typeof value !== "function") throw new InvalidOptionError(`explore's ${name}`, value, "a function");
  for (const [name, value] of Object.entries(faults ?? {})) {
    if (!FAULTS.some((known) => known === name))
      throw new InvalidOptionError("explore's faults", name, `some of ${FAULTS.join(", ")}`);
    // `{ crash: false }` could be meant as all but this one, or as none.
    if (value !== true && value !== undefined)
      throw new InvalidOptionError(
        `explore's faults.${name}`,
        value,
        "true for what may go wrong, with the others left out; {} is none, and without faults all may",
      );
  }
  return {
    jobs: jobsOf(exploration),
    scenario,
    invariant,
    workers: countOf(workers, "explore's workers", 1),
    now,
    store: storeUrl(exploration.store, "explore"),
    effects: Array.isArray(effects) ? effects.map((effect: object) => [null, effect]) : Object.entries(effects),
    faults: Object.fromEntries(FAULTS.map((name) => [name, faults === undefined || faults[name] === true])),
  };
}
