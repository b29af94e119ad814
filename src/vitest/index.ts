// The door "wheelwright/vitest": the assertions as matchers of expect, and a test that has a kit of its own.

import { afterEach, beforeEach, expect } from "vitest";
import { type JobMatchers, jobMatchers } from "../testing/assertions/matchers.ts";
import { nameTestsBy } from "../testing/current-test.ts";
import { hookInto } from "../testing/runner-hooks.ts";

export type { JobMatchers } from "../testing/assertions/matchers.ts";
export { createKitTest, type KitFixtures, test } from "./kit-test.ts";

nameTestsBy(() => expect.getState().currentTestName);
hookInto({ beforeEach, afterEach });

// `as`: they return what has a `then`, which is all that vitest asks for; its type says Promise.
expect.extend(jobMatchers as unknown as Parameters<typeof expect.extend>[0]);

// Without type parameters it merges with those of vitest 3, 4 and 5, which differ.
declare module "vitest" {
  interface Matchers extends JobMatchers {}
}
