import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectNotEnqueued } from "../../../src/testing/assertions/expect-jobs.ts";
import type { TestKit } from "../../../src/testing/kit.ts";
import { aMailKit, ChargeJob, SendEmailJob } from "./a-mail-kit.ts";
import { failureOf } from "./failure-of.ts";

let kit: TestKit;
beforeEach(async () => {
  kit = await aMailKit();
});
afterEach(() => kit.dispose());

describe("expectNotEnqueued", () => {
  it("holds where no job is like this", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org" });

    await expectNotEnqueued(kit, ChargeJob);
    await expectNotEnqueued(kit, SendEmailJob, { to: "bob@example.org" });
    await expectNotEnqueued(kit, SendEmailJob, {}, { queue: "bulk" });
  });

  it("shows the jobs there are, and whose handler enqueued them", async () => {
    await ChargeJob.enqueue({ orderId: 7 });
    await kit.drain();
    await SendEmailJob.enqueueIn("5m", { to: "ada@example.org" });

    expect(await failureOf(expectNotEnqueued(kit, SendEmailJob, { to: "ada@example.org" }))).toMatchInlineSnapshot(`
      "2 SendEmailJob like this were enqueued, expected none.

        expected  { to: "ada@example.org" }

        found     #2  SendEmailJob  completed  mail  by #1  { to: "ada@example.org", … }
                  #3  SendEmailJob  due in 5m  mail         { to: "ada@example.org" }"
    `);
  });

  it("fails for one", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org" });

    expect(await failureOf(expectNotEnqueued(kit, SendEmailJob))).toMatchInlineSnapshot(`
      "1 SendEmailJob was enqueued, expected none.

        found     #1  SendEmailJob  due now  mail  { to: "ada@example.org" }"
    `);
  });

  it("does not hold because of a bug in its predicate", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org" });

    const buggy = expectNotEnqueued(
      kit,
      SendEmailJob,
      (data) => data.tags?.[0]?.length === (undefined as never as string).length,
    ); // `as`: the bug

    await expect(buggy).rejects.toThrow(TypeError);
  });

  it("takes an assertion inside its predicate as no", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org" });

    await expectNotEnqueued(kit, SendEmailJob, (data) => {
      expect(data.to).toBe("bob@example.org");
      return true;
    });
  });

  it("refuses times: there is to be none", async () => {
    await expect(expectNotEnqueued(kit, SendEmailJob, {}, { times: 2 } as object)).rejects.toThrow(
      // `as`: the mistake that is told
      "expectNotEnqueued's option times",
    );
  });
});
