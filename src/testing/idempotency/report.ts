// The message of a job that must not be delivered again: where its worker died, what came of it, and what mends it.

import { dataDifferences } from "../assertions/differences.ts";
import { columns, report, wrap } from "../assertions/report.ts";
import type { CrashPoint, MadeCall, Played } from "./play.ts";

export interface Finding {
  readonly point: CrashPoint;
  readonly again: Played;
}

const MAX_CALLS = 12;
const MAX_DIFFERENCES = 6;

const MENDS = {
  twice: [
    "Give the call a key that stays the same in every delivery, and let the other side answer a second one with the first: context.job.id is such a key.",
    "Or, where the call and what marks it as done are rows of one database, write both in one transaction.",
    "A check before the call does not help: a worker can die between the call and the mark.",
  ],
  lost: [
    "Mark the work as done when it is done, not before; and give it a key that stays the same in every delivery, such as context.job.id, so that it may be begun again.",
    "Or, where mark and work are rows of one database, write both in one transaction.",
  ],
  failed: ["Let the handler take what it finds done for done: a second delivery is no error."],
  /** Beside those of `twice` and of `lost`, where the attempt's number may be behind it. */
  keyed: [
    "What is made anew in each delivery is no key. Nor is the attempt's number (context.attempt, job.attempts): the second delivery is the second attempt.",
  ],
  skipped: [
    "The second delivery did nothing. Is it the attempt's number that it goes by (context.attempt, job.attempts)? That there was an attempt before does not say how far it came.",
  ],
  unseen: [
    "No call on an effect was made twice, or lost. What else do the jobs change that observe sees? Add the object that does it to effects.",
  ],
} as const;

type Kind = "twice" | "lost" | "failed" | "unseen";

/** `after gateway.charge({ cents: 1999 })`. */
export function pointText(once: Played, { type, index }: CrashPoint): string {
  if (type === "returned") return `when ${once.returned[index]?.job} has returned, before its outcome is stored`;
  return `${type} ${once.calls[index]?.text}`;
}

/** Describes the first finding in full, and counts the others. `tried`: how many points were. */
export function notIdempotentMessage(
  once: Played,
  findings: readonly Finding[],
  tried: number,
): { readonly message: string; readonly twice: readonly string[]; readonly lost: readonly string[] } {
  const [{ point, again }] = findings as readonly [Finding, ...Finding[]]; // `as`: there is one, or nothing is told
  const lost = lostCalls(once.calls, again.calls);
  const twice = culprits(missing(again.calls, once.calls), point, once);
  const failed = missing(asCalls(again.failed), asCalls(once.failed));
  const kind = failed.length > 0 ? "failed" : lost.length > 0 ? "lost" : twice.length > 0 ? "twice" : "unseen";
  const job = again.diedAt?.job.replace(/^#\d+ /, "") ?? "The job";
  const message = report(`${job} must not be delivered again: ${headline(kind, twice, lost, failed)}.`, [
    { name: "dies", lines: where(once, point) },
    { name: "observed", lines: differences(once, again) },
    { name: "twice", lines: kind === "lost" ? [] : twice },
    { name: "lost", lines: lost },
    { name: "failed", lines: failed, tight: lost.length > 0 },
    { name: "calls", lines: story(again) },
    { name: "mend", lines: mends(kind, once, again, twice).flatMap((line) => wrap(line)) },
    { name: "points", lines: others(once, findings, tried) },
  ]);
  return { message, twice, lost };
}

function headline(kind: Kind, twice: readonly string[], lost: readonly string[], failed: readonly string[]): string {
  switch (kind) {
    case "twice":
      return `${nameOf(twice[0])} is done twice`;
    case "lost":
      return `${nameOf(lost[0])} is lost`;
    case "failed":
      return `its second delivery fails with "${failed[0]?.replace(/^[^:]+: /, "")}"`;
    case "unseen":
      return "what is observed differs";
  }
}

function mends(kind: Kind, once: Played, again: Played, twice: readonly string[]): readonly string[] {
  const isMadeAnew = twice.some((text) => once.calls.every((call) => call.text !== text));
  if (kind === "twice" && isMadeAnew) return [...MENDS.keyed, ...MENDS.twice];
  const isSkipped = again.calls.slice(again.diedAfter ?? 0).every(({ jobId }) => jobId !== again.diedAt?.jobId);
  if (kind === "lost" && isSkipped) return [...MENDS.skipped, ...MENDS.lost];
  return MENDS[kind];
}

/** The gap: the two calls between which the worker dies. */
function where(once: Played, point: CrashPoint): readonly string[] {
  if (point.type === "returned") return [pointText(once, point)];
  const at = once.calls[point.index];
  const near = once.calls[point.index + (point.type === "after" ? 1 : -1)];
  const isSame = near !== undefined && near.jobId === at?.jobId;
  if (point.type === "before") return [...(isSame ? [`after ${near.text}`] : []), `before ${at?.text}`];
  return [`after ${at?.text}`, isSame ? `before ${near.text}` : "before the outcome is stored"];
}

function differences(once: Played, again: Played): readonly string[] {
  const found = dataDifferences(once.observed, again.observed, true);
  const rows = found
    .slice(0, MAX_DIFFERENCES)
    .map(({ field, actual, expected }) => [
      field.replace(/^data/, "").replace(/^\./, "") || "all",
      actual,
      `unharmed ${expected}`,
    ]);
  const more = found.length > MAX_DIFFERENCES ? [`… and ${found.length - MAX_DIFFERENCES} more`] : [];
  return [...columns(rows), ...more];
}

/** What was called, the crash between it. */
function story({ calls, diedAfter }: Played): readonly string[] {
  const lines = calls.map(({ text }) => text);
  lines.splice(diedAfter ?? 0, 0, "↯ the worker dies; the job is delivered again");
  if (lines.length <= MAX_CALLS) return lines;
  const from = Math.max(0, Math.min((diedAfter ?? 0) - MAX_CALLS / 2, lines.length - MAX_CALLS));
  const shown = lines.slice(from, from + MAX_CALLS);
  const rest = lines.length - from - MAX_CALLS;
  return [...(from > 0 ? [`… ${from} before`] : []), ...shown, ...(rest > 0 ? [`… ${rest} more`] : [])];
}

function others(once: Played, findings: readonly Finding[], tried: number): readonly string[] {
  const rest = findings.slice(1).map(({ point }) => pointText(once, point));
  const line = `${findings.length} of ${tried} points to die at ${findings.length === 1 ? "fails" : "fail"}`;
  if (rest.length === 0) return [line];
  return [`${line}; the others:`, ...rest.slice(0, 5), ...(rest.length > 5 ? [`… and ${rest.length - 5} more`] : [])];
}

/** Of the calls made again, the one that the worker died behind: the others may be repeated, as the points before show. */
function culprits(repeated: readonly string[], point: CrashPoint, once: Played): readonly string[] {
  const last =
    point.type === "returned" ? once.calls.at(-1) : once.calls[point.type === "after" ? point.index : point.index - 1];
  return last !== undefined && repeated.includes(last.text) ? [last.text] : repeated;
}

/** A call that was made with other arguments, such as the id of a second charge, is not lost. */
function lostCalls(once: readonly MadeCall[], again: readonly MadeCall[]): readonly string[] {
  const methods = (calls: readonly MadeCall[]): readonly MadeCall[] =>
    calls.map((call) => ({ ...call, text: nameOf(call.text) }));
  const fewer = missing(methods(once), methods(again));
  return missing(once, again).filter((text) => fewer.includes(nameOf(text)));
}

/** Texts of `some` that `others` have less often. */
function missing(some: readonly MadeCall[], others: readonly MadeCall[]): readonly string[] {
  const left = new Map<string, number>();
  for (const { text } of others) left.set(text, (left.get(text) ?? 0) + 1);
  const found: string[] = [];
  for (const { text } of some) {
    const count = left.get(text) ?? 0;
    if (count === 0) found.push(text);
    else left.set(text, count - 1);
  }
  return found;
}

function asCalls(texts: readonly string[]): readonly MadeCall[] {
  return texts.map((text) => ({ text, jobId: "", job: "" }));
}

/** `gateway.charge`. */
function nameOf(call: string | undefined): string {
  return call?.split("(", 1)[0] ?? "";
}
