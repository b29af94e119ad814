// What a rescue on another machine does to a claim whose worker still runs.

import type { Engine } from "../../engine/engine.ts";
import { rescue } from "../../engine/rescue.ts";
import type { Claim } from "../../job/record.ts";
import type { JobStore } from "../../store/job-store.ts";

const LAST_INSTANT = new Date(Date.UTC(9999, 11, 31));
const MANY = 100_000;

/**
 * Rescues one claim as if its lease were over: by the engine's own rescue, with its own rules. The handler goes on and
 * does not know. `store`: what to do it in. Returns: whether the claim was still held.
 */
export async function takeBack(
  engine: Engine,
  store: Pick<JobStore, "expired" | "settle">,
  claim: Claim,
): Promise<boolean> {
  const view: typeof store = {
    expired: async () => {
      const held = await store.expired({ now: LAST_INSTANT, limit: MANY });
      return held.filter(({ id, token }) => id === claim.id && token === claim.token);
    },
    settle: (key, outcome, at) => store.settle(key, outcome, at),
  };
  const elsewhere: Engine = { ...engine, store: view as JobStore, watchdogs: new Set() }; // `as`: a rescue calls these two
  return (await rescue(elsewhere, 1)).length > 0;
}
