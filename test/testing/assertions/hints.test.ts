import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type JobRecord, MemoryJobStore } from "../../../src/index.ts";
import { expectEnqueued } from "../../../src/testing/assertions/expect-jobs.ts";
import type { TestKit } from "../../../src/testing/kit.ts";
import { aMailKit, ChargeJob, SendEmailJob } from "./a-mail-kit.ts";
import { failureOf } from "./failure-of.ts";

let store: MemoryJobStore;
let kit: TestKit;
beforeEach(async () => {
  store = new MemoryJobStore();
  kit = await aMailKit({ store });
});
afterEach(() => kit.dispose());

describe("a failed assertion", () => {
  it("R43 tells of a job that was enqueued before the window", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org" });
    const window = await kit.during(() => ChargeJob.enqueue({ orderId: 7 }));

    expect(await failureOf(expectEnqueued(window, SendEmailJob, { to: "ada@example.org" }))).toMatchInlineSnapshot(`
      "No SendEmailJob like this was enqueued during the call.

        expected  { to: "ada@example.org" }

        instead   #2  ChargeJob  due now  { orderId: 7 }

        hint      #1 SendEmailJob is like this, but was enqueued before the call of
                    kit.during()."
    `);
  });

  it("R43 tells of jobs that were enqueued after the window", async () => {
    const window = await kit.during(() => ChargeJob.enqueue({ orderId: 7 }));
    for (let time = 1; time <= 2; time++) await SendEmailJob.enqueue({ to: "ada@example.org" });

    expect(await failureOf(expectEnqueued(window, SendEmailJob))).toMatchInlineSnapshot(`
      "No SendEmailJob was enqueued during the call.

        instead   #1  ChargeJob  due now  { orderId: 7 }

        hint      #2 SendEmailJob and 1 more are like this, but were enqueued after
                    the call of kit.during()."
    `);
  });

  it("says that the call enqueued nothing", async () => {
    const window = await kit.during(() => undefined);

    expect(await failureOf(expectEnqueued(window, SendEmailJob))).toMatchInlineSnapshot(`
      "No SendEmailJob was enqueued during the call.

        others    nothing: the call enqueued no job.

        hint      Was the code under test called, and awaited?"
    `);
  });

  it("R9 R43 tells of a transaction that was rolled back", async () => {
    const rolledBack = store.transaction(async (transaction) => {
      await SendEmailJob.enqueue({ to: "ada@example.org" }, { transaction });
      throw new Error("no such user");
    });
    await expect(rolledBack).rejects.toThrow("no such user");

    expect(await failureOf(expectEnqueued(kit, SendEmailJob))).toMatchInlineSnapshot(`
      "No SendEmailJob was enqueued.

        others    nothing: the kit has no job.

        hint      1 SendEmailJob was enqueued in a transaction that was rolled back."
    `);
  });

  it("R9 R43 tells of a transaction that has not committed yet", async () => {
    await store.transaction(async (transaction) => {
      for (const to of ["ada", "bob"]) await SendEmailJob.enqueue({ to }, { transaction });

      expect((await failureOf(expectEnqueued(kit, SendEmailJob))).replaceAll(/\s+/g, " ")).toContain(
        "2 SendEmailJobs were enqueued in a transaction that has not committed yet: await it.",
      );
    });
    await expectEnqueued(kit, SendEmailJob, undefined, { times: 2 });
  });

  it("R43 tells of jobs that were purged", async () => {
    for (let time = 1; time <= 2; time++) await SendEmailJob.enqueue({ to: "ada@example.org" });
    await kit.drain();
    await kit.advance("1m");
    await kit.jobs.purgeCompleted({ days: 0 });

    expect(await failureOf(expectEnqueued(kit, SendEmailJob))).toMatchInlineSnapshot(`
      "No SendEmailJob was enqueued.

        others    nothing: the kit has no job.

        hint      2 such jobs were enqueued, but are not in the store: purged since."
    `);
  });

  it("R43 tells of a job in another kit", async () => {
    const other = await aMailKit({ label: "the other kit" });
    await other.run(() => SendEmailJob.enqueue({ to: "ada@example.org" }));

    expect(await failureOf(expectEnqueued(kit, SendEmailJob, { to: "ada@example.org" }))).toMatchInlineSnapshot(`
      "No SendEmailJob like this was enqueued.

        expected  { to: "ada@example.org" }

        others    nothing: the kit has no job.

        hint      the other kit has 1 such job: was it enqueued there?"
    `);

    await other.dispose();
  });

  it("tells of an option that was given as data", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org" });

    const asked = expectEnqueued(kit, SendEmailJob, { to: "ada@example.org", queue: "mail" } as { to: string }); // `as`: the mistake that is told

    expect(await failureOf(asked)).toMatchInlineSnapshot(`
      "No SendEmailJob like this was enqueued.

        expected  { to: "ada@example.org", queue: "mail" }

        nearest   #1 SendEmailJob, due now
                    data.queue  nothing  expected "mail"

        hint      "queue" is an option: pass it in the argument after the data."
    `);
  });

  it("says where records in hand were looked through", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org" });
    await ChargeJob.enqueue({ orderId: 7 });

    const records: readonly JobRecord[] = await kit.enqueued();

    expect(await failureOf(expectEnqueued(records, SendEmailJob, { to: "bob@example.org" }))).toMatchInlineSnapshot(`
      "No SendEmailJob like this is among the 2 records given.

        expected  { to: "bob@example.org" }

        nearest   #1 SendEmailJob, pending
                    data.to  "ada@example.org"  expected "bob@example.org"

        others    #2  ChargeJob  pending  { orderId: 7 }"
    `);
    expect(await failureOf(expectEnqueued([], SendEmailJob))).toMatchInlineSnapshot(
      `"No SendEmailJob is among the 0 records given."`,
    );
  });
});

describe("a failed assertion on a following clock", () => {
  it("offers to freeze it where an instant is off", async () => {
    const following = await aMailKit({ now: undefined, label: "the following kit" });
    const at = new Date(following.now().getTime() + 300_000);
    await following.run(() => SendEmailJob.enqueueAt(at, { to: "ada@example.org" }));

    await expectEnqueued(following, SendEmailJob, {}, { at: at.getTime() + 1000 });
    const message = await failureOf(expectEnqueued(following, SendEmailJob, {}, { at: at.getTime() + 1001 }));

    expect(message).toContain("(1s 1ms too early, 1s tolerated)");
    expect(message.split("\n\n").at(-1)).toMatchInlineSnapshot(`
      "  hint      The kit's clock follows the real one. To compare exact instants
                    freeze it: createTestKit({ now })."
    `);
    await following.dispose();
  });
});
