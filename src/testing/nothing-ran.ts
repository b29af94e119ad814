// The error of a drain that ran nothing: why there was nothing to run (R48).

import { shared } from "../job/ambient.ts";
import { formatDuration } from "../job/duration.ts";
import type { DrainPlan } from "./drain-options.ts";
import { NothingRanError } from "./errors.ts";
import type { KitCore } from "./kit-core.ts";

/** Looks at the store and says what a reader of the test needs to know. */
export async function nothingRan(core: KitCore, verb: string, plan: DrainPlan): Promise<NothingRanError> {
  const reasons = await reasonsFor(core, plan);
  const list = reasons.map((reason) => `  • ${reason}`).join("\n");
  return new NothingRanError(
    `kit.${verb}() ran nothing, so what follows it would prove nothing.\n${list}\nIf that is what you mean, say so: kit.${verb}({ allowEmpty: true }).`,
  );
}

async function reasonsFor(core: KitCore, plan: DrainPlan): Promise<string[]> {
  const { engine, clock, handlers } = core;
  const now = clock.now().getTime();
  const reasons: string[] = [];
  const pending = await engine.store.list({ status: "pending", limit: 1000 });
  const wanted = pending.filter(
    (job) => (plan.queues?.includes(job.queue) ?? true) && (plan.accepts?.(job.jobClass) ?? true),
  );
  const next = wanted.sort((a, b) => a.runAt.getTime() - b.runAt.getTime() || a.seq - b.seq)[0];
  if (next !== undefined) {
    const wait = next.runAt.getTime() - now;
    const due = wait > 0 ? `due in ${formatDuration(wait)}` : "due now";
    reasons.push(
      `Next is ${next.jobClass} ${next.id}, ${due} (${next.runAt.toISOString()}): kit.advance("${formatDuration(Math.max(wait, 0))}") or kit.drainUntilIdle() would run it.`,
    );
  }
  const others = pending.length - wanted.length;
  if (others > 0)
    reasons.push(
      `${others} pending ${jobs(others)} ${others === 1 ? "is" : "are"} left out by queue, only or except: ${places(pending.filter((job) => !wanted.includes(job)))}.`,
    );
  if (handlers.asleep.size > 0)
    reasons.push(
      `${handlers.asleep.size} ${jobs(handlers.asleep.size)} sleep on virtual time; kit.advance(…) wakes them.`,
    );
  if (pending.length === 0) reasons.push(...(await emptyReasons(core)));
  return reasons;
}

async function emptyReasons(core: KitCore): Promise<string[]> {
  const reasons: string[] = [];
  const ended = core.journal.events().filter((event) => event.type === "completed" || event.type === "failed").length;
  if (ended > 0)
    reasons.push(
      `Nothing is pending: ${ended} ${jobs(ended)} of this kit ${ended === 1 ? "has" : "have"} ended already.`,
    );
  else reasons.push(`Nothing was enqueued in ${core.label}. Was the code under test called, and awaited?`);
  const processing = await core.engine.store.list({ status: "processing", limit: 10 });
  for (const job of processing) {
    reasons.push(
      `${job.jobClass} ${job.id} is processing, held by ${job.lockedBy ?? "another worker"} until ${job.lockedUntil?.toISOString() ?? "its timeout"}.`,
    );
  }
  const kits = shared.kits.size - 1;
  if (kits > 0)
    reasons.push(`${kits} other ${kits === 1 ? "kit is" : "kits are"} open in this process; was it enqueued there?`);
  return reasons;
}

function jobs(count: number): string {
  return count === 1 ? "job" : "jobs";
}

function places(list: readonly { jobClass: string; queue: string }[]): string {
  const names = [...new Set(list.map((job) => `${job.jobClass} in "${job.queue}"`))];
  return names.length <= 3 ? names.join(", ") : `${names.slice(0, 3).join(", ")} …`;
}
