import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectIdle } from "../../../src/testing/assertions/expect-idle.ts";
import type { TestKit } from "../../../src/testing/kit.ts";
import { aMailKit, SendEmailJob, syncJob } from "./a-mail-kit.ts";
import { failureOf } from "./failure-of.ts";

let kit: TestKit;
beforeEach(async () => {
  kit = await aMailKit();
});
afterEach(() => kit.dispose());

describe("expectIdle", () => {
  it("holds before anything was enqueued and when all has run", async () => {
    await expectIdle(kit);

    await syncJob.enqueue();
    await kit.drainUntilIdle();

    await expectIdle();
    await expectIdle(kit, {});
  });

  it("lists what is due, and says that nothing has run it", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org" });

    expect(await failureOf(expectIdle(kit))).toMatchInlineSnapshot(`
      "the kit is not idle: 1 job is pending.

        pending   #1  SendEmailJob  due now  mail  { to: "ada@example.org" }

        hint      Some are due and nothing has run them: await kit.drainUntilIdle()
                    first."
    `);
  });

  it("lets jobs that are due later wait where told", async () => {
    await SendEmailJob.enqueueIn("5m", { to: "ada@example.org" });

    await expectIdle(kit, { allowLater: true });
    await expectIdle({ allowLater: true });

    expect(await failureOf(expectIdle(kit))).toMatchInlineSnapshot(`
      "the kit is not idle: 1 job is pending.

        pending   #1  SendEmailJob  due in 5m  mail  { to: "ada@example.org" }

        hint      All that are pending are due later: kit.drainUntilIdle() runs them,
                    { allowLater: true } lets them wait."
    `);
  });

  it("lists what is being performed", async () => {
    await syncJob.enqueue();
    await kit.drain();

    expect(await failureOf(expectIdle({ allowLater: true }))).toMatchInlineSnapshot(`
      "the kit is not idle: 1 job is being performed.

        performed #1  SyncJob  processing  {}

        hint      Their handlers sleep on virtual time, or another worker has them:
                    kit.drainUntilIdle() moves time on."
    `);
  });

  it("refuses what is no kit, and options it does not have", async () => {
    await expect(expectIdle([] as never)).rejects.toThrow("expected a kit"); // `as`: the mistake that is told
    await expect(expectIdle(kit, { later: true } as object)).rejects.toThrow("expectIdle's option later"); // `as`: the mistake that is told
  });
});
