import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectRan } from "../../../src/testing/assertions/expect-jobs.ts";
import type { TestKit } from "../../../src/testing/kit.ts";
import { aMailKit, ChargeJob, SendEmailJob, syncJob } from "./a-mail-kit.ts";
import { failureOf } from "./failure-of.ts";

let kit: TestKit;
beforeEach(async () => {
  kit = await aMailKit();
});
afterEach(() => kit.dispose());

describe("expectRan", () => {
  it("finds the job that completed, and how many attempts it took", async () => {
    kit.stub(SendEmailJob, { fails: 1 });
    await SendEmailJob.enqueue({ to: "ada@example.org" });
    await kit.drainUntilIdle();

    const job = await expectRan(kit, SendEmailJob, { to: "ada@example.org" }, { attempts: 2 });

    expect(job.completedAt).toEqual(new Date("2030-01-01T09:00:04Z"));
  });

  it("asks for other ends where told", async () => {
    await ChargeJob.enqueue({ orderId: -7 });
    await kit.drainUntilIdle({ failures: "collect" });

    expect((await expectRan(kit, ChargeJob, {}, { status: "failed", lastError: "declined" })).attempts).toBe(3);
  });

  it("R43 says how a job that is due later can be run", async () => {
    await SendEmailJob.enqueueIn("5m", { to: "ada@example.org" });

    expect(await failureOf(expectRan(kit, SendEmailJob, { to: "ada@example.org" }))).toMatchInlineSnapshot(`
      "No SendEmailJob like this has run.

        expected  { to: "ada@example.org" }

        nearest   #1 SendEmailJob, due in 5m
                    status  pending  expected completed

        hint      #1 is not due yet: kit.advance("5m") or kit.drainUntilIdle() runs
                    it."
    `);
  });

  it("R43 says of a job that is due that nothing ran it", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org" });

    expect(await failureOf(expectRan(kit, SendEmailJob))).toMatchInlineSnapshot(`
      "No SendEmailJob has run.

        nearest   #1 SendEmailJob, due now
                    status  pending  expected completed

        hint      #1 is due, and nothing has run it: await kit.drain() before this."
    `);
  });

  it("R42 says why a job is tried again", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org", fails: true });
    await kit.drain();

    expect(await failureOf(expectRan(kit, SendEmailJob))).toMatchInlineSnapshot(`
      "No SendEmailJob has run.

        nearest   #1 SendEmailJob, retry due in 4s
                    status  pending  expected completed

        threw     #1 SendEmailJob, attempt 1 of 3, again in 4s: SMTP is down

        hint      #1 is not due yet: kit.advance("4s") or kit.drainUntilIdle() runs
                    it."
    `);
  });

  it("R43 says of a job that it has failed", async () => {
    await ChargeJob.enqueue({ orderId: -7 });
    await kit.drainUntilIdle({ failures: "collect" });

    expect(await failureOf(expectRan(kit, ChargeJob))).toMatchInlineSnapshot(`
      "No ChargeJob has run.

        nearest   #1 ChargeJob, failed
                    status  failed  expected completed

        threw     #1 ChargeJob, attempt 3 of 3, failed:
                    The card of order -7 was declined

        hint      #1 has failed. If that is meant, ask for it: { status: "failed" }."
    `);
  });

  it("R43 says of a job that its handler sleeps", async () => {
    await syncJob.enqueue();
    await kit.drain();

    expect(await failureOf(expectRan(kit, syncJob))).toMatchInlineSnapshot(`
      "No SyncJob has run.

        nearest   #1 SyncJob, processing
                    status  processing  expected completed

        hint      #1 is being performed still: its handler sleeps, or another worker
                    has it."
    `);
  });
});
