// The last lines of a test run: which stores ran, with how many tests each, and which did not and why.

import type { Reporter, TestModule } from "vitest/node";

/** A group of tests that is about one store. */
const OF_STORE = /^(?:the job store contract: (?<contract>.+)|(?<steps>.+), step by step)$/;
/** What a group holds instead of its tests where it cannot run: its name says what is missing. */
const INSTEAD = /^needs /;

interface Count {
  passed: number;
  failed: number;
  missing: string | null;
}

export class StoresReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const lines = storeLines(testsOf(modules));
    if (lines.length > 0) process.stdout.write(`${["Stores:", ...lines].join("\n  ")}\n`);
  }
}

/** One test that ended: the names of its groups from the outermost, its own, and its state. */
export interface Ended {
  readonly path: readonly string[];
  readonly state: string;
}

/** A line for each store there were tests of, in the order of their names. */
export function storeLines(tests: Iterable<Ended>): readonly string[] {
  const counts = new Map<string, Count>();
  for (const { path, state } of tests) {
    const [group = "", ...rest] = path;
    const { contract, steps } = OF_STORE.exec(group)?.groups ?? {};
    const store = contract ?? steps;
    if (store === undefined) continue;
    const count = counts.get(store) ?? { passed: 0, failed: 0, missing: null };
    counts.set(store, count);
    const name = rest.at(-1) ?? "";
    if (INSTEAD.test(name)) count.missing = name;
    else if (state === "passed") count.passed++;
    else if (state === "failed") count.failed++;
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([store, count]) => `${store}: ${told(count)}`);
}

function told({ passed, failed, missing }: Count): string {
  if (missing !== null && passed + failed === 0) return `skipped, it ${missing}`;
  return failed === 0 ? `${passed} passed` : `${passed} passed, ${failed} FAILED`;
}

function* testsOf(modules: readonly TestModule[]): Generator<Ended> {
  for (const each of modules) {
    for (const test of each.children.allTests()) {
      const path = [test.name];
      for (let parent = test.parent; parent.type === "suite"; parent = parent.parent) path.unshift(parent.name);
      yield { path, state: test.result().state };
    }
  }
}
