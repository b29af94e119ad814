import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InvalidDurationError } from "../../../src/index.ts";
import { expectRetriedAfter } from "../../../src/testing/assertions/expect-retried-after.ts";
import type { TestKit } from "../../../src/testing/kit.ts";
import { aMailKit, SendEmailJob } from "./a-mail-kit.ts";
import { failureOf } from "./failure-of.ts";

let kit: TestKit;
beforeEach(async () => {
  kit = await aMailKit();
});
afterEach(() => kit.dispose());

describe("expectRetriedAfter", () => {
  it("R21 holds for the waits so far, in order", async () => {
    const { id } = await SendEmailJob.enqueue({ to: "ada@example.org", fails: true });

    await kit.drain();
    expect((await expectRetriedAfter(kit, SendEmailJob, "4s")).id).toBe(id);

    await kit.advance("4s");
    await expectRetriedAfter(kit, SendEmailJob, ["4s", "8s"], { to: "ada@example.org" }, { queue: "mail" });
    await expectRetriedAfter(SendEmailJob, ["5s", "7s"], {}, { tolerance: "1s" });
  });

  it("shows attempt by attempt what was waited", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org", fails: true });
    await kit.advance("4s");

    expect(await failureOf(expectRetriedAfter(kit, SendEmailJob, ["4s", "10s"]))).toMatchInlineSnapshot(`
      "#1 SendEmailJob was retried after 4s, 8s, expected 4s, 10s.

        waits     attempt 1  threw SMTP is down  waited 4s
                  attempt 2  threw SMTP is down  waited 8s  expected 10s

        now       retry due in 8s, 2 of 3 attempts used"
    `);
    expect(await failureOf(expectRetriedAfter(kit, SendEmailJob, "4s"))).toMatchInlineSnapshot(`
      "#1 SendEmailJob was retried after 4s, 8s, expected 4s.

        waits     attempt 1  threw SMTP is down  waited 4s
                  attempt 2  threw SMTP is down  waited 8s  expected no retry

        now       retry due in 8s, 2 of 3 attempts used"
    `);
    expect(await failureOf(expectRetriedAfter(kit, SendEmailJob, ["4s", "8s", "16s"]))).toMatchInlineSnapshot(`
      "#1 SendEmailJob was retried after 4s, 8s, expected 4s, 8s, 16s.

        waits     attempt 1  threw SMTP is down  waited 4s
                  attempt 2  threw SMTP is down  waited 8s
                  attempt 3                        expected 16s

        now       retry due in 8s, 2 of 3 attempts used

        hint      Its next attempt lies ahead: await kit.advance(…) first."
    `);
  });

  it("says that it was not run yet", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org", fails: true });

    expect(await failureOf(expectRetriedAfter(kit, SendEmailJob, "4s"))).toMatchInlineSnapshot(`
      "#1 SendEmailJob was never retried, expected a retry after 4s.

        now       due now, 0 of 3 attempts used

        hint      It was not run yet: await kit.drain() first."
    `);
  });

  it("says that it completed", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org" });
    await kit.drain();

    expect(await failureOf(expectRetriedAfter(kit, SendEmailJob, "4s"))).toMatchInlineSnapshot(`
      "#1 SendEmailJob was never retried, expected a retry after 4s.

        now       completed, 1 of 3 attempts used

        hint      It completed. Does its handler throw, or is it stubbed?"
    `);
  });

  it("says that it has failed for good", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org", fails: true }, { maxRetries: 1 });
    await kit.drain({ failures: "collect" });

    expect(await failureOf(expectRetriedAfter(kit, SendEmailJob, "4s"))).toMatchInlineSnapshot(`
      "#1 SendEmailJob was never retried, expected a retry after 4s.

        now       failed, 1 of 1 attempts used

        hint      It has failed: maxRetries 1 allows 0 retries."
    `);
  });

  it("asks which job is meant where there are several", async () => {
    for (const to of ["a", "b"]) await SendEmailJob.enqueue({ to });

    expect(await failureOf(expectRetriedAfter(kit, SendEmailJob, "4s"))).toContain("2 SendEmailJob were enqueued");
  });

  it("refuses what is no duration, and no waits at all", async () => {
    await expect(expectRetriedAfter(kit, SendEmailJob, 4 as never)).rejects.toThrow(InvalidDurationError); // `as`: the mistake that is told
    await expect(expectRetriedAfter(kit, SendEmailJob, [])).rejects.toThrow("at least one duration");
  });
});
