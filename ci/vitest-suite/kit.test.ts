// What the door wheelwright/vitest promises, on whichever vitest runs this: see scripts/test-vitest-versions.mjs.

import { beforeEach, describe, expect, test as plainTest } from "vitest";
import { defineJob, Job } from "wheelwright";
import { createTestKit, drainUntilIdle, expectEnqueued, KitDisposeError, type TestKit } from "wheelwright/testing";
import { createKitTest } from "wheelwright/vitest";

class SendEmailJob extends Job<{ to: string; fails?: boolean }> {
  perform(data: { to: string; fails?: boolean }): void {
    if (data.fails === true) throw new Error("SMTP is down");
  }
}
const greet = defineJob("GreetJob", {}, (_data: { name: string }) => undefined);

const test = createKitTest({ jobs: [SendEmailJob, greet], leftovers: "ignore" });
const aTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the matchers", () => {
  test("hold", async ({ kit }) => {
    const job = await SendEmailJob.enqueue({ to: "ada@example.org", fails: true });

    await expect(kit).toHaveEnqueued(SendEmailJob, { to: expect.stringContaining("ada") });
    await expect(kit).toHavePending(SendEmailJob);
    await expect(kit).not.toHaveEnqueued(greet);
    await expect(kit).toHaveEnqueuedExactly([[SendEmailJob, { to: "ada@example.org" }]]);
    await kit.drain();
    await expect(kit).toHaveRetriedAfter(SendEmailJob, "4s");
    await expect(job).toHaveRetriedAfter("4s");
    await expect(kit).not.toHaveRun(SendEmailJob);
    await expect(kit).not.toBeIdle();
    await expect(kit.during(() => greet.enqueue({ name: "Ada" }))).resolves.toHaveEnqueued(greet);
  });

  test("fail with the whole story, at the line of the test", async ({ kit }) => {
    await SendEmailJob.enqueue({ to: "ada@example.org" });

    const error = await expect(kit)
      .toHaveEnqueued(SendEmailJob, { to: "bob@example.org" })
      .then(
        () => new Error("it held"),
        (thrown: unknown) => thrown as Error, // `as`: what a matcher throws
      );

    expect(error.message).toContain('data.to  "ada@example.org"  expected "bob@example.org"');
    expect(error.stack?.slice(error.message.length).split("\n")[1]).toContain("kit.test");
  });

  plainTest("are told at dispose when nobody awaits them", async () => {
    const kit = await createTestKit({ jobs: [greet] });

    void expect(kit).not.toHaveEnqueued(greet);

    const disposed = await kit.dispose().catch((thrown: unknown) => thrown);
    expect(disposed).toBeInstanceOf(KitDisposeError);
    expect(String(disposed)).toContain("expect(…).not.toHaveEnqueued(GreetJob) was never awaited");
  });
});

describe("one kit per test", () => {
  const seen = new Set<TestKit>();
  for (const name of ["Ada", "Bob"]) {
    test(`in ${name}'s, whether it is named or not`, async ({ kit }) => {
      expect(seen.has(kit)).toBe(false);
      seen.add(kit);
      await greet.enqueue({ name });
      await expectEnqueued(greet, { name });
    });
  }

  plainTest("and none afterwards", async () => {
    await expect(greet.enqueue({ name: "Ada" })).rejects.toThrow("no Jobs is in reach");
  });
});

for (const hook of [false, true]) {
  describe.concurrent(`one kit per concurrent test, ${hook ? "with" : "without"} a hook`, () => {
    if (hook) beforeEach(aTurn);

    for (const name of ["Ada", "Bob", "Cyd", "Dan"]) {
      test(`in ${name}'s that names it`, async ({ kit }) => {
        await greet.enqueue({ name });
        await aTurn();
        await greet.enqueue({ name });
        await expect(kit).toHaveEnqueued(greet, { name }, { times: 2 });
        await expectEnqueued(greet, {}, { times: 2 });
      });

      if (hook) continue;
      test(`in ${name}'s that does not name it`, async () => {
        await greet.enqueue({ name });
        await aTurn();
        await greet.enqueue({ name });
        await expectEnqueued(greet, { name }, { times: 2 });
        await drainUntilIdle();
      });
    }
  });
}
