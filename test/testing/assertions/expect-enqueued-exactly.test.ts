import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectEnqueuedExactly } from "../../../src/testing/assertions/expect-enqueued-exactly.ts";
import type { TestKit } from "../../../src/testing/kit.ts";
import { aMailKit, ChargeJob, SendEmailJob, syncJob } from "./a-mail-kit.ts";
import { failureOf } from "./failure-of.ts";

let kit: TestKit;
beforeEach(async () => {
  kit = await aMailKit();
});
afterEach(() => kit.dispose());

describe("expectEnqueuedExactly", () => {
  it("resolves with the records in the order of the list, whatever the order of enqueueing", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org" });
    await ChargeJob.enqueue({ orderId: 7 });

    const [charge, mail] = await expectEnqueuedExactly(kit, [ChargeJob, [SendEmailJob, { to: "ada@example.org" }]]);

    expect(charge.data.orderId).toBe(7);
    expect(mail.data.to).toBe("ada@example.org");
  });

  it("holds for nothing where nothing was enqueued", async () => {
    expect(await expectEnqueuedExactly(kit, [])).toEqual([]);
    expect(await expectEnqueuedExactly([])).toEqual([]);
  });

  it("gives each expectation a job of its own, whichever of them fit it", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org", template: "welcome" });
    await SendEmailJob.enqueue({ to: "ada@example.org" });

    // The first expectation fits both jobs, the second only one of them.
    await expectEnqueuedExactly(kit, [
      [SendEmailJob, { to: "ada@example.org" }],
      [SendEmailJob, { template: "welcome" }],
    ]);
  });

  it("says what is missing, what comes nearest to it, and what is too many", async () => {
    await SendEmailJob.enqueue({ to: "bob@example.org" });
    await syncJob.enqueue();
    await ChargeJob.enqueue({ orderId: 7 });

    const message = await failureOf(
      expectEnqueuedExactly(kit, [
        [SendEmailJob, { to: "ada@example.org" }, { queue: "mail" }],
        ChargeJob,
        [ChargeJob, { orderId: 8 }],
      ]),
    );

    expect(message).toMatchInlineSnapshot(`
      "What was enqueued in the kit is not what was expected: 2 missing, 2 too many.

        missing   SendEmailJob { to: "ada@example.org" }
                    queue "mail"
                  nearest is #1 SendEmailJob, due now
                    data.to  "bob@example.org"  expected "ada@example.org"

                  ChargeJob { orderId: 8 }

        too many  #1  SendEmailJob  due now  mail     { to: "bob@example.org" }
                  #2  SyncJob       due now  default  {}

        as asked  1 of 3"
    `);
  });

  it("says which one job is too many", async () => {
    await SendEmailJob.enqueue({ to: "bob@example.org" });
    await ChargeJob.enqueue({ orderId: 7 });

    expect(await failureOf(expectEnqueuedExactly(kit, [ChargeJob]))).toMatchInlineSnapshot(`
      "What was enqueued in the kit is not what was expected: 1 too many.

        too many  #1  SendEmailJob  due now  mail  { to: "bob@example.org" }

        as asked  1 of 1"
    `);
    expect(await failureOf(expectEnqueuedExactly([]))).toMatchInlineSnapshot(`
      "What was enqueued in the kit is not what was expected: 2 too many.

        too many  #1  SendEmailJob  due now  mail     { to: "bob@example.org" }
                  #2  ChargeJob     due now  default  { orderId: 7 }"
    `);
  });

  it("says that nothing was enqueued", async () => {
    expect(await failureOf(expectEnqueuedExactly(kit, [ChargeJob]))).toMatchInlineSnapshot(`
      "What was enqueued in the kit is not what was expected: 1 missing.

        missing   ChargeJob

        hint      Nothing was enqueued. Was the code under test called, and awaited?"
    `);
  });

  it("says in which order they came", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org" });
    await ChargeJob.enqueue({ orderId: 7 });

    await expectEnqueuedExactly(kit, [SendEmailJob, ChargeJob], { inOrder: true });

    expect(
      await failureOf(expectEnqueuedExactly(kit, [ChargeJob, SendEmailJob], { inOrder: true })),
    ).toMatchInlineSnapshot(`
      "What was enqueued in the kit came in another order.

        expected  1  #2 ChargeJob, came as number 2
                  2  #1 SendEmailJob, came as number 1

        enqueued  #1  SendEmailJob  due now  mail     { to: "ada@example.org" }
                  #2  ChargeJob     due now  default  { orderId: 7 }"
    `);
  });

  it("looks at the window of kit.during() alone", async () => {
    await ChargeJob.enqueue({ orderId: 7 });
    const window = await kit.during(() => SendEmailJob.enqueue({ to: "ada@example.org" }));

    await expectEnqueuedExactly(window, [[SendEmailJob, { to: "ada@example.org" }]]);

    expect(await failureOf(expectEnqueuedExactly(window, []))).toMatchInlineSnapshot(`
      "What was enqueued during the call is not what was expected: 1 too many.

        too many  #2  SendEmailJob  due now  mail  { to: "ada@example.org" }"
    `);
  });

  it("looks at records in hand", async () => {
    await ChargeJob.enqueue({ orderId: 7 });

    await expectEnqueuedExactly(await kit.pending(), [ChargeJob]);

    expect(await failureOf(expectEnqueuedExactly(await kit.pending(), [SendEmailJob]))).toMatchInlineSnapshot(`
      "What was enqueued is not what was expected: 1 missing, 1 too many.

        missing   SendEmailJob

        too many  #1  ChargeJob  pending  { orderId: 7 }"
    `);
  });

  it("refuses what is no list of jobs, and options it does not have", async () => {
    await expect(expectEnqueuedExactly(kit, SendEmailJob as never)).rejects.toThrow("expectEnqueuedExactly's list"); // `as`: the mistake that is told
    await expect(expectEnqueuedExactly(kit, [new SendEmailJob()] as never)).rejects.toThrow(
      "the class itself: SendEmailJob",
    ); // `as`: the mistake that is told
    await expect(expectEnqueuedExactly([new SendEmailJob()] as never)).rejects.toThrow(
      "the class itself: SendEmailJob",
    ); // `as`: the mistake that is told
    await expect(expectEnqueuedExactly(kit, [], { ordered: true } as object)).rejects.toThrow("option ordered"); // `as`: the mistake that is told
  });
});
