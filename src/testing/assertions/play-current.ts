// The kit's verbs as functions on the current kit, for tests that never name one.

import type { Duration } from "../../job/duration.ts";
import type { DrainOptions, DrainReport } from "../drain-options.ts";
import type { AdvanceOptions } from "../kit.ts";
import { currentKit } from "./current-kit.ts";

/** `kit.drain` on the current kit: runs all that is due now, follow-ups too. Rejects as it does, and where no kit is meant. */
export async function drain(options?: DrainOptions): Promise<DrainReport> {
  return currentKit("drain()").drain(options);
}

/** `kit.drainUntilIdle` on the current kit: runs all jobs, skipping time to each, until none is pending. */
export async function drainUntilIdle(options?: DrainOptions): Promise<DrainReport> {
  return currentKit("drainUntilIdle()").drainUntilIdle(options);
}

/** `kit.advance` on the current kit: moves time, running each job at its own due instant on the way. */
export async function advance(duration: Duration, options?: AdvanceOptions): Promise<DrainReport> {
  return currentKit("advance()").advance(duration, options);
}
