// Gives as many expectations as possible a job of their own.

/**
 * The largest pairing between expectations and jobs, each in at most one pair: for each expectation the index of its
 * job, or undefined. `candidates[i]`: the indices of the jobs that fit expectation i.
 * Source: Kuhn's augmenting paths, for bipartite matching.
 */
export function pair(candidates: readonly (readonly number[])[]): readonly (number | undefined)[] {
  const ownerOf = new Map<number, number>();
  candidates.forEach((_, index) => {
    augment(index, new Set());
  });
  const pairs: (number | undefined)[] = candidates.map(() => undefined);
  for (const [job, expectation] of ownerOf) pairs[expectation] = job;
  return pairs;

  function augment(expectation: number, tried: Set<number>): boolean {
    for (const job of candidates[expectation] ?? []) {
      if (tried.has(job)) continue;
      tried.add(job);
      const owner = ownerOf.get(job);
      if (owner === undefined || augment(owner, tried)) {
        ownerOf.set(job, expectation);
        return true;
      }
    }
    return false;
  }
}
