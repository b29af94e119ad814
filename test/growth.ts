// How the cost of a call grows with its input, told as a ratio: a busy machine makes both sides slower.

/** So many tries, of which the quickest counts: what else runs here can only make one slower. */
const TRIES = 7;
/** Milliseconds below which nothing is told apart. */
const LEAST_MS = 0.2;

/** How many times as long the second call takes as the first. */
export function timesAsLong(first: () => unknown, second: () => unknown): number {
  const quickest = [first, second].map(() => Number.POSITIVE_INFINITY);
  for (let tries = 0; tries < TRIES; tries++)
    for (const [index, call] of [first, second].entries()) {
      const before = performance.now();
      call();
      quickest[index] = Math.min(quickest[index] ?? 0, performance.now() - before);
    }
  const [one = 0, other = 0] = quickest;
  return (other + LEAST_MS) / (one + LEAST_MS);
}
