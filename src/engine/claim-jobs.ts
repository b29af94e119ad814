// Asks the store for due jobs, and tells of it.

import type { Claim } from "../job/record.ts";
import type { ClaimRequest } from "../store/job-store.ts";
import { channels, isWatched, traced } from "./channels.ts";
import type { Engine } from "./engine.ts";

/** Rejects with: what the store rejects with. */
export function claimJobs({ store }: Engine, request: ClaimRequest): Promise<readonly Claim[]> {
  if (!isWatched(channels.claim)) return store.claim(request);
  const { workerId, queues, limit } = request;
  return traced(
    channels.claim,
    { workerId, queues, limit },
    () => store.claim(request),
    (claims) => claims,
  );
}
