// One claimed job, from its handler's start to its outcome in the store: perform, decide, settle.

import type { Outcome, Performance } from "../job/outcome.ts";
import type { Claim } from "../job/record.ts";
import { isPromise } from "../job/schema.ts";
import { Attempt } from "./attempt.ts";
import { backoffPolicy } from "./backoff-policy.ts";
import { decide } from "./decide.ts";
import type { Engine } from "./engine.ts";
import { perform } from "./perform.ts";
import { settleAgain } from "./settle-again.ts";

/** What became of one attempt. `lost`: its claim no longer held the job. `unsettled`: the store failed; the rescue decides. */
export interface AttemptResult {
  readonly type: "completed" | "retried" | "failed" | "lost" | "unsettled";
  readonly claim: Claim;
  /** What was thrown, where something was. */
  readonly error?: unknown;
  /** When the next attempt is due, for `retried`. */
  readonly runAt?: Date;
}

/** Never rejects: whatever happens, handler and store included, is in the result. */
export async function runAttempt(engine: Engine, claim: Claim): Promise<AttemptResult> {
  const attempt = new Attempt(engine, claim);
  engine.watchdog.start(attempt);
  engine.kit?.attemptStarted(attempt);
  if (engine.events.hears("claimed"))
    engine.events.emit({ type: "claimed", at: claim.startedAt ?? claim.updatedAt, job: claim });

  const performed = perform(attempt);
  const performance = isPromise(performed) ? await performed : performed;

  const now = engine.clock.now();
  const outcome = decide(claim, performance, backoffPolicy(engine, claim, attempt.instance), now);
  let answer: "settled" | "lost" | "unsettled";
  try {
    answer = await engine.store.settle(claim, outcome, { now });
  } catch (error) {
    answer = await settleAgain(attempt, outcome, now, error);
  }
  const result = report(engine, claim, performance, outcome, answer, now);
  engine.kit?.attemptEnded(attempt);
  return result;
}

function report(
  engine: Engine,
  claim: Claim,
  performance: Performance,
  outcome: Outcome,
  answer: "settled" | "lost" | "unsettled",
  now: Date,
): AttemptResult {
  const error = performance.type === "error" ? performance.error : undefined;
  if (answer !== "settled") {
    if (answer === "lost") engine.events.emit({ type: "lost", at: now, job: claim, outcome: outcome.type });
    return { type: answer, claim, error };
  }
  tellOutcome(engine, claim, outcome, error, now);
  if (outcome.type === "completed") return { type: "completed", claim };
  if (outcome.type === "retry") return { type: "retried", claim, error, runAt: outcome.runAt };
  return { type: "failed", claim, error };
}

/** Emits the event of a settled outcome; the rescue uses it too. */
export function tellOutcome(engine: Engine, job: Claim, outcome: Outcome, error: unknown, at: Date): void {
  const { events } = engine;
  if (outcome.type === "completed") {
    if (!events.hears("completed")) return;
    events.emit({ type: "completed", at, job, durationMs: at.getTime() - (job.startedAt ?? at).getTime() });
  } else if (outcome.type === "retry") {
    events.emit({ type: "retried", at, job, error, runAt: outcome.runAt });
  } else if (outcome.type === "failed") {
    events.emit({ type: "failed", at, job, error });
  } else {
    events.emit({ type: "released", at, job });
  }
}
