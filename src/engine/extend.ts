// Lengthens the lease of a claim, and tells of it.

import type { Claim } from "../job/record.ts";
import type { JobStore } from "../store/job-store.ts";
import { channels, isWatched, traced } from "./channels.ts";
import type { Engine } from "./engine.ts";

/** Rejects with: what the store rejects with. */
export function extend(
  { store }: Engine,
  claim: Claim,
  extension: Parameters<JobStore["extend"]>[1],
): Promise<"held" | "lost"> {
  if (!isWatched(channels.extend)) return store.extend(claim, extension);
  return traced(
    channels.extend,
    { job: claim, progress: extension.progress ?? null },
    () => store.extend(claim, extension),
    (answer) => answer,
  );
}
