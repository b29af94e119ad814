// Seeds that have shown a defect once, each with its story: they are played in every run of the tests.

import type { StoreName } from "./stores.ts";

export interface KnownSeed {
  readonly store: StoreName;
  readonly seed: number;
  readonly story: string;
}

export const KNOWN_SEEDS: readonly KnownSeed[] = [];
