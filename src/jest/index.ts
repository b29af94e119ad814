// The door "wheelwright/jest": the assertions as matchers of expect. Name it in jest's setupFilesAfterEnv.

import { afterEach, beforeEach, expect } from "@jest/globals";
import { type JobMatchers, jobMatchers } from "../testing/assertions/matchers.ts";
import { nameTestsBy } from "../testing/current-test.ts";
import { hookInto } from "../testing/runner-hooks.ts";

export type { JobMatchers } from "../testing/assertions/matchers.ts";

nameTestsBy(() => expect.getState().currentTestName);
hookInto({ beforeEach, afterEach });

// `as`: they return what has a `then`, which is all that jest asks for; its type says Promise.
expect.extend(jobMatchers as unknown as Parameters<typeof expect.extend>[0]);

declare module "expect" {
  // Declarations that merge have the same type parameters, used or not.
  interface Matchers<R extends void | Promise<void>, T = unknown> extends JobMatchers {}
}

// Whoever uses the globals has their types from @types/jest.
declare global {
  namespace jest {
    // biome-ignore lint/complexity/noBannedTypes: declarations that merge have the same type parameters
    interface Matchers<R, T = {}> extends JobMatchers {}
  }
}
