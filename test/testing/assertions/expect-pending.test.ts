import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectPending } from "../../../src/testing/assertions/expect-jobs.ts";
import type { TestKit } from "../../../src/testing/kit.ts";
import { aMailKit, ChargeJob, SendEmailJob, syncJob } from "./a-mail-kit.ts";
import { failureOf } from "./failure-of.ts";

let kit: TestKit;
beforeEach(async () => {
  kit = await aMailKit();
});
afterEach(() => kit.dispose());

describe("expectPending", () => {
  it("finds the job that waits, not the one that ran", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org" });
    await kit.drain();
    const waiting = await SendEmailJob.enqueue({ to: "ada@example.org" });

    expect((await expectPending(kit, SendEmailJob, { to: "ada@example.org" })).id).toBe(waiting.id);
  });

  it("compares with when it is due now: a retry's instant counts", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org", fails: true });
    await kit.drain();

    await expectPending(kit, SendEmailJob, {}, { in: "4s", attempts: 1 });
    await expectPending(kit, SendEmailJob, {}, { at: "2030-01-01T09:00:04Z" });

    expect(await failureOf(expectPending(kit, SendEmailJob, {}, { in: "0s" }))).toMatchInlineSnapshot(`
      "No SendEmailJob like this is pending.

        expected  due at once

        nearest   #1 SendEmailJob, retry due in 4s
                    due in  4s  expected 0s (4s too late)

        threw     #1 SendEmailJob, attempt 1 of 3, again in 4s: SMTP is down"
    `);
  });

  it("R43 says of a job that it has run already", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org" });
    await kit.drain();

    expect(await failureOf(expectPending(kit, SendEmailJob, { to: "ada@example.org" }))).toMatchInlineSnapshot(`
      "No SendEmailJob like this is pending.

        expected  { to: "ada@example.org" }

        nearest   #1 SendEmailJob, completed
                    status  completed  expected pending

        hint      #1 has run already. expectEnqueued counts jobs whatever has become
                    of them."
    `);
  });

  it("R43 says of a job that it has failed", async () => {
    await ChargeJob.enqueue({ orderId: -7 });
    await kit.drainUntilIdle({ failures: "collect" });

    expect(await failureOf(expectPending(kit, ChargeJob))).toMatchInlineSnapshot(`
      "No ChargeJob is pending.

        nearest   #1 ChargeJob, failed
                    status  failed  expected pending

        threw     #1 ChargeJob, attempt 3 of 3, failed:
                    The card of order -7 was declined

        hint      #1 has failed, after 3 attempts."
    `);
  });

  it("R43 says of a job that it is being performed", async () => {
    await syncJob.enqueue();
    await kit.drain();

    expect(await failureOf(expectPending(kit, syncJob))).toMatchInlineSnapshot(`
      "No SyncJob is pending.

        nearest   #1 SyncJob, processing
                    status  processing  expected pending

        hint      #1 is being performed now."
    `);
  });

  it("counts those that wait", async () => {
    for (const to of ["a", "b"]) await SendEmailJob.enqueueIn("5m", { to });

    expect(await expectPending(kit, SendEmailJob, {}, { times: 2 })).toHaveLength(2);
    expect(await failureOf(expectPending(kit, SendEmailJob))).toMatchInlineSnapshot(`
      "2 SendEmailJob are pending, expected exactly 1.

        found     #1  SendEmailJob  due in 5m  mail  { to: "a" }
                  #2  SendEmailJob  due in 5m  mail  { to: "b" }

        hint      If 2 are meant, say so: { times: 2 }."
    `);
  });

  it("refuses a status: it is pending", async () => {
    await expect(expectPending(kit, SendEmailJob, {}, { status: "failed" })).rejects.toThrow(
      "expectPending's option status",
    );
  });
});
