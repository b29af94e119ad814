// Attempts that threw and have not been made good since: an expected follow-up is often missing because of them (R42).

import { formatDuration } from "../../job/duration.ts";
import { failureMessage } from "../../job/failure-message.ts";
import type { KitEvent } from "../journal.ts";
import type { JobRows } from "./job-rows.ts";
import { cutMiddle } from "./literal.ts";
import { BODY_WIDTH } from "./report.ts";
import type { Subject } from "./source.ts";

const MAX_SHOWN = 4;

/** One line per job whose latest attempt threw, and one about when it is tried again. */
export function threwLines({ core }: Subject, rows: JobRows): readonly string[] {
  if (core === null) return [];
  const latest = new Map<string, KitEvent>();
  for (const event of core.journal.events())
    if (event.type === "retried" || event.type === "failed" || event.type === "completed" || event.type === "claimed")
      latest.set(event.jobId, event);
  const threw = [...latest.values()].filter(({ type }) => type === "retried" || type === "failed");
  const now = core.clock.now().getTime();
  const lines = threw.slice(-MAX_SHOWN).flatMap((event) => eventLines(event, rows, now));
  if (threw.length > MAX_SHOWN) lines.push(`… and ${threw.length - MAX_SHOWN} more before them`);
  return lines;
}

function eventLines(event: KitEvent, rows: JobRows, now: number): readonly string[] {
  const { jobId, jobClass, attempt, maxRetries, runAt } = event;
  const head = `${rows.label(jobId)} ${jobClass}, attempt ${attempt} of ${maxRetries}, ${whatNext(runAt, now)}`;
  const message = failureMessage(event.error).replaceAll(/\s*\n\s*/g, " ");
  const line = `${head}: ${message}`;
  return line.length <= BODY_WIDTH ? [line] : [`${head}:`, `  ${cutMiddle(message, BODY_WIDTH - 2)}`];
}

function whatNext(runAt: Date | undefined, now: number): string {
  if (runAt === undefined) return "failed";
  const wait = runAt.getTime() - now;
  return wait > 0 ? `again in ${formatDuration(wait)}` : "again now";
}
