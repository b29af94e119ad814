// Counts the jobs that are as expected. Each counts once, by its id: one that ran and one enqueued anew are two.

import type { JobRecord } from "../../job/record.ts";
import { coreOf, openKits } from "./current-kit.ts";
import { type Expectation, fits } from "./expectation.ts";
import type { Timing } from "./job-match.ts";
import type { Subject } from "./source.ts";
import { isIn, type Range } from "./times.ts";

/** What was found. */
export interface Verdict {
  readonly holds: boolean;
  readonly matches: readonly JobRecord[];
  /** Jobs of the class that are not as expected. */
  readonly misses: readonly JobRecord[];
}

export async function judge(
  subject: Subject,
  expectation: Expectation,
  timing: Timing,
  range: Range,
): Promise<Verdict> {
  const matches: JobRecord[] = [];
  const misses: JobRecord[] = [];
  for (const job of await subject.read(expectation.names))
    (fits(expectation, job, timing, range.max === 0) ? matches : misses).push(job);
  return { holds: isIn(matches.length, range), matches, misses };
}

/**
 * When jobs count as due. `"enqueue"`: as they were enqueued, whatever later retries made of it; `"row"`: as they are now.
 * How exactly: a following clock may be a second off from what the test read by itself.
 */
export function timingOf(subject: Subject, of: "enqueue" | "row"): Timing {
  return {
    toleranceMs: isFollowing(subject) ? 1000 : 0,
    runAt: of === "row" ? (job) => job.runAt : enqueuedFor(subject),
  };
}

function enqueuedFor({ core }: Subject): (job: JobRecord) => Date {
  let first: Map<string, Date> | undefined;
  return (job) => {
    if (core === null) return job.runAt;
    if (first === undefined) {
      first = new Map();
      for (const { type, jobId, runAt } of core.journal.events())
        if (type === "enqueued" && runAt !== undefined) first.set(jobId, runAt);
    }
    return first.get(job.id) ?? job.runAt;
  };
}

/** Records in hand do not say whose they are: exact if every open kit is. */
function isFollowing({ core }: Subject): boolean {
  if (core !== null) return core.clock.following;
  const cores = openKits().map(coreOf);
  return cores.length === 0 || cores.some((each) => each?.clock.following);
}
