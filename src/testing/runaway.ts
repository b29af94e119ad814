// The error of a drain that does not come to an end (R41).

import { formatDuration } from "../job/duration.ts";
import { report, wrap } from "./assertions/report.ts";
import type { DrainPlan } from "./drain-options.ts";
import { RunawayError } from "./errors.ts";
import { JobLabels } from "./job-labels.ts";
import type { KitEvent } from "./journal.ts";
import type { KitCore } from "./kit-core.ts";

const CHAIN_LENGTH = 5;

/** Names the classes that ran most, and the chain of enqueues behind the latest job. */
export function runaway(core: KitCore, plan: DrainPlan): RunawayError {
  const events = core.journal.events();
  const claims = events.filter((event) => event.type === "claimed").slice(-plan.maxJobs);
  const limits = `maxJobs ${plan.maxJobs}, maxVirtualTime ${formatDuration(plan.maxVirtualMs)}`;
  return new RunawayError(
    report(`The drain does not come to an end: it ran ${claims.length} attempts.`, [
      { name: "limits", lines: [limits] },
      { name: "advanced", tight: true, lines: [`${formatDuration(core.clock.offsetMs)} of virtual time`] },
      { name: "ran most", tight: true, lines: [mostRun(claims)] },
      { name: "chain", tight: true, lines: wrap(chain(events, claims.at(-1), JobLabels.of(core.journal))) },
      {
        name: "hint",
        lines: wrap(
          core.host === null
            ? "Stop the chain in the job, drain with { until } or a higher limit, or use kit.advance(…), which ends at an instant."
            : `${core.host.name} plays until all jobs have ended: stop the chain in the job, or let ${core.host.enqueues} give data with which it stops.`,
        ),
      },
    ]),
  );
}

function mostRun(claims: readonly KitEvent[]): string {
  const counts = new Map<string, number>();
  for (const { jobClass } of claims) counts.set(jobClass, (counts.get(jobClass) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 5);
  return sorted.map(([jobClass, count]) => `${jobClass} × ${count}`).join(", ") || "nothing";
}

/** `#1 FirstJob → #2 SecondJob → #3 SecondJob`: who enqueued whom, the latest last; a job that only retries is told as such. */
function chain(events: readonly KitEvent[], last: KitEvent | undefined, labels: JobLabels): string {
  if (last === undefined) return "no job ran: the next one is due later than the limit of virtual time";
  const enqueued = new Map(events.filter((event) => event.type === "enqueued").map((event) => [event.jobId, event]));
  const names: string[] = [];
  let at = enqueued.get(last.jobId);
  let more = false;
  while (at !== undefined && !more) {
    more = names.length === CHAIN_LENGTH;
    if (!more) names.unshift(`${labels.of(at.jobId)} ${at.jobClass}`);
    at = at.parentId === undefined ? undefined : enqueued.get(at.parentId);
  }
  const tried = last.attempt > 1 ? `, attempt ${last.attempt} of ${last.maxRetries}` : "";
  return `${more ? "… → " : ""}${names.join(" → ") || `${labels.of(last.jobId)} ${last.jobClass}`}${tried}`;
}
