// Medians, with the least and the most beside them.

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Throws: RangeError for no values. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const low = sorted[(sorted.length - 1) >> 1];
  const high = sorted[sorted.length >> 1];
  const [min] = sorted;
  const max = sorted.at(-1);
  if (low === undefined || high === undefined || min === undefined || max === undefined)
    throw new RangeError("There is no median of nothing.");
  return { median: (low + high) / 2, min, max };
}
