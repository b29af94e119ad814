// A vitest `test` with a kit of its own for each test.

import { type TestAPI, test as vitestTest } from "vitest";
import { InvalidOptionError } from "../job/errors.ts";
import { coreOf } from "../testing/assertions/current-kit.ts";
import { makeKit, type TestKit } from "../testing/kit.ts";
import type { TestKitOptions } from "../testing/kit-options.ts";
import { KitScope } from "./kit-scope.ts";

/** What the tests of this door have beside vitest's own context. */
export interface KitFixtures {
  /** What the kit is made with: set by `createKitTest`, or by `test.override` (`test.scoped` in vitest 3). */
  kitOptions: TestKitOptions;
  /** The test's own kit: the one that `SomeJob.enqueue()` finds in this test; disposed when it is over. */
  kit: TestKit;
}

const NOT_SET = {} as TestKitOptions; // `as`: known by its identity, and never handed on

/**
 * vitest's `test` with a kit, made for the tests that read it from their context. Its options have to be set first:
 *
 * ```ts
 * test.override({ kitOptions: { app: jobs } }); // test.scoped in vitest 3
 * test("signs up", async ({ kit }) => { … });
 * ```
 */
export const test: TestAPI<KitFixtures> = kitTest(NOT_SET, false);

/**
 * A `test` whose every test has a kit made with these options, whether it names it or not.
 *
 * ```ts
 * export const test = createKitTest({ app: jobs });
 *
 * test("welcomes who signs up", async ({ kit }) => {
 *   await signUp("ada@example.org");
 *   await expect(kit).toHaveEnqueued(SendEmailJob, { to: "ada@example.org" });
 * });
 * ```
 * One kit per test. Under `test.concurrent` a test that reads `kit` from its context finds its own everywhere.
 * What the kit finds wrong at its end fails the test.
 */
export function createKitTest(options: TestKitOptions): TestAPI<KitFixtures> {
  return kitTest(options, true);
}

interface AllFixtures extends KitFixtures {
  kitScope: KitScope;
}

/** `auto`: also for tests that do not name the kit. */
function kitTest(kitOptions: TestKitOptions, auto: boolean): TestAPI<KitFixtures> {
  const extended = vitestTest.extend<AllFixtures>({
    // The first of all, and one that needs no other: vitest 3 calls it at once, where entering still reaches the test.
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from it which fixtures are needed
    kitScope: async ({}, use) => {
      const scope = new KitScope();
      scope.enter();
      await use(scope);
    },
    // A function, for vitest takes lists and some objects for more than a value.
    // biome-ignore lint/correctness/noEmptyPattern: as above
    kitOptions: async ({}, use) => {
      await use(kitOptions);
    },
    kit: [
      async ({ kitScope, kitOptions: options, task }, use) => {
        if (options === NOT_SET) throw notSet();
        const kit = await makeKit(options, { where: `${task.file.name} › ${task.name}` });
        kitScope.begin(kit, task.context);
        try {
          await use(kit);
        } finally {
          kitScope.end();
          // What a test that has failed did not come to is not held against it a second time.
          const core = coreOf(kit);
          if (core !== null && task.result?.state === "fail") core.testHasFailed = true;
          await kit.dispose();
        }
      },
      { auto },
    ],
  });
  return extended as unknown as TestAPI<KitFixtures>; // `as`: the scope is not for the tests
}

function notSet(): InvalidOptionError {
  return new InvalidOptionError(
    "kitOptions",
    undefined,
    "what createTestKit takes: make the test with createKitTest({ app: jobs }), or set kitOptions by test.override (test.scoped in vitest 3)",
  );
}
