// What a part of the benchmarks is given, and what it gives back.

import type { Verdict } from "./verdict.ts";

export interface Plan {
  /** Fewer rounds and smaller sizes: under a minute for all parts together. */
  readonly quick: boolean;
  /** Time is what each process used of the processor, not real time: for a machine that others keep busy. */
  readonly byCpu: boolean;
  /** Whether the packages of bench/package.json are there to be put beside ours. */
  readonly peers: boolean;
}

/** Measures, prints its tables, and says which promises were kept. */
export type Part = (plan: Plan) => Promise<readonly Verdict[]>;
