import { AssertionError } from "node:assert";
import { describe, expect, it } from "vitest";
import { expectEnqueuedExactly } from "../../../src/testing/assertions/expect-enqueued-exactly.ts";
import { expectEnqueued, expectNotEnqueued } from "../../../src/testing/assertions/expect-jobs.ts";
import { KitDisposeError, KitUsageError } from "../../../src/testing/errors.ts";
import { aMailKit, ChargeJob, SendEmailJob } from "./a-mail-kit.ts";

describe("an assertion", () => {
  it("fails with node:assert's own error, which points to the line of the call", async () => {
    const kit = await aMailKit();
    await SendEmailJob.enqueue({ to: "ada@example.org" });

    const error = await expectEnqueued(kit, SendEmailJob, { to: "bob@example.org" }, { queue: "mail" }).catch(
      (thrown: unknown) => thrown,
    );

    expect(error).toBeInstanceOf(AssertionError);
    expect(error).toMatchObject({
      code: "ERR_ASSERTION",
      generatedMessage: false,
      operator: "expectEnqueued",
      actual: [{ jobClass: "SendEmailJob", data: { to: "ada@example.org" }, queue: "mail" }],
      expected: { jobClass: "SendEmailJob", data: { to: "bob@example.org" }, queue: "mail" },
    });
    const { message, stack = "" } = error as AssertionError; // `as`: asked for above
    expect(stack.startsWith(`AssertionError [ERR_ASSERTION]: ${message}\n    at `)).toBe(true);
    expect(stack.slice(message.length).split("\n")[1]).toContain("assertion.test.ts");
    await kit.dispose();
  });

  it("R48 is told at dispose when nobody awaited it, whether it would have held or not", async () => {
    const kit = await aMailKit();
    await SendEmailJob.enqueue({ to: "ada@example.org" });

    void expectEnqueued(kit, SendEmailJob, { to: "bob@example.org" });
    void expectNotEnqueued(ChargeJob);
    void expectEnqueuedExactly([SendEmailJob]);
    await expectEnqueued(kit, SendEmailJob);

    const error = await kit.dispose().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(KitDisposeError);
    expect(error).toMatchObject({
      problems: [
        // What it found by then may follow.
        expect.stringContaining(
          "expectEnqueued(SendEmailJob, …) was never awaited, so it checked nothing in time. Write: await expectEnqueued(SendEmailJob, …)",
        ),
        expect.stringMatching(
          /^expectNotEnqueued\(ChargeJob\) was never awaited, so it checked nothing in time\. Write: await expectNotEnqueued\(ChargeJob\)\n {4}Called at test\/testing\/assertions\/assertion\.test\.ts:\d+$/,
        ),
        expect.stringContaining(
          "expectEnqueuedExactly(…) was never awaited, so it checked nothing in time. Write: await expectEnqueuedExactly(…)",
        ),
      ],
    });
  });

  it("R43 waits for every enqueue that has begun", async () => {
    const kit = await aMailKit();

    const enqueue = SendEmailJob.enqueue({ to: "ada@example.org" });
    await expectEnqueued(kit, SendEmailJob);

    await enqueue;
    await kit.dispose();
  });

  it("R43 fails for an enqueue that was refused with nobody catching it", async () => {
    const kit = await aMailKit();

    void SendEmailJob.enqueue({ to: 1n as unknown as string }); // `as`: the mistake that is told

    await expect(expectNotEnqueued(kit, SendEmailJob)).rejects.toThrow("An enqueue was refused and nobody caught it");
    await kit.dispose();
  });

  it("R44 is refused by a kit that is disposed", async () => {
    const kit = await aMailKit();
    await kit.dispose();

    await expect(expectEnqueued(kit, SendEmailJob)).rejects.toThrow(KitUsageError);
    await expect(expectEnqueued(kit, SendEmailJob)).rejects.toThrow(
      "the kit is disposed and cannot answer expectEnqueued.",
    );
  });
});
