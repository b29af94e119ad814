// The kit's verbs as functions on the current kit, for tests that never name one.

import { type Callee, calledAs, pointed } from "../../job/caller.ts";
import type { Duration } from "../../job/duration.ts";
import type { DrainOptions, DrainReport } from "../drain-options.ts";
import type { AdvanceOptions, TestKit } from "../kit.ts";
import { currentKit } from "./current-kit.ts";

/** `kit.drain` on the current kit: runs all that is due now, follow-ups too. Rejects as it does, and where no kit is meant. */
export function drain(options?: DrainOptions): Promise<DrainReport> {
  return play("drain()", drain, (kit) => kit.drain(options));
}

/** `kit.drainUntilIdle` on the current kit: runs all jobs, skipping time to each, until none is pending. */
export function drainUntilIdle(options?: DrainOptions): Promise<DrainReport> {
  return play("drainUntilIdle()", drainUntilIdle, (kit) => kit.drainUntilIdle(options));
}

/** `kit.advance` on the current kit: moves time, running each job at its own due instant on the way. */
export function advance(duration: Duration, options?: AdvanceOptions): Promise<DrainReport> {
  return play("advance()", advance, (kit) => kit.advance(duration, options));
}

/** Not an async function: the kit has to see whether anybody awaits its promise (R48). */
function play(call: string, callee: Callee, verb: (kit: TestKit) => Promise<DrainReport>): Promise<DrainReport> {
  return calledAs(callee, () => {
    try {
      return verb(currentKit(call));
    } catch (error) {
      return Promise.reject(pointed(error));
    }
  });
}
