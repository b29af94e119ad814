// The smallest schedule that still fails, as far as a bounded search finds it.

import { trimmed } from "./choices.ts";

const MAX_TRIES = 400;

/**
 * Tries smaller lists (shorter, with more zeros, with smaller numbers) as long as one fails.
 * `fails` plays a list: it gives what was really chosen where it fails, else null.
 */
export async function shrink(
  first: readonly number[],
  fails: (list: readonly number[]) => Promise<readonly number[] | null>,
): Promise<readonly number[]> {
  let best = trimmed(first);
  let tries = 0;
  const attempt = async (list: readonly number[]): Promise<boolean> => {
    const smaller = trimmed(list);
    if (tries >= MAX_TRIES || !isSmaller(smaller, best)) return false;
    tries++;
    const made = await fails(smaller);
    if (made === null) return false;
    const real = trimmed(made);
    best = isSmaller(real, smaller) ? real : smaller;
    return true;
  };
  for (let again = true; again && tries < MAX_TRIES; ) {
    again = false;
    for (let size = best.length; size >= 1; size = Math.floor(size / 2)) {
      for (let start = best.length - size; start >= 0; start -= size) {
        const end = start + size;
        if (await attempt([...best.slice(0, start), ...best.slice(end)])) again = true;
        else if (await attempt(best.map((one, index) => (index >= start && index < end ? 0 : one)))) again = true;
      }
    }
    for (let index = 0; index < best.length; index++)
      for (let value = 1; value < (best[index] ?? 0); value++)
        if (await attempt(best.map((one, at) => (at === index ? value : one)))) again = true;
  }
  return best;
}

/** Fewer choices that are not 0, then a shorter list, then smaller numbers. */
function isSmaller(one: readonly number[], other: readonly number[]): boolean {
  const [a, b] = [measure(one), measure(other)];
  for (let index = 0; index < a.length; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function measure(list: readonly number[]): readonly number[] {
  return [list.filter((one) => one !== 0).length, list.length, list.reduce((sum, one) => sum + one, 0)];
}
