// The error of a drain that does not come to an end (R41).

import { formatDuration } from "../job/duration.ts";
import type { DrainPlan } from "./drain-options.ts";
import { RunawayError } from "./errors.ts";
import type { KitEvent } from "./journal.ts";
import type { KitCore } from "./kit-core.ts";

const CHAIN_LENGTH = 6;

/** Names the classes that ran most, and the chain of enqueues behind the latest job. */
export function runaway(core: KitCore, plan: DrainPlan): RunawayError {
  const events = core.journal.events();
  const claims = events.filter((event) => event.type === "claimed").slice(-plan.maxJobs);
  const advanced = formatDuration(core.clock.offsetMs);
  const lines = [
    `The drain does not come to an end: it ran ${claims.length} attempts, with ${advanced} of virtual time advanced (maxJobs ${plan.maxJobs}, maxVirtualTime ${formatDuration(plan.maxVirtualMs)}).`,
    `  ran most: ${mostRun(claims)}`,
    `  the chain: ${chain(events, claims.at(-1))}`,
    "Stop the chain in the job, drain with { until } or { maxJobs }, or use kit.advance(…), which ends at an instant.",
  ];
  return new RunawayError(lines.join("\n"));
}

function mostRun(claims: readonly KitEvent[]): string {
  const counts = new Map<string, number>();
  for (const { jobClass } of claims) counts.set(jobClass, (counts.get(jobClass) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 5);
  return sorted.map(([jobClass, count]) => `${jobClass} × ${count}`).join(", ") || "nothing";
}

/** `FirstJob → SecondJob → SecondJob`: who enqueued whom, the latest last; a job that only retries is told as such. */
function chain(events: readonly KitEvent[], last: KitEvent | undefined): string {
  if (last === undefined) return "no job ran; the time limit lies before the next one";
  const enqueued = new Map(events.filter((event) => event.type === "enqueued").map((event) => [event.jobId, event]));
  const names: string[] = [];
  let at = enqueued.get(last.jobId);
  let more = false;
  while (at !== undefined) {
    if (names.length === CHAIN_LENGTH) {
      more = true;
      break;
    }
    names.unshift(`${at.jobClass} ${at.jobId}`);
    at = at.parentId === undefined ? undefined : enqueued.get(at.parentId);
  }
  const tried = last.attempt > 1 ? ` (attempt ${last.attempt} of ${last.maxRetries})` : "";
  return `${more ? "… → " : ""}${names.join(" → ") || `${last.jobClass} ${last.jobId}`}${tried}`;
}
