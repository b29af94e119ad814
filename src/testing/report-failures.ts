// Fails a drain in which a job failed that was not expected to (R42).

import { formatDuration } from "../job/duration.ts";
import { failureMessage } from "../job/failure-message.ts";
import type { Drain } from "./drain.ts";
import type { DrainPlan } from "./drain-options.ts";
import { JobFailedError } from "./errors.ts";
import type { KitEvent } from "./journal.ts";
import type { KitCore } from "./kit-core.ts";

/** Throws: JobFailedError with the handler's own error as cause. */
export function reportFailures(core: KitCore, verb: string, plan: DrainPlan, drain: Drain): void {
  const unexpected = drain.failures.filter((event) => !core.expectedFailures.accepts(event));
  const failed = plan.failures === "throw" ? unexpected : [];
  const retried = plan.retries === "throw" ? drain.retries : [];
  const told = [...failed, ...retried];
  if (told.length === 0) return;
  const lines = told.slice(0, 5).map((event) => `  • ${describe(event)}`);
  if (told.length > 5) lines.push(`  … and ${told.length - 5} more`);
  const hint =
    failed[0] === undefined
      ? 'Attempts that throw reject the drain because of { retries: "throw" }.'
      : (core.expectedFailures.differs(failed[0]) ??
        `If the failure is what you test, say so before: kit.expectFailure(${failed[0].jobClass}), or drain with { failures: "collect" }.`);
  const count = told.length === 1 ? "a job" : `${told.length} jobs`;
  throw new JobFailedError(
    `kit.${verb}(): ${count} failed\n${lines.join("\n")}\n${hint}`,
    told.map((event) => event.error),
  );
}

function describe(event: KitEvent): string {
  const after = event.advancedMs === 0 ? "" : `, ${formatDuration(event.advancedMs)} in`;
  const what = event.type === "failed" ? "failed" : "threw";
  return `${event.jobClass} ${event.jobId} ${what} in attempt ${event.attempt} of ${event.maxRetries}${after}: ${failureMessage(event.error)}`;
}
