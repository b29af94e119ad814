// The contract's tests as a list, to be run by hand: how the contract itself is tried.

import { type DescribeJobStoreOptions, describeJobStore } from "../../src/contract/index.ts";
import type { JobStore } from "../../src/store/job-store.ts";

/** Every test of the contract by its name, as in `"claim order › R11 takes a higher priority first"`. */
export function collectContract(
  open: () => JobStore,
  options: Omit<DescribeJobStoreOptions, "describe" | "it"> = {},
): ReadonlyMap<string, () => Promise<void>> {
  const tests = new Map<string, () => Promise<void>>();
  const path: string[] = [];
  const describe = (name: string, body: () => void): void => {
    path.push(name);
    body();
    path.pop();
  };
  const it = (name: string, body: () => Promise<void>): void => {
    const full = [...path.slice(1), name].join(" › ");
    if (tests.has(full)) throw new Error(`two tests of the contract are named "${full}"`);
    tests.set(full, body);
  };
  describeJobStore("collected", open, { ...options, describe, it });
  return tests;
}
