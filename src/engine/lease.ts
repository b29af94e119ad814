// How long a claim may last.

import { type Duration, durationMs } from "../job/duration.ts";
import { InvalidOptionError } from "../job/errors.ts";

/** Of an engine that is told no other. */
export const DEFAULT_LEASE: Duration = "30s";
const MIN_LEASE_MS = 1000;
const MAX_LEASE_MS = 30 * 86_400_000;

/** The milliseconds of a lease. Throws: InvalidOptionError, InvalidDurationError. */
export function leaseOf(lease: Duration, what: string): number {
  const leaseMs = durationMs(lease, what);
  if (leaseMs >= MIN_LEASE_MS && leaseMs <= MAX_LEASE_MS) return leaseMs;
  throw new InvalidOptionError(what, lease, "a duration from one second to thirty days");
}
