// Takes back claims whose lease is over: a worker died, hung or was cut off (R25).

import { brandErrors, JobTimeoutError, LeaseLostError, WheelwrightError } from "../job/errors.ts";
import type { Outcome } from "../job/outcome.ts";
import type { Claim } from "../job/record.ts";
import { deadlineOf } from "./attempt.ts";
import { backoffPolicy } from "./backoff-policy.ts";
import { decide } from "./decide.ts";
import type { Engine } from "./engine.ts";
import { tellOutcome } from "./run-attempt.ts";
import { settle } from "./settle.ts";

const PAGE = 100;

/** The worker that held a job let its lease end: it died, hung, or was cut off from the store. */
export class WorkerLostError extends WheelwrightError {
  override readonly code = "WORKER_LOST";

  constructor() {
    super("worker lost");
  }
}

brandErrors(WorkerLostError);

export interface Rescued {
  readonly claim: Claim;
  readonly outcome: Outcome;
  readonly error: Error;
}

/**
 * Decides every claim whose lease is over, by the rules of any failed attempt. The rescue changes a row only if it is
 * still as it was read. One row that cannot be read or decided does not stop the others.
 * Returns: those that were taken back. Throws: StoreUnavailableError when the list itself cannot be had.
 */
export async function rescue(engine: Engine, limit: number = Number.POSITIVE_INFINITY): Promise<readonly Rescued[]> {
  const now = engine.clock.now();
  const rescued: Rescued[] = [];
  let after: Claim | undefined;
  for (;;) {
    const size = Math.min(PAGE, limit - rescued.length);
    const page = await engine.store.expired({ now, limit: size, after });
    for (const claim of page) {
      const one = await rescueOne(engine, claim, now);
      if (one !== null) rescued.push(one);
    }
    after = page.at(-1);
    if (page.length < size || rescued.length >= limit) return rescued;
  }
}

async function rescueOne(engine: Engine, claim: Claim, now: Date): Promise<Rescued | null> {
  try {
    const timedOut = deadlineOf(claim) <= now.getTime();
    const error = timedOut ? timeoutOf(claim) : new WorkerLostError();
    const outcome = decide(claim, { type: "error", error }, backoffPolicy(engine, claim, null), now);
    if ((await settle(engine, claim, outcome, { now, expired: true })) === "lost") return null;
    abortOwn(engine, claim);
    engine.events.tell("rescued", now, claim, { error });
    tellOutcome(engine, claim, outcome, error, now);
    return { claim, outcome, error };
  } catch (error) {
    engine.log("error", "a claim whose lease is over could not be taken back; it is tried again", {
      jobId: claim.id, // What else it says may be what is wrong with it.
      error,
    });
    return null;
  }
}

function timeoutOf(claim: Claim): JobTimeoutError {
  const error = new JobTimeoutError(claim.timeout);
  error.message = `Job timed out after ${claim.timeout} seconds`;
  return error;
}

/** An attempt of this very engine that held the claim has lost its lease: it stops, and does no more of its work (R16). */
function abortOwn(engine: Engine, claim: Claim): void {
  for (const watchdog of engine.watchdogs) {
    for (const attempt of watchdog.running()) {
      const own = attempt.claim.id === claim.id && attempt.claim.token === claim.token;
      if (own) attempt.abort(new LeaseLostError(claim.id));
    }
  }
}
