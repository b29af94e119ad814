// What happened in a kit, as text that a person can follow: one line per step, jobs below those that enqueued them.

import { formatDuration } from "../job/duration.ts";
import { cutMiddle } from "./assertions/literal.ts";
import { JobLabels } from "./job-labels.ts";
import { type Entry, isEvent, isFault, type Journal, type KitEvent } from "./journal.ts";
import { fold, isRepeat, type Part, type Repeat } from "./timeline/fold.ts";
import type { Step, Words } from "./timeline/step.ts";
import { stepsOf } from "./timeline/steps.ts";

export interface TimelineOptions {
  /** One job's life, and what it enqueued: its record, its id, or its number in a timeline. */
  readonly job?: string | number | { readonly id: string } | undefined;
  /** Show the lines that handlers logged, too. */
  readonly logs?: boolean | undefined;
  /** Columns; 80 unless told. Texts that are too long lose their middle. */
  readonly width?: number | undefined;
  /** `false` shows every step, however often the same comes again. */
  readonly fold?: boolean | undefined;
}

const INDENT = 2;
const MAX_INDENTS = 4;
const MIN_TEXT = 24;

/**
 * One line per step: the time advanced by then, a mark, the job, what happened.
 *
 * ```text
 * +0s   + #1 SignUpJob        enqueued
 *       → #1 SignUpJob        attempt 1 of 3
 *       +   #2 SendEmailJob   enqueued by #1 in "mail", due in 5m
 *       ✓ #1 SignUpJob        completed
 * +5m   ↻   #2 SendEmailJob   attempt 1 of 3 threw "SMTP is down", again in 4s
 * ```
 * Marks: `+` enqueued, `=` deduplicated, `→` an attempt starts, `✓` completed, `↻` to be tried again, `✗` failed,
 * `!` a claim was lost or taken back, `↯` a fault of the test struck, `·` progress and logs. A time that is the same as above is left out.
 */
export function renderTimeline(journal: Journal, options: TimelineOptions = {}): string {
  const labels = JobLabels.of(journal);
  const words: Words = {
    label: (id) => labels.of(id),
    length: (ms) => formatDuration(steady(ms, journal.following), 5),
  };
  const steps = stepsOf(journal.entries(), words, wanted(options, labels));
  const parts = options.fold === false ? steps : fold(steps);
  const lines = layOut(parts, labels, depths(journal.committedEvents()), words, options.width ?? 80);
  if (journal.dropped > 0)
    lines.unshift(`… ${journal.dropped} earlier events were dropped: createTestKit({ history }) keeps more`);
  return lines.length === 0 ? "nothing happened" : lines.join("\n");
}

/** While the clock follows the real one, a time that falls short of a second by some milliseconds is told as that second. */
function steady(ms: number, isFollowing: boolean): number {
  return isFollowing && ms > 10_000 && ms % 1000 >= 900 ? Math.ceil(ms / 1000) * 1000 : ms;
}

function wanted({ job, logs }: TimelineOptions, labels: JobLabels): (entry: Entry) => boolean {
  const id = typeof job === "number" ? (labels.idOf(job) ?? "") : typeof job === "object" ? job.id : job;
  return (entry) => {
    if (isFault(entry)) return id === undefined || entry.jobId === id || entry.jobId === "";
    if (!isEvent(entry)) return logs === true && (id === undefined || entry.fields.jobId === id);
    return id === undefined || entry.jobId === id || entry.parentId === id;
  };
}

/** How many jobs stand above each: the one that enqueued it, and so on. */
function depths(events: readonly KitEvent[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { type, jobId, parentId } of events) {
    if (type === "enqueued" && parentId !== undefined)
      found.set(jobId, Math.min((found.get(parentId) ?? 0) + 1, MAX_INDENTS));
  }
  return found;
}

function layOut(
  parts: readonly Part[],
  labels: JobLabels,
  depth: ReadonlyMap<string, number>,
  words: Words,
  width: number,
): string[] {
  const steps = parts.filter((part): part is Step => !isRepeat(part));
  const name = ({ jobId, jobClass }: Step): string =>
    jobId === "" ? jobClass : `${" ".repeat((depth.get(jobId) ?? 0) * INDENT)}${labels.of(jobId)} ${jobClass}`;
  const stamps = widest(steps.map(({ offsetMs }) => stamp(offsetMs, words)));
  const names = widest(steps.map(name));
  const room = Math.max(width - stamps - names - 6, MIN_TEXT);
  const blank = " ".repeat(stamps);

  let before: number | undefined;
  return parts.map((part) => {
    if (isRepeat(part)) {
      before = part.last.offsetMs;
      return `${blank}  ${repeatText(part, labels, words)}`;
    }
    const time = part.offsetMs === before ? blank : stamp(part.offsetMs, words).padEnd(stamps);
    before = part.offsetMs;
    return `${time}  ${part.mark} ${name(part).padEnd(names)}  ${cutMiddle(part.text, room)}`.trimEnd();
  });
}

/** `… × 998 more, #2 to #999, until +1h`. */
function repeatText({ length, times, first, last }: Repeat, labels: JobLabels, words: Words): string {
  const which = length === 1 ? "" : `the ${length} lines above `;
  const [from, to] = [labels.of(first.jobId), labels.of(last.jobId)];
  const jobs = from === to ? "" : `, ${from} to ${to}`;
  const until = first.offsetMs === last.offsetMs ? "" : `, until ${stamp(last.offsetMs, words)}`;
  return `… ${which}× ${times} more${jobs}${until}`;
}

/** To the millisecond: two weeks in, jobs are still seconds apart. */
function stamp(ms: number, words: Words): string {
  return `+${words.length(ms)}`;
}

function widest(texts: readonly string[]): number {
  return texts.reduce((max, text) => Math.max(max, text.length), 0);
}
