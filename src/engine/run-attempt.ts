// One claimed job, from its handler's start to its outcome in the store: perform, decide, settle.

import type { Outcome, Performance } from "../job/outcome.ts";
import type { Claim } from "../job/record.ts";
import { Attempt, startOf } from "./attempt.ts";
import { backoffPolicy } from "./backoff-policy.ts";
import { channels, isWatched, type PerformStep, Trace } from "./channels.ts";
import { decide } from "./decide.ts";
import type { Engine } from "./engine.ts";
import { perform } from "./perform.ts";
import { settle } from "./settle.ts";
import { settleAgain } from "./settle-again.ts";

/**
 * What became of one attempt. `released`: a shutdown stopped it. `lost`: its claim no longer held the job. `unsettled`:
 * the store failed, or the worker died; the rescue decides.
 */
export interface AttemptResult {
  readonly type: "completed" | "retried" | "failed" | "released" | "lost" | "unsettled";
  readonly claim: Claim;
  /** What was thrown, where something was. */
  readonly error?: unknown;
}

/** Never rejects: whatever happens, handler and store included, is in the result. */
export function runAttempt(engine: Engine, claim: Claim): Promise<AttemptResult> {
  return new Promise((resolve) => startAttempt(engine, claim, resolve));
}

/**
 * The same with a callback in place of a promise. Callbacks all the way: on Node 20 an async scope makes every promise
 * dear, and this is what every job goes through.
 */
export function startAttempt(engine: Engine, claim: Claim, done: (result: AttemptResult) => void): void {
  const trace = isWatched(channels.perform) ? performTrace(engine, claim) : null;
  const attempt: Attempt = new Attempt(engine, claim, (performance) => {
    if (trace !== null) tellEnd(trace, performance);
    conclude(attempt, performance, done);
  });
  engine.watchdog.start(attempt);
  engine.kit?.attemptStarted(attempt);
  engine.events.tell("claimed", startOf(claim), claim, null);
  if (trace === null) perform(attempt);
  else trace.begin(() => perform(attempt));
}

function performTrace({ workerId }: Engine, job: Claim): Trace<true, PerformStep> {
  return new Trace<true, PerformStep>(channels.perform, { job, workerId });
}

function tellEnd(trace: Trace<true, PerformStep>, performance: Performance): void {
  if (performance.type === "ok") trace.succeed(true);
  else trace.fail(performance.error);
}

/** Hands a claim back whose handler is not to be started: the attempt is given back, too (R25). */
export function handBack(engine: Engine, claim: Claim, done: (result: AttemptResult) => void): void {
  const attempt: Attempt = new Attempt(engine, claim, (performance) => conclude(attempt, performance, done));
  engine.watchdog.start(attempt);
  engine.kit?.attemptStarted(attempt);
  attempt.stop();
}

/** Decides and settles. */
function conclude(attempt: Attempt, performance: Performance, done: (result: AttemptResult) => void): void {
  const { engine, claim } = attempt;
  if (attempt.died) {
    engine.kit?.attemptEnded(attempt);
    done({ type: "unsettled", claim, error: errorOf(performance) });
    return;
  }
  const now = engine.clock.now();
  const outcome = decide(claim, performance, backoffPolicy(engine, claim, attempt.instance), now);
  const finish = (answer: Answer): void => {
    const result = report(engine, claim, performance, outcome, answer, now);
    engine.kit?.attemptEnded(attempt);
    done(result);
  };
  settle(engine, claim, outcome, { now }).then(finish, (error: unknown) => {
    void settleAgain(attempt, outcome, now, error).then(finish);
  });
}

type Answer = "settled" | "lost" | "unsettled";

function report(
  engine: Engine,
  claim: Claim,
  performance: Performance,
  outcome: Outcome,
  answer: Answer,
  now: Date,
): AttemptResult {
  const error = errorOf(performance);
  if (answer !== "settled") {
    if (answer === "lost") engine.events.tell("lost", now, claim, { outcome: outcome.type });
    return { type: answer, claim, error };
  }
  tellOutcome(engine, claim, outcome, error, now);
  if (outcome.type === "completed" || outcome.type === "released") return { type: outcome.type, claim };
  if (outcome.type === "retry") return { type: "retried", claim, error };
  return { type: "failed", claim, error };
}

/** What the handler failed with, where it did: being stopped is no failure. */
function errorOf(performance: Performance): unknown {
  return performance.type === "error" ? performance.error : undefined;
}

/** Tells of a settled outcome; the rescue uses it too. */
export function tellOutcome(engine: Engine, job: Claim, outcome: Outcome, error: unknown, at: Date): void {
  const { events } = engine;
  if (outcome.type === "completed") {
    events.tell("completed", at, job, { durationMs: at.getTime() - (job.startedAt ?? at).getTime() });
  } else if (outcome.type === "retry") {
    events.tell("retried", at, job, { error, runAt: outcome.runAt });
  } else if (outcome.type === "failed") {
    events.tell("failed", at, job, { error });
  } else {
    events.tell("released", at, job, null);
  }
}
