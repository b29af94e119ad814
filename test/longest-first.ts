// The order of the test files: those that take long begin first, so that the last one does not run alone.

import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take seconds, by the end of their folder or name. vitest itself knows a file's size only. */
const LONG = [
  "test/contract/",
  "test/store/sql/",
  "test/processes/",
  "test/engine/process.test.ts",
  "test/testing/properties.test.ts",
  "test/docs/",
  "test/simulation/",
  "test/project/",
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => Number(isLong(b)) - Number(isLong(a)));
  }
}

function isLong({ moduleId }: TestSpecification): boolean {
  return LONG.some((part) => moduleId.includes(part));
}
