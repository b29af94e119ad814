// A settle that failed in the store is tried again, then left to the rescue; it is never reported as success (R26).

import { failureMessage } from "../job/failure-message.ts";
import type { Outcome } from "../job/outcome.ts";
import type { Attempt } from "./attempt.ts";
import { settle } from "./settle.ts";

/** Waits before the tries that follow the first repeat, in milliseconds; each is jittered down to half of it. */
const WAITS_MS = [0, 100, 400, 1600, 5000];

/**
 * Sends the same outcome again, with the same token: if the first one did take effect, the store answers "settled" and
 * changes nothing (R24). The lease is not extended meanwhile, so a rescue can take over.
 */
export async function settleAgain(
  attempt: Attempt,
  outcome: Outcome,
  now: Date,
  first: unknown,
): Promise<"settled" | "lost" | "unsettled"> {
  let last = first;
  for (const waitMs of WAITS_MS) {
    if (waitMs > 0) await attempt.sleepMs(Math.round(waitMs * (0.5 + attempt.engine.random() / 2)));
    try {
      return await settle(attempt.engine, attempt.claim, outcome, { now });
    } catch (error) {
      last = error;
    }
  }
  attempt.log(
    "error",
    `the outcome (${outcome.type}) could not be stored: ${failureMessage(last)}. The job is taken back when its lease ends.`,
    { error: last },
  );
  return "unsettled";
}
