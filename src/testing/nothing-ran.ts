// The error of a drain that ran nothing: why there was nothing to run (R48).

import { formatDuration } from "../job/duration.ts";
import type { JobRecord } from "../job/record.ts";
import { coreOf, openKits } from "./assertions/current-kit.ts";
import { JobRows } from "./assertions/job-rows.ts";
import { type Block, counted, report, wrap } from "./assertions/report.ts";
import { subjectOfKit } from "./assertions/source.ts";
import type { DrainPlan } from "./drain-options.ts";
import { NothingRanError } from "./errors.ts";
import type { KitCore } from "./kit-core.ts";
import type { KitHost } from "./kit-host.ts";

const LOOKED_AT = 1000;
const MAX_ROWS = 4;

/** Looks at the store and says what a reader of the test needs to know. */
export async function nothingRan(core: KitCore, verb: string, plan: DrainPlan): Promise<NothingRanError> {
  const { store } = core.engine;
  const pending = (await store.list({ status: "pending", limit: LOOKED_AT })).toReversed();
  const held = (await store.list({ status: "processing", limit: LOOKED_AT })).toReversed();
  const isWanted = (job: JobRecord): boolean =>
    (plan.queues?.includes(job.queue) ?? true) && (plan.accepts?.(job.jobClass) ?? true);
  const wanted = pending.filter(isWanted).sort((a, b) => a.runAt.getTime() - b.runAt.getTime() || a.seq - b.seq);
  const leftOut = pending.filter((job) => !isWanted(job));
  const rows = new JobRows(subjectOfKit(core), pending);
  const elsewhere = otherKits(core);
  const title =
    core.host === null
      ? `kit.${verb}() ran nothing, so what follows it would prove nothing.`
      : `${core.host.name} ran nothing, so it would prove nothing.`;
  const harm = harmTo(core, wanted);
  // To allow an empty drain would hide what a fault keeps from running.
  const advice = harm === null ? hints(verb, core.host, wanted, leftOut, held, elsewhere) : [];
  const message = report(title, [
    { name: "next", lines: nextLines(wanted, core, rows, harm) },
    { name: "left out", lines: limited(leftOut, rows) },
    { name: "performed", lines: limited(held, rows) },
    nothingBlock(core, pending, held),
    { name: "hint", lines: advice.flatMap((hint) => wrap(hint)) },
  ]);
  return new NothingRanError(message);
}

function nextLines(
  [next, ...more]: readonly JobRecord[],
  core: KitCore,
  rows: JobRows,
  harm: string | null,
): readonly string[] {
  if (next === undefined) return [];
  const wait = core.clock.distanceTo(next.runAt.getTime());
  const line = rows.rows([next]).join("");
  const others = more.length === 0 ? [] : [`and ${more.length} more after it`];
  if (wait <= 0) return [line, ...others, harm ?? "it is due"];
  return [line, ...others, `kit.advance("${inWords(core, wait)}") or kit.drainUntilIdle() runs it`];
}

/** The fault of the test that keeps the next job from running, if that is due. */
function harmTo({ clock, faults }: KitCore, [next]: readonly JobRecord[]): string | null {
  if (faults === null || next === undefined || clock.distanceTo(next.runAt.getTime()) > 0) return null;
  const { storeAwayUntil, skewedMs } = faults;
  if (storeAwayUntil !== null) {
    const wait = inWords({ clock }, clock.distanceTo(storeAwayUntil));
    return `it is due, but kit.faults.storeAway(…) keeps the store away for ${wait} more: kit.advance("${wait}") brings it back`;
  }
  const wait = clock.distanceTo(next.runAt.getTime() - skewedMs);
  if (wait <= 0) return null;
  const by = inWords({ clock }, -skewedMs);
  return `it is due, but not by the engine's clock, which kit.faults.skewClock("-${by}") put behind: kit.advance("${inWords({ clock }, wait)}") runs it`;
}

function inWords({ clock }: Pick<KitCore, "clock">, ms: number): string {
  return formatDuration(clock.readable(ms), 5);
}

function limited(jobs: readonly JobRecord[], rows: JobRows): readonly string[] {
  const lines = [...rows.rows(jobs.slice(0, MAX_ROWS))];
  if (jobs.length > MAX_ROWS) lines.push(`… and ${jobs.length - MAX_ROWS} more`);
  return lines;
}

function nothingBlock(core: KitCore, pending: readonly JobRecord[], held: readonly JobRecord[]): Block {
  if (pending.length + held.length > 0) return { name: "", lines: [] };
  const ended = core.journal.events().filter(({ type }) => type === "completed" || type === "failed").length;
  const line = ended > 0 ? `nothing: ${counted(ended, "job has", "jobs have")} ended already` : "nothing was enqueued";
  return { name: "pending", lines: [`${line} in ${core.label}.`] };
}

function otherKits(core: KitCore): readonly string[] {
  return openKits()
    .filter((kit) => coreOf(kit) !== core)
    .map(({ label }) => label);
}

function hints(
  verb: string,
  host: KitHost | null,
  wanted: readonly JobRecord[],
  leftOut: readonly JobRecord[],
  held: readonly JobRecord[],
  elsewhere: readonly string[],
): readonly string[] {
  const found: string[] = [];
  if (leftOut.length > 0) found.push("What is left out is so by queue, only or except.");
  if (held.length > 0)
    found.push("What is performed sleeps on virtual time, or another worker has it: kit.advance(…) moves time on.");
  if (elsewhere.length > 0)
    found.push(
      `Open as well: ${elsewhere.slice(0, 3).join(", ")}${elsewhere.length > 3 ? " …" : ""}. Was it enqueued there?`,
    );
  if (host !== null) return [...found, `Let ${host.enqueues} enqueue a job, and await that.`];
  if (found.length === 0 && wanted.length === 0) found.push("Was the code under test called, and awaited?");
  return [...found, `If nothing is to run, say so: kit.${verb}({ allowEmpty: true }).`];
}
