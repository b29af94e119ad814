import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectDeduplicated } from "../../../src/testing/assertions/expect-deduplicated.ts";
import { expectEnqueued } from "../../../src/testing/assertions/expect-jobs.ts";
import type { TestKit } from "../../../src/testing/kit.ts";
import { aMailKit, ChargeJob, SendEmailJob } from "./a-mail-kit.ts";
import { failureOf } from "./failure-of.ts";

let kit: TestKit;
beforeEach(async () => {
  kit = await aMailKit();
});
afterEach(() => kit.dispose());

const welcome = (to: string): ReturnType<typeof SendEmailJob.enqueue> =>
  SendEmailJob.enqueue({ to }, { uniqueKey: `welcome ${to}` });

describe("expectDeduplicated", () => {
  it("R8 resolves with the job that was there", async () => {
    const first = await welcome("ada");
    await welcome("ada");

    const met = await expectDeduplicated(kit, SendEmailJob, { to: "ada" }, { uniqueKey: "welcome ada" });

    expect(met.id).toBe(first.id);
  });

  it("R7 counts an enqueue that was sent again with its id", async () => {
    const { id } = await ChargeJob.enqueue({ orderId: 7 });
    await ChargeJob.enqueue({ orderId: 7 }, { id });

    await expectDeduplicated(kit, ChargeJob, {}, { id });
  });

  it("counts enqueues, not jobs", async () => {
    for (let time = 1; time <= 3; time++) await welcome("ada");

    expect(await expectDeduplicated(kit, SendEmailJob, {}, { times: 2 })).toHaveLength(2);
    expect(await failureOf(expectDeduplicated(kit, SendEmailJob))).toMatchInlineSnapshot(`
      "2 enqueues of SendEmailJob were deduplicated, expected exactly 1.

        found     #1  SendEmailJob  due now  mail  { to: "ada" }"
    `);
  });

  it("says that each was stored, and under which key", async () => {
    await welcome("ada");
    await welcome("bob");
    await SendEmailJob.enqueue({ to: "cyd" });

    expect(await failureOf(expectDeduplicated(kit, SendEmailJob))).toMatchInlineSnapshot(`
      "No enqueue of SendEmailJob was deduplicated.

        stored    #1 SendEmailJob, unique key "welcome ada"
                  #2 SendEmailJob, unique key "welcome bob"
                  #3 SendEmailJob, no unique key"
    `);
  });

  it("asks for a unique key where none was given", async () => {
    for (let time = 1; time <= 2; time++) await SendEmailJob.enqueue({ to: "ada" });

    expect(await failureOf(expectDeduplicated(kit, SendEmailJob))).toMatchInlineSnapshot(`
      "No enqueue of SendEmailJob was deduplicated.

        stored    #1 SendEmailJob, no unique key
                  #2 SendEmailJob, no unique key

        hint      Without { uniqueKey } every enqueue stores a job of its own."
    `);
  });

  it("shows what another enqueue met", async () => {
    for (const to of ["ada", "bob", "bob"]) await welcome(to);

    expect(await failureOf(expectDeduplicated(kit, SendEmailJob, { to: "ada" }))).toMatchInlineSnapshot(`
      "No enqueue of SendEmailJob like this was deduplicated.

        expected  { to: "ada" }

        nearest   #2 SendEmailJob, due now
                    data.to  "bob"  expected "ada"

        stored    #1 SendEmailJob, unique key "welcome ada""
    `);
  });

  it("looks at the window of kit.during() alone, and at what enqueue resolved with", async () => {
    await welcome("ada");
    const window = await kit.during(() => welcome("ada"));

    await expectDeduplicated(window, SendEmailJob);
    await expectDeduplicated([window.value], SendEmailJob);

    const quiet = await kit.during(() => welcome("bob"));
    expect(await failureOf(expectDeduplicated(quiet, SendEmailJob))).toContain("No enqueue of SendEmailJob");
    expect(await failureOf(expectDeduplicated([quiet.value], SendEmailJob))).toContain("No enqueue of SendEmailJob");
  });

  it("is hinted at by an assertion that misses the job", async () => {
    await welcome("ada");

    const window = await kit.during(() => welcome("ada"));

    expect(await failureOf(expectEnqueued(window, SendEmailJob))).toMatchInlineSnapshot(`
      "No SendEmailJob was enqueued during the call.

        others    nothing: the call enqueued no job.

        hint      #1 SendEmailJob is like this, but was enqueued before the call of
                    kit.during().
                  An enqueue of SendEmailJob stored nothing: deduplicated against #1,
                    which has the same unique key or id."
    `);
  });
});
