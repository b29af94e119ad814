// What may be behind a failed assertion, each told in a sentence or two.

import { formatDuration } from "../../job/duration.ts";
import type { JobRecord } from "../../job/record.ts";
import type { KitEvent } from "../journal.ts";
import type { KitCore } from "../kit-core.ts";
import { readRecords } from "../records.ts";
import { coreOf, openKits } from "./current-kit.ts";
import { type Expectation, fits } from "./expectation.ts";
import { JOB_MATCH_OPTIONS, type Timing } from "./job-match.ts";
import type { JobRows } from "./job-rows.ts";
import type { Candidate } from "./nearest.ts";
import { counted } from "./report.ts";
import type { Subject } from "./source.ts";

/** What the hints are found from. */
export interface Clues {
  readonly subject: Subject;
  readonly expectation: Expectation;
  readonly timing: Timing;
  readonly rows: JobRows;
  readonly matches: readonly JobRecord[];
  readonly nearest: readonly Candidate[];
  /** All jobs of the subject. */
  readonly total: number;
}

/** For an assertion that found too few jobs. The likeliest first. */
export async function hintsForTooFew(clues: Clues): Promise<readonly string[]> {
  const { subject, total } = clues;
  const hints = [
    optionAsData(clues),
    ...(await outsideWindow(clues)),
    ...statusHints(clues),
    followingClock(clues),
    deduplicated(clues),
    ...uncommitted(clues),
    ...(await notInStore(clues)),
    ...(await inOtherKits(clues)),
  ].filter((hint) => hint !== null);
  return hints.length > 0 || total > 0 || subject.core === null ? hints : [NOTHING];
}

/** For a source without any job. */
export const NOTHING = "Was the code under test called, and awaited?";

/** `{ queue: "mail" }` given as data. */
function optionAsData({ nearest, expectation: { data } }: Clues): string | null {
  if (data === null || typeof data !== "object") return null;
  const missing = (nearest[0]?.differences ?? [])
    .filter(({ actual }) => actual === "nothing")
    .map(({ field }) => field);
  const option = [...JOB_MATCH_OPTIONS, "times"].find((name) => missing.includes(`data.${name}`));
  return option === undefined ? null : `"${option}" is an option: pass it in the argument after the data.`;
}

async function outsideWindow({ subject, expectation, timing, rows }: Clues): Promise<readonly string[]> {
  const { core, window } = subject;
  if (core === null || window === null) return [];
  const inside = new Set(window.filter(({ type }) => type === "enqueued").map(({ jobId }) => jobId));
  const kitJobs = await readRecords(core.engine.store, { jobClass: expectation.names });
  const outside = kitJobs.filter((job) => !inside.has(job.id) && fits(expectation, job, timing, false));
  const [first] = outside;
  if (first === undefined) return [];
  const more =
    outside.length === 1 ? "is like this, but was" : `and ${outside.length - 1} more are like this, but were`;
  return [`${rows.named(first)} ${more} enqueued ${whenOutside(first, core, window)} kit.during().`];
}

function whenOutside({ id }: JobRecord, core: KitCore, [start]: readonly KitEvent[]): string {
  const events = core.journal.events();
  const enqueued = events.findIndex(({ type, jobId }) => type === "enqueued" && jobId === id);
  const began = events.findIndex(({ type, jobId }) => type === start?.type && jobId === start.jobId);
  if (enqueued < 0 || began < 0) return "outside of the call of";
  return `${enqueued < began ? "before" : "after"} the call of`;
}

/** Where the status alone keeps the nearest job from being what was expected. */
function statusHints({ nearest, expectation, subject, rows }: Clues): readonly string[] {
  const [candidate] = nearest;
  if (candidate === undefined || subject.core === null) return [];
  if (candidate.differences.length !== 1 || candidate.differences[0]?.field !== "status") return [];
  const { job } = candidate;
  const asked = expectation.ownChecks.length > 0 ? expectation.call : null;
  const hint = asked === "expectPending" ? notPending(job, rows) : notEnded(job, rows, subject.core);
  return hint === null ? [] : [hint];
}

function notPending(job: JobRecord, rows: JobRows): string | null {
  const label = rows.label(job.id);
  if (job.status === "completed")
    return `${label} has run already. expectEnqueued counts jobs whatever has become of them.`;
  if (job.status === "failed") return `${label} has failed, after ${counted(job.attempts, "attempt")}.`;
  return `${label} is being performed now.`;
}

function notEnded(job: JobRecord, rows: JobRows, core: KitCore): string | null {
  const label = rows.label(job.id);
  if (job.status === "processing")
    return `${label} is being performed still: its handler sleeps, or another worker has it.`;
  if (job.status === "failed") return `${label} has failed. If that is meant, ask for it: { status: "failed" }.`;
  if (job.status !== "pending") return null;
  const wait = core.clock.distanceTo(job.runAt.getTime());
  if (wait > 0)
    return `${label} is not due yet: kit.advance("${formatDuration(core.clock.readable(wait), 5)}") or kit.drainUntilIdle() runs it.`;
  return `${label} is due, and nothing has run it: await kit.drain() before this.`;
}

function followingClock({ nearest, subject }: Clues): string | null {
  const isOff = nearest[0]?.differences.some(({ field }) => field === "due at") ?? false;
  if (!isOff || !subject.core?.clock.following) return null;
  return "The kit's clock follows the real one. To compare exact instants freeze it: createTestKit({ now }).";
}

function deduplicated({ subject, expectation, rows }: Clues): string | null {
  const events = (subject.window ?? subject.core?.journal.events() ?? []).filter(
    ({ type, jobClass }) => type === "deduplicated" && expectation.names.includes(jobClass),
  );
  const last = events.at(-1);
  if (last === undefined) return null;
  const times = events.length === 1 ? "An enqueue" : `${events.length} enqueues`;
  const met = new Set(events.map(({ jobId }) => jobId)).size === 1 ? rows.label(last.jobId) : "jobs that were there";
  return `${times} of ${expectation.jobName} stored nothing: deduplicated against ${met}, which ${met.startsWith("#") ? "has" : "have"} the same unique key or id.`;
}

/** Enqueued in a transaction that did not commit. */
function uncommitted({ subject, expectation }: Clues): readonly string[] {
  const jobs = subject.core?.uncommitted.of(expectation.names) ?? [];
  const hints: string[] = [];
  for (const [state, how] of [
    ["rolled back", "was rolled back"],
    ["open", "has not committed yet: await it"],
    ["open or rolled back", "was rolled back, or has not committed yet: await it"],
  ] as const) {
    const count = jobs.filter((job) => job.state === state).length;
    if (count > 0)
      hints.push(
        `${counted(count, expectation.jobName, `${expectation.jobName}s`)} ${count === 1 ? "was" : "were"} enqueued in a transaction that ${how}.`,
      );
  }
  return hints;
}

/** Enqueued by the events, but in no row: a transaction that the store cannot follow, or a row that was deleted. */
async function notInStore({ subject, expectation, rows }: Clues): Promise<readonly string[]> {
  const { core, window } = subject;
  if (core === null) return [];
  const events = (window ?? core.journal.events()).filter(
    ({ type, jobClass, jobId }) =>
      type === "enqueued" && expectation.names.includes(jobClass) && !core.uncommitted.hides(jobId),
  );
  const gone: KitEvent[] = [];
  for (const event of events.slice(-100)) if ((await core.engine.store.get(event.jobId)) === null) gone.push(event);
  const [first] = gone;
  if (first === undefined) return [];
  const who = gone.length === 1 ? `${rows.label(first.jobId)} ${first.jobClass} was` : `${gone.length} such jobs were`;
  const hasRun = core.journal.events().some(({ type, jobId }) => type === "claimed" && jobId === first.jobId);
  const why = hasRun
    ? "purged since"
    : "the transaction was rolled back or is not committed yet, or the job was cancelled or purged";
  return [`${who} enqueued, but ${gone.length === 1 ? "is" : "are"} not in the store: ${why}.`];
}

async function inOtherKits({ subject, expectation, timing }: Clues): Promise<readonly string[]> {
  const hints: string[] = [];
  for (const core of openKits().map(coreOf)) {
    if (core === null || core === subject.core || subject.core === null) continue;
    if (core.engine.store === subject.core.engine.store) continue;
    const jobs = await readRecords(core.engine.store, { jobClass: expectation.names });
    const count = jobs.filter((job) => fits(expectation, job, timing, false)).length;
    if (count > 0) hints.push(`${core.label} has ${counted(count, "such job")}: was it enqueued there?`);
  }
  return hints;
}
