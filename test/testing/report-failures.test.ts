// What a drain says of a job that failed (R42).

import { describe, expect, it } from "vitest";
import { DiscardJob, defineJob } from "wheelwright";
import { createTestKit, JobFailedError, KitDisposeError } from "wheelwright/testing";

class CardDeclinedError extends Error {
  override readonly name = "CardDeclinedError";
}

const charge = defineJob("ChargeCard", {}, () => {
  throw new DiscardJob("declined", { cause: new CardDeclinedError("no money") });
});

describe("kit.drain", () => {
  it("R42 says how to expect a failure that nobody expects", async () => {
    await using kit = await createTestKit({ jobs: [charge] });
    await charge.enqueue();

    const error = await kit.drain().catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(JobFailedError);
    expect(error).toMatchObject({ cause: { message: "declined" } });
    expect(String(error)).toMatchInlineSnapshot(`
      "JobFailedError: kit.drain(): 1 job failed, which nobody expected.

        failed    #1 ChargeCard, attempt 1 of 3
                    declined

        hint      If the failure is what you test, say so before:
                    kit.expectFailure(ChargeCard), or drain with
                    { failures: "collect" }."
    `);
  });

  it("R42 says that the failure is not the one expected, and when its cause would be", async () => {
    const kit = await createTestKit({ jobs: [charge] });
    kit.expectFailure(charge, CardDeclinedError);
    await charge.enqueue();

    const error = await kit.drain().catch((reason: unknown) => reason);

    expect(String(error)).toMatchInlineSnapshot(`
      "JobFailedError: kit.drain(): 1 job failed, which nobody expected.

        failed    #1 ChargeCard, attempt 1 of 3
                    declined

        hint      It is not the failure that
                    kit.expectFailure(ChargeCard, CardDeclinedError) expects: what was
                    thrown is a DiscardJob. Its cause would fit: expect the error that
                    wraps it, by its message, say."
    `);
    await kit.advance("1s");
    await expect(kit.dispose()).rejects.toThrow(KitDisposeError);
  });

  it("R42 does not speak of a cause that would not fit either", async () => {
    const kit = await createTestKit({ jobs: [charge] });
    kit.expectFailure(charge, /timed out/);
    await charge.enqueue();

    const error = await kit.drain().catch((reason: unknown) => reason);

    expect(String(error)).toMatchInlineSnapshot(`
      "JobFailedError: kit.drain(): 1 job failed, which nobody expected.

        failed    #1 ChargeCard, attempt 1 of 3
                    declined

        hint      It is not the failure that
                    kit.expectFailure(ChargeCard, /timed out/) expects: what was
                    thrown is a DiscardJob."
    `);
    await kit.advance("1s");
    await expect(kit.dispose()).rejects.toThrow("never met");
  });

  it("R42 shows the first lines of a long message, cut between words, and marks what is left out", async () => {
    const long = defineJob("LongJob", { maxRetries: 1 }, () => {
      throw new Error(`The answer of the payment provider could not be understood:\n${"unexpected token ".repeat(40)}`);
    });
    const kit = await createTestKit({ jobs: [long] });
    await long.enqueue();

    const error = await kit.drain().catch((reason: unknown) => reason);

    expect(String(error)).toContain(
      [
        "The answer of the payment provider could not be understood:",
        "unexpected token unexpected token unexpected token unexpected",
        "  token unexpected token unexpected token unexpected token",
        "  unexpected token unexpected token unexpected token …\n",
      ].join("\n              "),
    );
    await kit.dispose();
  });
});
