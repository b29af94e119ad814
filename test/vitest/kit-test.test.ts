// A test that has a kit of its own, whatever runs beside it.

import { beforeEach, describe, expect, test as plainTest } from "vitest";
import { createJobs, defineJob, MemoryJobStore } from "wheelwright";
import { createTestKit, drainUntilIdle, expectEnqueued, type TestKit } from "wheelwright/testing";
import { createKitTest, test } from "wheelwright/vitest";
import { hearStderr } from "../testing/a-kit.ts";

const greet = defineJob("GreetJob", {}, (_data: { name: string }) => undefined);
const app = createJobs({ store: new MemoryJobStore(), jobs: [greet] });
const kitTest = createKitTest({ app, now: "2030-01-01T09:00:00Z", leftovers: "ignore" });

const aTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("createKitTest", () => {
  const seen: TestKit[] = [];

  kitTest("gives a test a kit, which stands in for the app", async ({ kit }) => {
    seen.push(kit);
    await app.enqueue(greet, { name: "Ada" });

    await expect(kit).toHaveEnqueued(greet, { name: "Ada" });
    expect(await app.processQueue()).toMatchObject({ processed: 1 });
    expect(kit.now()).toEqual(new Date("2030-01-01T09:00:00Z"));
  });

  kitTest("gives each test another one, and has disposed the one before", async ({ kit }) => {
    expect(seen).toHaveLength(1);
    expect(seen[0]).not.toBe(kit);
    await expect(seen[0]?.drain()).rejects.toThrow("is disposed");
    await expect(kit).not.toHaveEnqueued(greet);
  });

  kitTest("needs not be named by the test", async () => {
    await greet.enqueue({ name: "Ada" });

    await expectEnqueued(greet, { name: "Ada" });
    await drainUntilIdle();
  });

  plainTest("leaves nothing behind for a test without a kit", async () => {
    await expect(greet.enqueue({ name: "Ada" })).rejects.toThrow("no Jobs is in reach");
  });
});

describe.concurrent("createKitTest under test.concurrent", () => {
  for (const name of ["Ada", "Bob", "Cyd", "Dan"]) {
    kitTest(`BM-236 lets ${name}'s test see its own jobs alone`, async ({ kit, expect: local }) => {
      await greet.enqueue({ name });
      await aTurn();
      await greet.enqueue({ name: `${name} again` });
      await aTurn();

      await local(kit).toHaveEnqueuedExactly([
        [greet, { name }],
        [greet, { name: `${name} again` }],
      ]);
      await expectEnqueued(greet, { name });
    });

    kitTest(`BM-236 lets ${name}'s test see them without naming the kit`, async () => {
      await greet.enqueue({ name });
      await aTurn();
      await greet.enqueue({ name: `${name} again` });

      await expectEnqueued(greet, {}, { times: 2 });
      await drainUntilIdle();
    });
  }
});

describe.concurrent("createKitTest with a hook, under test.concurrent", () => {
  beforeEach(aTurn);

  for (const name of ["Ada", "Bob", "Cyd"]) {
    kitTest(`BM-236 lets ${name}'s test see its own jobs alone`, async ({ kit }) => {
      await greet.enqueue({ name });
      await aTurn();
      await greet.enqueue({ name });

      await expectEnqueued(kit, greet, { name }, { times: 2 });
      await expectEnqueued(greet, {}, { times: 2 });
    });
  }
});

describe("the lines about what was left unrun", () => {
  plainTest("name the test", async () => {
    const stderr = hearStderr();
    const kit = await createTestKit({ jobs: [greet], label: "the kit" });
    await kit.jobs.enqueue(greet, { name: "Ada" });

    await kit.dispose();

    expect(stderr()).toBe(
      'wheelwright: the kit of "the lines about what was left unrun > name the test": 1 job was left unrun: GreetJob\n',
    );
  });
});

describe("a test of createKitTest", () => {
  const options = { jobs: [greet], leftovers: "ignore" } as const;
  const ownTest = createKitTest(options);

  describe("with options of its group", () => {
    ownTest.override({ kitOptions: { ...options, now: "2031-01-01T00:00:00Z" } });

    ownTest("has a kit made with them", async ({ kit }) => {
      expect(kit.now()).toEqual(new Date("2031-01-01T00:00:00Z"));
      await greet.enqueue({ name: "Ada" });
      await expect(kit).toHaveEnqueued(greet);
    });
  });

  ownTest("keeps its own elsewhere", async ({ kit }) => {
    expect(Math.abs(kit.now().getTime() - Date.now())).toBeLessThan(60_000);
  });
});

describe("test", () => {
  test.override({ kitOptions: { jobs: [greet], leftovers: "ignore", label: "the scoped kit" } });

  test("has the kit that kitOptions describe", async ({ kit }) => {
    await greet.enqueue({ name: "Ada" });

    expect(kit.label).toBe("the scoped kit");
    await expect(kit).toHaveEnqueued(greet);
  });

  test("makes no kit for a test that does not ask for one", async () => {
    await expect(greet.enqueue({ name: "Ada" })).rejects.toThrow("no Jobs is in reach");
  });
});
