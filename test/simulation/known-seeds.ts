// Seeds that are played in every run of the tests, each with its story: those that showed a defect once, and those that
// the rarest mistakes were seen with.

import type { StoreName } from "./stores.ts";

export interface KnownSeed {
  readonly store: StoreName;
  readonly seed: number;
  readonly story: string;
}

export const KNOWN_SEEDS: readonly KnownSeed[] = [
  {
    store: "sqlite",
    seed: 6819,
    story: "the one in seven thousand in which a retry by hand that leaves the token lets an old settle be believed",
  },
  { store: "sqlite", seed: 230, story: "a unique key that a failed job does not give up keeps it from being retried" },
  { store: "memory", seed: 136, story: "two outcomes that are settled together are not the same" },
  { store: "memory", seed: 81, story: "a completed job whose settle is lost, as its lease ended meanwhile" },
];
