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

/**
 * The median of the ratios, round by round: what slowed a whole round down counts on neither side.
 * Both lists hold one value per round.
 */
export function medianRatio(values: readonly number[], others: readonly number[]): number {
  return spreadOf(values.map((value, round) => value / (others[round] ?? Number.NaN))).median;
}
