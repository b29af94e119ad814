// How long to wait after a failed attempt (R21). One pure function: the class formula, never SQL, never a clock.

/** Longest wait there can be: a hundred years of seconds. It keeps runAt inside the years that every store can hold. */
export const MAX_BACKOFF_SECONDS: number = 100 * 366 * 86_400;

/**
 * Seconds to wait after attempt `attempt` (1 for the first): `min(baseDelay · 2^attempt, maxDelay)`.
 *
 * Units: seconds in, seconds out, exact to the millisecond. Never NaN, negative or infinite, for any arguments.
 * `maxDelay` below `baseDelay` wins, and both give way to MAX_BACKOFF_SECONDS.
 * Source: the Wheels framework's job worker; the clamp comes before the overflow can matter (threadmill#47).
 */
export function exponentialBackoff(attempt: number, baseDelay: number, maxDelay: number): number {
  const grown = baseDelay * 2 ** Math.min(attempt, MAX_EXPONENT);
  const wait = Math.min(grown, maxDelay, MAX_BACKOFF_SECONDS);
  return wait > 0 ? Math.round(wait * 1000) / 1000 : 0; // NaN is not above 0 either.
}

/** The last power of two that is finite, so that a baseDelay of 0 stays 0. */
const MAX_EXPONENT = 1023;
