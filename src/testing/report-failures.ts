// Fails a drain in which a job failed that was not expected to (R42).

import { formatDuration } from "../job/duration.ts";
import { failureMessage } from "../job/failure-message.ts";
import { JobRows } from "./assertions/job-rows.ts";
import { literal } from "./assertions/literal.ts";
import { BODY_WIDTH, counted, report, wrap } from "./assertions/report.ts";
import { subjectOfKit } from "./assertions/source.ts";
import type { Drain } from "./drain.ts";
import type { DrainPlan } from "./drain-options.ts";
import { JobFailedError } from "./errors.ts";
import type { KitEvent } from "./journal.ts";
import type { KitCore } from "./kit-core.ts";

const MAX_SHOWN = 5;
const MAX_MESSAGE_LINES = 4;

/** Throws: JobFailedError with the handler's own error as cause. */
export async function reportFailures(core: KitCore, verb: string, plan: DrainPlan, drain: Drain): Promise<void> {
  const unexpected = drain.failures.filter((event) => !core.expectedFailures.accepts(event));
  const failed = plan.failures === "throw" ? unexpected : [];
  const retried = plan.retries === "throw" ? drain.retries : [];
  const told = [...failed, ...retried];
  const [first] = told;
  if (first === undefined) return;
  const message = report(`${core.host?.name ?? `kit.${verb}()`}: ${headline(failed.length, retried.length)}.`, [
    { name: "failed", lines: await lines(core, failed) },
    { name: "threw", lines: await lines(core, retried) },
    { name: "hint", lines: wrap(hint(core, failed[0])) },
  ]);
  throw new JobFailedError(
    message,
    told.map((event) => event.error),
  );
}

function headline(failed: number, retried: number): string {
  const threw = `${counted(retried, "attempt")} threw`;
  if (failed === 0) return threw;
  const both = `${counted(failed, "job")} failed, which nobody expected`;
  return retried === 0 ? both : `${both}, and ${threw}`;
}

/** Two lines for each: which attempt of which job, and what it threw. */
async function lines(core: KitCore, events: readonly KitEvent[]): Promise<readonly string[]> {
  const rows = new JobRows(subjectOfKit(core), []);
  const found: string[] = [];
  for (const event of events.slice(0, MAX_SHOWN)) found.push(...(await describe(core, event, rows)));
  if (events.length > MAX_SHOWN) found.push(`… and ${events.length - MAX_SHOWN} more`);
  return found;
}

async function describe(core: KitCore, event: KitEvent, rows: JobRows): Promise<readonly string[]> {
  const { jobId, jobClass, attempt, maxRetries, advancedMs } = event;
  const at = advancedMs === 0 ? "" : `, ${formatDuration(advancedMs)} in`;
  const head = `${rows.label(jobId)} ${jobClass}, attempt ${attempt} of ${maxRetries}${at}`;
  const data = (await core.engine.store.get(jobId))?.data ?? {};
  const shown =
    Object.keys(data).length === 0 ? head : `${head}  ${literal(data, Math.max(BODY_WIDTH - head.length - 2, 30))}`;
  return [shown, ...excerpt(failureMessage(event.error)).map((line) => `  ${line}`)];
}

/** The first lines of a message, cut between words; an ellipsis says that there is more. */
function excerpt(message: string): readonly string[] {
  const lines = message.split(/\s*\n\s*/).flatMap((line) => wrap(line, BODY_WIDTH - 6)); // Room for both indents, and for the mark.
  if (lines.length <= MAX_MESSAGE_LINES) return lines;
  return lines.slice(0, MAX_MESSAGE_LINES).map((line, index) => (index < MAX_MESSAGE_LINES - 1 ? line : `${line} …`));
}

function hint(core: KitCore, failed: KitEvent | undefined): string {
  if (failed === undefined) return 'Attempts that throw reject the drain because of { retries: "throw" }.';
  if (core.host !== null)
    return `Whatever ${core.host.name} plays is to complete: mend the job, or let ${core.host.enqueues} give one that does.`;
  return (
    core.expectedFailures.differs(failed) ??
    `If the failure is what you test, say so before: kit.expectFailure(${failed.jobClass}), or drain with { failures: "collect" }.`
  );
}
