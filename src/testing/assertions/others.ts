// What else there is: the jobs that a message has not spoken of yet.

import type { JobRecord } from "../../job/record.ts";
import type { Expectation } from "./expectation.ts";
import type { JobRows } from "./job-rows.ts";
import type { Block } from "./report.ts";
import type { Subject } from "./source.ts";

const MAX_ROWS = 6;
const LOOKED_AT = 1000;

export interface Overview {
  /** Latest jobs of the subject, at most a thousand, oldest first. */
  readonly records: readonly JobRecord[];
  readonly total: number;
}

export function overviewOf(subject: Subject): Promise<Overview> {
  return subject.latest(LOOKED_AT);
}

/** A row per job that is not in `told`, those of the class first; the rest by class and number. */
export function othersBlock(
  subject: Subject,
  overview: Overview,
  expectation: Pick<Expectation, "names">,
  told: readonly JobRecord[],
  rows: JobRows,
): Block {
  const toldIds = new Set(told.map(({ id }) => id));
  const others = overview.records.filter(({ id }) => !toldIds.has(id));
  if (others.length === 0)
    return { name: "others", lines: told.length > 0 || subject.core === null ? [] : [nothingText(subject)] };
  const ranked = [...others].sort((a, b) => Number(isOfClass(b)) - Number(isOfClass(a)) || b.seq - a.seq);
  const shown = ranked.slice(0, MAX_ROWS).sort((a, b) => a.seq - b.seq);
  const lines = [...rows.rows(shown)];
  const hidden = overview.total - told.length - shown.length;
  if (hidden > 0) lines.push(`… and ${hidden} more: ${byClass(ranked.slice(MAX_ROWS), hidden)}`);
  return { name: others.some(isOfClass) || told.length > 0 ? "others" : "instead", lines };

  function isOfClass({ jobClass }: JobRecord): boolean {
    return expectation.names.includes(jobClass);
  }
}

function nothingText({ window, where }: Subject): string {
  return window === null ? `nothing: ${where} has no job.` : "nothing: the call enqueued no job.";
}

function byClass(jobs: readonly JobRecord[], total: number): string {
  const counts = new Map<string, number>();
  for (const { jobClass } of jobs) counts.set(jobClass, (counts.get(jobClass) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  const list = sorted.slice(0, 3).map(([name, count]) => `${name} × ${count}`);
  const told = sorted.slice(0, 3).reduce((sum, [, count]) => sum + count, 0);
  return [...list, ...(total > told ? ["…"] : [])].join(", ");
}
