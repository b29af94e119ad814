// One try at storing an outcome, told of.

import type { Outcome } from "../job/outcome.ts";
import type { Claim } from "../job/record.ts";
import type { JobStore } from "../store/job-store.ts";
import { channels, isWatched, type SettleStep, traced } from "./channels.ts";
import type { Engine } from "./engine.ts";

type SettleAt = Parameters<JobStore["settle"]>[2];

/** Rejects with: what the store throws or rejects with. */
export function settle(engine: Engine, claim: Claim, outcome: Outcome, at: SettleAt): Promise<"settled" | "lost"> {
  if (!isWatched(channels.settle)) return send(engine, claim, outcome, at);
  const told: SettleStep = { job: claim, outcome, rescues: at.expired === true };
  return traced(
    channels.settle,
    told,
    () => send(engine, claim, outcome, at),
    (answer) => answer,
  );
}

function send({ store }: Engine, claim: Claim, outcome: Outcome, at: SettleAt): Promise<"settled" | "lost"> {
  try {
    return store.settle(claim, outcome, at);
  } catch (error) {
    return Promise.reject(error); // A store that throws where it should reject is a store that failed.
  }
}
