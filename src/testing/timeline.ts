// What happened in a kit, as text that a person can follow.

import { formatDuration } from "../job/duration.ts";
import { failureMessage } from "../job/failure-message.ts";
import { isEvent, type Journal, type KitEvent } from "./journal.ts";

export interface TimelineOptions {
  /** Show this job's entries only. */
  readonly jobId?: string | undefined;
  /** Show the lines that handlers logged, too. */
  readonly logs?: boolean | undefined;
}

/** One line per event, with the time the test had advanced by then. */
export function renderTimeline(journal: Journal, options: TimelineOptions = {}): string {
  const rows: (readonly [stamp: string, text: string])[] = [];
  for (const entry of journal.entries()) {
    const jobId = isEvent(entry) ? entry.jobId : entry.fields.jobId;
    if (options.jobId !== undefined && options.jobId !== jobId) continue;
    if (isEvent(entry)) {
      rows.push([stamp(entry.advancedMs), `${entry.type.padEnd(12)} ${entry.jobClass} ${detail(entry)}`.trimEnd()]);
    } else if (options.logs === true) {
      rows.push([stamp(entry.advancedMs), `· ${entry.level} ${entry.message}`]);
    }
  }
  const width = rows.reduce((widest, [at]) => Math.max(widest, at.length), 12);
  const lines = rows.map(([at, text]) => `${at.padEnd(width)}  ${text}`);
  if (journal.dropped > 0)
    lines.unshift(`… ${journal.dropped} earlier entries were dropped (createTestKit({ history }) keeps more)`);
  return lines.join("\n");
}

/** To the millisecond: two weeks in, jobs are still seconds apart. */
function stamp(ms: number): string {
  return `+${formatDuration(ms, 5)}`;
}

function detail(event: KitEvent): string {
  if (event.type === "retried" && event.runAt !== undefined) {
    return `attempt ${event.attempt} threw "${failureMessage(event.error)}", again in ${formatDuration(event.runAt.getTime() - event.at.getTime())}`;
  }
  if (event.error !== undefined) return `"${failureMessage(event.error)}"`;
  if (event.type === "enqueued" && event.runAt !== undefined) {
    const wait = event.runAt.getTime() - event.at.getTime();
    return wait > 0 ? `due in ${formatDuration(wait)}` : "due now";
  }
  return event.attempt > 0 ? `attempt ${event.attempt}` : "";
}
