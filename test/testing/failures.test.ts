// Jobs that fail during a drain fail the test, unless it said that they would (R42).

import { describe, expect, it } from "vitest";
import { DiscardJob, defineJob, Job, RetryJob } from "wheelwright";
import { JobFailedError } from "wheelwright/testing";
import { aFailingJob, aKit, aRow, aTellingJob, NOON, PaymentError, rejection } from "./a-kit.ts";

describe("a job that fails during a drain", () => {
  it("R42 fails the drain with the handler's own error as cause", async () => {
    const thrown = new PaymentError("card declined");
    const Failing = aFailingJob(thrown);
    const kit = await aKit([Failing], { now: NOON });
    await kit.jobs.enqueue(Failing);

    const error = await rejection(kit.drainUntilIdle());

    expect(error).toBeInstanceOf(JobFailedError);
    expect(error).toMatchObject({ code: "JOB_FAILED", errors: [thrown] });
    expect(error.cause).toBe(thrown);
    expect(error.message).toMatchInlineSnapshot(`
      "kit.drainUntilIdle(): 1 job failed, which nobody expected.

        failed    #1 FailingJob, attempt 3 of 3, 12s in
                    card declined

        hint      If the failure is what you test, say so before:
                    kit.expectFailure(FailingJob), or drain with
                    { failures: "collect" }."
    `);
  });

  it("R42 tells of several at once", async () => {
    const Failing = aFailingJob(undefined, 1);
    const kit = await aKit([Failing]);
    for (let n = 0; n < 7; n++) await kit.jobs.enqueue(Failing);

    const error = await rejection(kit.drain());

    expect(error.message).toContain("7 jobs failed");
    expect(error.message).toContain("… and 2 more");
    expect((error as JobFailedError).errors).toHaveLength(7); // `as`: checked above
  });

  it('R42 is collected with failures: "collect"', async () => {
    const Failing = aFailingJob();
    const kit = await aKit([Failing], { now: NOON });
    await kit.jobs.enqueue(Failing);

    expect(await kit.drainUntilIdle({ failures: "collect" })).toMatchObject({ retried: 2, failed: 1 });
  });

  it('R42 fails the drain at the first attempt with retries: "throw"', async () => {
    const thrown = new PaymentError("card declined");
    const Failing = aFailingJob(thrown);
    const kit = await aKit([Failing], { now: NOON });
    await kit.jobs.enqueue(Failing);

    expect(await kit.drain()).toMatchObject({ retried: 1, failed: 0 });
    await kit.jump("4s");
    const error = await rejection(kit.drain({ retries: "throw" }));

    expect(error).toBeInstanceOf(JobFailedError);
    expect(error.cause).toBe(thrown);
    expect(error.message).toMatchInlineSnapshot(`
      "kit.drain(): 1 attempt threw.

        threw     #1 FailingJob, attempt 2 of 3, 4s in
                    card declined

        hint      Attempts that throw reject the drain because of
                    { retries: "throw" }."
    `);
  });

  it("R23 fails the drain too when the job was discarded, and not when it chose its retry", async () => {
    const Discarded = aFailingJob(new DiscardJob("no such order"));
    const kit = await aKit([Discarded], { now: NOON });
    await kit.jobs.enqueue(Discarded);
    await expect(kit.drain()).rejects.toThrow("no such order");

    const Retried = defineJob("RetriedJob", {}, (_data, { attempt }) => {
      if (attempt === 1) throw new RetryJob({ in: "1h" });
    });
    const other = await aKit([Retried], { now: NOON });
    await other.run(() => Retried.enqueue());
    await other.drainUntilIdle();
    expect(other.now()).toEqual(new Date(NOON.getTime() + 3_600_000));
  });

  it.each([
    ["nothing more than its class", undefined],
    ["a part of the message", "declined"],
    ["a pattern, also a global one", /card/g],
    ["an error class", PaymentError],
    ["a base class", Error],
    ["an arrow function", (error: unknown) => error instanceof PaymentError],
    [
      "a plain function",
      function isDeclined(error: unknown): boolean {
        return String(error).includes("declined");
      },
    ],
  ] as const)("R42 is expected by %s", async (_what, match) => {
    const Failing = aFailingJob(undefined, 1);
    const kit = await aKit([Failing]);
    kit.expectFailure(Failing, match);
    for (let n = 0; n < 3; n++) await kit.jobs.enqueue(Failing);

    expect(await kit.drain()).toMatchObject({ failed: 3 });
  });

  it.each([
    ["another message", "no route to host"],
    ["another pattern", /^declined/],
    ["another error class", RangeError],
    ["a predicate that says no", () => false],
  ] as const)("R42 is not expected by %s", async (_what, match) => {
    const Failing = aFailingJob(undefined, 1);
    const kit = await aKit([Failing]);
    kit.expectFailure(Failing, match);
    await kit.jobs.enqueue(Failing);

    await expect(kit.drain()).rejects.toThrow("card declined");
    await kit.drain({ allowEmpty: true });
    await expect(kit.dispose()).rejects.toThrow("was never met");
  });

  it("R42 is expected under the old name of a row, too", async () => {
    class NewJob extends Job {
      static override aliases = ["OldJob"];
      override perform(): void {
        throw new PaymentError("card declined");
      }
    }
    const kit = await aKit([NewJob], { now: NOON });
    kit.expectFailure(NewJob, PaymentError);
    await kit.store.insert([aRow("OldJob", "old")], { now: NOON });

    expect(await kit.drain()).toMatchObject({ failed: 1 });
  });

  it("R42 meets the expectation also where no drain ran it", async () => {
    const Failing = aFailingJob(undefined, 1);
    const kit = await aKit([Failing]);
    kit.expectFailure(Failing);
    await kit.jobs.enqueue(Failing);

    expect(await kit.jobs.processQueue()).toMatchObject({ failed: 1 });

    await kit.dispose();
  });

  it("R42 fails the test at dispose where an expected failure never came", async () => {
    const kit = await aKit([aFailingJob()]);
    const { job } = aTellingJob();
    const other = await aKit([job]);
    other.expectFailure(job, /card/);
    other.expectFailure(job, PaymentError);

    const error = await rejection(other.dispose());

    expect(error.message).toContain("kit.expectFailure(TellJob, /card/) was never met");
    expect(error.message).toContain("kit.expectFailure(TellJob, PaymentError) was never met");
    await kit.dispose();
  });

  it("names a class that is none of the kit's, with the one that may be meant", async () => {
    const kit = await aKit([aTellingJob().job]);

    expect(() => kit.expectFailure(defineJob("TelJob", {}, () => undefined))).toThrow('Did you mean "TellJob"?');
    expect(() => kit.expectFailure("TellJob" as never)).toThrow("the job class"); // `as`: what JavaScript may pass
  });
});
