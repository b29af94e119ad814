// Which of a kit's events and log lines a test asks for.

import type { JobEventType } from "../engine/events.ts";
import type { LogLevel } from "../engine/log.ts";
import type { AnyJobClass } from "../job/job.ts";
import type { KitEvent, KitLogLine } from "./journal.ts";
import { storedNames } from "./records.ts";

export interface EventFilter {
  readonly type?: JobEventType | readonly JobEventType[] | undefined;
  readonly jobClass?: AnyJobClass | undefined;
  readonly jobId?: string | undefined;
}

export interface LogFilter {
  readonly level?: LogLevel | undefined;
  readonly jobId?: string | undefined;
  /** Part of the message, or a pattern. */
  readonly message?: string | RegExp | undefined;
  readonly from?: "handler" | "engine" | undefined;
}

export function filterEvents(events: readonly KitEvent[], filter: EventFilter): readonly KitEvent[] {
  const types = filter.type === undefined ? null : [filter.type].flat();
  const names = filter.jobClass === undefined ? null : storedNames(filter.jobClass);
  return events.filter(
    ({ type, jobClass, jobId }) =>
      (types?.includes(type) ?? true) &&
      (names?.includes(jobClass) ?? true) &&
      (filter.jobId === undefined || jobId === filter.jobId),
  );
}

export function filterLines(lines: readonly KitLogLine[], filter: LogFilter): readonly KitLogLine[] {
  const { level, jobId, message, from } = filter;
  return lines.filter(
    (line) =>
      (level === undefined || line.level === level) &&
      (from === undefined || line.from === from) &&
      (jobId === undefined || line.fields.jobId === jobId) &&
      (message === undefined || says(line.message, message)),
  );
}

function says(text: string, part: string | RegExp): boolean {
  // Not test(): a global pattern would remember where it was.
  return typeof part === "string" ? text.includes(part) : text.search(part) >= 0;
}
