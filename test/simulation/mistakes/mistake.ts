// A mistake planted to see whether the simulation notices.

import { type JobStore, MemoryJobStore } from "wheelwright";
import { type SimulationResult, simulate } from "../simulate.ts";

/** In a store of its own, or between each engine and the network. */
export interface Mistake {
  readonly name: string;
  readonly open?: () => JobStore;
  readonly engineSide?: (store: JobStore) => JobStore;
}

/** Plays one seed with the mistake in place. */
export function simulateWith({ open, engineSide }: Mistake, seed: number, trace = false): Promise<SimulationResult> {
  const store = open?.() ?? new MemoryJobStore();
  return simulate({ store, seed, trace, ...(engineSide === undefined ? {} : { engineSide }) });
}

/** The first seed that shows the mistake, and what is then said; null when none of so many does. */
export async function firstToCatch(mistake: Mistake, seeds: number): Promise<SimulationResult | null> {
  for (let seed = 0; seed < seeds; seed++) {
    const result = await simulateWith(mistake, seed);
    if (result.violation !== null) return result;
  }
  return null;
}
