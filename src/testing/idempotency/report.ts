// The message of a job that must not be delivered again: where its worker died, what came of it, and what mends it.

import { columns, report, wrap } from "../assertions/report.ts";
import { observedDifferences } from "./observed.ts";
import type { CrashPoint, MadeCall, Played } from "./play.ts";

export interface Finding {
  readonly point: CrashPoint;
  readonly again: Played;
}

const MAX_CALLS = 12;
const MAX_DIFFERENCES = 6;

const LOOK_ELSEWHERE = "What else do the jobs change that observe sees? Add the object that does it to effects.";

const MENDS = {
  twice: [
    "Give the call a key that stays the same in every delivery, and let the other side answer a second one with the first: context.job.id is such a key.",
    "Or, where the call and what marks it as done are rows of one database, write both in one transaction.",
    "A check before the call does not help: a worker can die between the call and the mark.",
  ],
  enqueued: [
    'Give the enqueue an id that stays the same in every delivery, made of what the job is about, { id: "mail-7" } for order 7. The second one is then answered with the first, and stores nothing.',
    "Or a uniqueKey, where the follow-up cannot have ended before the second delivery: the key is free again by then.",
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
  /** Beside those of `twice`, where the call is another one only when the first has been made. */
  derived: [
    "The second delivery goes on from what the first one left: what is read, changed and written back is changed twice. Write what the job's data say, which is the same however often; or change it in one step that knows the job's id and does nothing the second time.",
  ],
  /** A second delivery calls something with other arguments, though nothing that is seen was done before. */
  otherwise: [
    "What is to come out the same is called the same in every delivery. Is the attempt's number in it (context.attempt, job.attempts), or the time? Make it of context.job.id, or of the job's data.",
    "Or is it made of what the jobs change by an object that is not among the effects? Add that object.",
  ],
  skipped: [
    "The second delivery did nothing. Is it the attempt's number that it goes by (context.attempt, job.attempts)? That there was an attempt before does not say how far it came.",
  ],
  /** Of the effects given none was called. */
  uncalled: [
    "No effect was called, so that workers died at no call. Do the jobs call another object, such as a member of an effect (stripe.charges of stripe), or a function that was taken from it before? Give the object that they call.",
  ],
  unseen: [`No call on an effect was made twice, or lost. ${LOOK_ELSEWHERE}`],
} as const;

type Kind = "twice" | "otherwise" | "enqueued" | "lost" | "failed" | "unseen";

/** `after gateway.charge({ cents: 1999 })`. */
export function pointText(once: Played, point: CrashPoint): string {
  const { type } = point;
  const made = callAt(once, point);
  if (type === "returned") return `when ${made?.job} has returned, before its outcome is stored`;
  return `${type === "before" ? "before" : "after"} ${made?.text}`;
}

/** The call, the enqueue or the handler at which the worker dies. */
export function callAt({ calls, enqueues, returned }: Played, { type, index }: CrashPoint): MadeCall | undefined {
  if (type === "returned") return returned[index];
  return (type === "enqueued" ? enqueues : calls)[index];
}

/**
 * Describes the first finding in full, and counts the others. `tried`: how many points were. `untouched`: where the worker of
 * the first finding died right after a call, the run in which it died right before.
 */
export function notIdempotentMessage(
  once: Played,
  findings: readonly Finding[],
  tried: number,
  untouched: Played | null,
): { readonly message: string; readonly twice: readonly string[]; readonly lost: readonly string[] } {
  const [finding] = findings as readonly [Finding, ...Finding[]]; // `as`: there is one, or nothing is told
  const { point, again } = finding;
  const lost = fewer(storedBy(once), storedBy(again));
  const behind = lastBehind(once, finding);
  const twice = culprits(once, repeatedCalls(once, again), behind);
  const failed = again.failed.filter((text) => !once.failed.includes(text));
  const seen = failed.length > 0 ? "failed" : lost.length > 0 ? "lost" : kindOf(once, point, behind, twice);
  const kind = seen === "unseen" && changedCalls(once, again).length > 0 ? "otherwise" : seen;
  const job = again.diedAt?.job.replace(/^#\d+ /, "") ?? "The job";
  const message = report(
    `${job} must not be delivered again: ${headline(kind, kind === "otherwise" ? changedCalls(once, again) : twice, lost, failed)}.`,
    [
      { name: "dies", lines: where(once, point, behind) },
      { name: "observed", lines: differences(once, again) },
      { name: "twice", lines: kind === "twice" || kind === "enqueued" || kind === "failed" ? texts(twice) : [] },
      { name: "called", lines: kind === "otherwise" ? changes(once, again).slice(0, MAX_DIFFERENCES) : [] },
      { name: "lost", lines: texts(lost) },
      { name: "failed", lines: failed, tight: lost.length > 0 },
      { name: "calls", lines: story(again) },
      { name: "mend", lines: mends(kind, once, finding, twice, untouched).flatMap((line) => wrap(line)) },
      { name: "points", lines: others(once, findings, tried) },
    ],
  );
  return { message, twice: texts(twice), lost: texts(lost) };
}

/**
 * Every point before the first finding did no harm. So what did is the call that the worker died right after, or the
 * enqueue that was stored since the point before, or was under way; and where it is neither, it is something that the
 * check does not see.
 */
function kindOf(once: Played, { type }: CrashPoint, behind: MadeCall | undefined, [first]: readonly MadeCall[]): Kind {
  if (first === undefined) return "unseen";
  const wasUnderWay = first.kind === "enqueue" && placeOf(once, first) > placeOf(once, behind);
  if (type !== "after" && behind?.kind !== "enqueue" && !wasUnderWay) return "unseen";
  return first.kind === "enqueue" ? "enqueued" : "twice";
}

function headline(
  kind: Kind,
  calls: readonly MadeCall[],
  [lost]: readonly MadeCall[],
  [failed]: readonly string[],
): string {
  switch (kind) {
    case "twice":
      return `${[...new Set(calls.map(nameOf))].join(" or ")} is done twice`;
    case "otherwise":
      return `${nameOf(calls[0])} is ${calls[0]?.kind === "enqueue" ? "enqueued" : "called"} with other arguments by the second delivery`;
    case "enqueued":
      return `${nameOf(calls[0])} is enqueued twice`;
    case "lost":
      return `${nameOf(lost)} is ${lost?.kind === "enqueue" ? "never enqueued" : "lost"}`;
    case "failed":
      return `its second delivery fails with "${failed?.replace(/^[^:]+: /, "")}"`;
    case "unseen":
      return "what is observed differs";
  }
}

function mends(
  kind: Kind,
  once: Played,
  finding: Finding,
  twice: readonly MadeCall[],
  untouched: Played | null,
): readonly string[] {
  const { again } = finding;
  const isMadeAnew = missing(twice, once.made, wholeOf).length === twice.length;
  if (kind === "twice" && isMadeAnew) {
    const names = new Set(twice.map(nameOf));
    const isKeyed = untouched === null || changedCalls(once, untouched).some((call) => names.has(nameOf(call)));
    return [...(isKeyed ? MENDS.keyed : MENDS.derived), ...MENDS.twice];
  }
  const isSkipped = again.made.slice(again.diedAfter ?? 0).every(({ jobId }) => jobId !== again.diedAt?.jobId);
  if (kind === "lost" && isSkipped) return [...MENDS.skipped, ...MENDS.lost];
  if (kind === "unseen" && once.calls.length === 0) return MENDS.uncalled;
  if (kind !== "unseen" || twice.length === 0) return MENDS[kind];
  const behind = lastBehind(once, finding);
  const why = behind === undefined ? "there is none before it dies" : `dying right after ${behind.text} does no harm`;
  return [`No call that is made again is behind it: ${why}. ${LOOK_ELSEWHERE}`];
}

/** The gap: the two calls between which the worker dies. */
function where(once: Played, point: CrashPoint, behind: MadeCall | undefined): readonly string[] {
  const here = pointText(once, point);
  if (point.type === "returned") return [...(behind?.kind === "enqueue" ? [`after ${behind.text}`] : []), here];
  const at = callAt(once, point) as MadeCall; // `as`: the point was made of it
  const index = once.made.indexOf(at);
  if (point.type === "before") {
    const near = once.made[index - 1];
    if (near === undefined || near.jobId !== at.jobId) return [here];
    return [near === at.around ? `inside of ${near.text}` : `after ${outermostOf(near, at.around).text}`, here];
  }
  const next = once.made.slice(index + 1).find((made) => !isWithin(made, at));
  const near = next?.jobId === at.jobId ? next : undefined;
  if (at.around !== null && (near === undefined || !isWithin(near, at.around)))
    return [here, `inside of ${at.around.text}`];
  return [here, near === undefined ? "before the outcome is stored" : `before ${near.text}`];
}

function isWithin(made: MadeCall, call: MadeCall): boolean {
  for (let { around } = made; around !== null; { around } = around) if (around.whole === call.whole) return true;
  return false;
}

/** The call behind which everything lies that was called in its callbacks. */
function outermostOf(made: MadeCall, around: MadeCall | null): MadeCall {
  let at = made;
  while (at.around !== null && at.around !== around) at = at.around;
  return at;
}

function differences(once: Played, again: Played): readonly string[] {
  const found = observedDifferences(once.observed, again.observed);
  const rows = found
    .slice(0, MAX_DIFFERENCES)
    .map(({ field, actual, expected }) => [...(field === "" ? [] : [field]), actual, `unharmed ${expected}`]);
  const more = found.length > MAX_DIFFERENCES ? [`… and ${found.length - MAX_DIFFERENCES} more`] : [];
  return [...columns(rows), ...more];
}

/** What was called, the crash between it. */
function story({ made, diedAfter, redelivery }: Played): readonly string[] {
  const lines = made.map(({ kind, text }) => (kind === "deduplicated" ? `${text}, deduplicated` : text));
  lines.splice(
    diedAfter ?? 0,
    0,
    `↯ the worker dies; the job is delivered again${redelivery === "at once" ? "" : ` ${redelivery}`}`,
  );
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
  return [
    `${line}; these fail as well:`,
    ...rest.slice(0, 5),
    ...(rest.length > 5 ? [`… and ${rest.length - 5} more`] : []),
  ];
}

/** What the dead handler had made last. Right after a call is right after that very call, whatever else was under way. */
function lastBehind(once: Played, { point, again }: Finding): MadeCall | undefined {
  if (point.type === "after" || point.type === "enqueued") return callAt(once, point);
  const before = again.made.slice(0, again.diedAfter ?? 0);
  return before.findLast(({ jobId }) => jobId === again.diedAt?.jobId);
}

/** Calls, and enqueues that stored another job than the first time. */
function repeatedCalls(once: Played, again: Played): readonly MadeCall[] {
  const enqueues = fewer(enqueuesOf(again), enqueuesOf(once));
  const calls = missing(again.calls, once.calls, wholeOf);
  return again.made.filter((one) => enqueues.includes(one) || calls.includes(one));
}

/** Calls and enqueues of `again` that the unharmed run makes as well, with other arguments. */
function changedCalls(once: Played, again: Played): readonly MadeCall[] {
  const names = new Set(missing(storedBy(once), storedBy(again), wholeOf).map(nameOf));
  return missing(storedBy(again), storedBy(once), wholeOf).filter((call) => names.has(nameOf(call)));
}

/** `gateway.charge("7-2")  unharmed gateway.charge("7-1")`. */
function changes(once: Played, again: Played): readonly string[] {
  const left = [...missing(storedBy(once), storedBy(again), wholeOf)];
  return changedCalls(once, again).flatMap((call) => {
    const index = left.findIndex((one) => nameOf(one) === nameOf(call));
    const [unharmed] = index < 0 ? [] : left.splice(index, 1);
    return [call.text, ...(unharmed === undefined ? [] : [`unharmed ${unharmed.text}`])];
  });
}

function enqueuesOf({ made }: Played): readonly MadeCall[] {
  return made.filter(({ kind }) => kind === "enqueue");
}

/** What came of a run: an enqueue that was deduplicated stored nothing. */
function storedBy({ made }: Played): readonly MadeCall[] {
  return made.filter(({ kind }) => kind !== "deduplicated");
}

/**
 * Of the calls made again, those that may be behind it: the one that the worker died right after, those that were under
 * way beside it and whose own point comes later, and what was called within it. The others may be repeated, as the
 * points before show. A job that is stored twice comes first: a call may be keyed, and that one is not.
 */
function culprits(once: Played, repeated: readonly MadeCall[], behind: MadeCall | undefined): readonly MadeCall[] {
  if (behind === undefined) return repeated;
  const isSame = (call: MadeCall): boolean => call.whole === behind.whole;
  const isSuspect = (call: MadeCall): boolean =>
    isSame(call) || placeOf(once, call) > placeOf(once, behind) || isWithin(call, behind);
  const alike = repeated.filter((one) => nameOf(one) === nameOf(behind));
  const suspects = repeated.filter(isSuspect);
  const all = suspects.length > 0 ? suspects : alike.length > 0 ? alike : repeated;
  const found = all.filter((one, index) => all.findIndex(({ whole }) => whole === one.whole) === index);
  return [...found.filter(({ kind }) => kind === "enqueue"), ...found.filter(({ kind }) => kind !== "enqueue")];
}

/** Which of the calls of the unharmed run it is; −1 where it is none. */
function placeOf({ made }: Played, call: MadeCall | undefined): number {
  return made.findIndex(({ whole }) => whole === call?.whole);
}

/** A call that was made with other arguments, such as the id of a second charge, is not missing. */
function fewer(some: readonly MadeCall[], others: readonly MadeCall[]): readonly MadeCall[] {
  const less = new Set(missing(some, others, nameOf).map(nameOf));
  return missing(some, others, wholeOf).filter((call) => less.has(nameOf(call)));
}

/** Those of `some` that `others` have less often, where calls are the same that have the same `key`. */
function missing(
  some: readonly MadeCall[],
  others: readonly MadeCall[],
  key: (call: MadeCall) => string,
): readonly MadeCall[] {
  const left = new Map<string, number>();
  for (const call of others) left.set(key(call), (left.get(key(call)) ?? 0) + 1);
  return some.filter((call) => {
    const count = left.get(key(call)) ?? 0;
    left.set(key(call), Math.max(count - 1, 0));
    return count === 0;
  });
}

function wholeOf({ whole }: MadeCall): string {
  return whole;
}

function texts(calls: readonly MadeCall[]): readonly string[] {
  return calls.map(({ text }) => text);
}

/** `gateway.charge`; of an enqueue the job, `MailJob`. */
function nameOf(call: MadeCall | undefined): string {
  const [name = ""] = call?.text.split("(", 1) ?? [];
  return call?.kind === "effect" ? name : name.replace(/\.enqueue$/, "");
}
