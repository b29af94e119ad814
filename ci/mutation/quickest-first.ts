// The order of the test files under mutation: what notices most in the least time begins, for the first failure ends a mutant.

import { BaseSequencer, type TestSpecification } from "vitest/node";

/** From the quickest to the slowest; a file takes the place of the last part that its name holds. */
const ORDER = [
  "test/job/",
  "test/clock/",
  "test/store/",
  "test/engine/",
  "test/testing/",
  "test/contract/",
  "test/fast-check/",
  "test/engine/cron.test.ts",
  "properties.test.ts",
  "test/simulation/",
  "test/testing/dispose.test.ts",
];

export class QuickestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return [...files].sort((a, b) => place(a) - place(b) || (a.moduleId < b.moduleId ? -1 : 1));
  }
}

function place({ moduleId }: TestSpecification): number {
  return ORDER.findLastIndex((part) => moduleId.includes(part));
}
