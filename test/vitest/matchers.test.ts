// The matchers as this runner's expect has them; the questions behind them are tested with the functions.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KitDisposeError, type TestKit } from "wheelwright/testing";
import "wheelwright/vitest";
import { aMailKit, ChargeJob, SendEmailJob } from "../testing/assertions/a-mail-kit.ts";

let kit: TestKit;
beforeEach(async () => {
  kit = await aMailKit();
});
afterEach(() => kit.dispose());

/** The error that a matcher's promise rejects with. */
async function errorOf(matched: Promise<void>): Promise<Error> {
  const error: unknown = await matched.then(
    () => new Error("The matcher held, and was to fail."),
    (thrown: unknown) => thrown,
  );
  if (error instanceof Error) return error;
  throw new TypeError("The matcher rejected with something that is no error.");
}

describe("toHaveEnqueued", () => {
  it("holds for exactly one, with asymmetric matchers in its data and options", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org", tags: ["a", "b"] }, { delay: "5m" });

    await expect(kit).toHaveEnqueued(SendEmailJob);
    await expect(kit).toHaveEnqueued(SendEmailJob, { to: expect.stringContaining("@"), tags: expect.any(Array) });
    await expect(kit).toHaveEnqueued(SendEmailJob, expect.objectContaining({ to: "ada@example.org" }), { in: "5m" });
    await expect(await kit.pending()).toHaveEnqueued(SendEmailJob);
  });

  it("looks at the window of kit.during()", async () => {
    await ChargeJob.enqueue({ orderId: 7 });

    const window = await kit.during(() => SendEmailJob.enqueue({ to: "ada@example.org" }));

    await expect(window).toHaveEnqueued(SendEmailJob);
    await expect(window).not.toHaveEnqueued(ChargeJob);
  });

  it("fails with the text of the function, and points to the line of the test", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org" });

    const error = await errorOf(expect(kit).toHaveEnqueued(SendEmailJob, { to: "bob@example.org" }));

    expect(error.message).toMatchInlineSnapshot(`
      "No SendEmailJob like this was enqueued.

        expected  { to: "bob@example.org" }

        nearest   #1 SendEmailJob, due now
                    data.to  "ada@example.org"  expected "bob@example.org""
    `);
    expect(error.stack?.slice(error.message.length).split("\n")[1]).toContain("matchers.test.ts");
  });

  it("means by `not` that there is none: two are not none", async () => {
    await expect(kit).not.toHaveEnqueued(SendEmailJob);

    await SendEmailJob.enqueue({ to: "ada@example.org" });
    expect((await errorOf(expect(kit).not.toHaveEnqueued(SendEmailJob))).message).toMatchInlineSnapshot(`
      "1 SendEmailJob was enqueued, expected none.

        found     #1  SendEmailJob  due now  mail  { to: "ada@example.org" }"
    `);

    await SendEmailJob.enqueue({ to: "bob@example.org" });
    expect((await errorOf(expect(kit).not.toHaveEnqueued(SendEmailJob))).message).toContain("2 SendEmailJob were");
    await expect(kit).not.toHaveEnqueued(SendEmailJob, { to: "cyd@example.org" });
  });

  it("means by `not` with times that there is another number", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org" });
    await SendEmailJob.enqueue({ to: "bob@example.org" });

    await expect(kit).not.toHaveEnqueued(SendEmailJob, {}, { times: 3 });

    const error = await errorOf(expect(kit).not.toHaveEnqueued(SendEmailJob, {}, { times: 2 }));
    expect(error.message).toMatchInlineSnapshot(`
      "2 SendEmailJob were enqueued, expected anything but 2.

        found     #1  SendEmailJob  due now  mail  { to: "ada@example.org" }
                  #2  SendEmailJob  due now  mail  { to: "bob@example.org" }"
    `);
  });

  it("asks for what it can look at", async () => {
    await expect(expect("kit").toHaveEnqueued(SendEmailJob)).rejects.toThrow(
      'the first argument of toHaveEnqueued is "kit"; expected a kit',
    );
    await expect(expect(kit).toHaveEnqueued(SendEmailJob, {}, { que: "mail" } as object)).rejects.toThrow(
      // `as`: the mistake that is told
      "toHaveEnqueued's option que",
    );
  });

  it("holds on what a promise resolves with", async () => {
    await expect(kit.during(() => SendEmailJob.enqueue({ to: "ada@example.org" }))).resolves.toHaveEnqueued(
      SendEmailJob,
    );
  });
});

describe("the other matchers", () => {
  it("ask what waits, what has run, what was deduplicated, and whether anything is left", async () => {
    await expect(kit).toBeIdle();
    await SendEmailJob.enqueue({ to: "ada@example.org" }, { uniqueKey: "ada" });
    await SendEmailJob.enqueue({ to: "ada@example.org" }, { uniqueKey: "ada" });

    await expect(kit).toHavePending(SendEmailJob, { to: "ada@example.org" });
    await expect(kit).not.toHaveRun(SendEmailJob);
    await expect(kit).toHaveDeduplicated(SendEmailJob, {}, { uniqueKey: "ada" });
    await expect(kit).not.toHaveDeduplicated(ChargeJob);
    await expect(kit).not.toBeIdle();
    await expect(kit).toHaveEnqueuedExactly([[SendEmailJob, { to: "ada@example.org" }]]);
    await expect(kit).not.toHaveEnqueuedExactly([SendEmailJob, ChargeJob]);

    await kit.drain();

    await expect(kit).toHaveRun(SendEmailJob, { to: "ada@example.org" });
    await expect(kit).not.toHavePending(SendEmailJob);
    await expect(kit).toBeIdle();
  });

  it("fail with the texts of their functions", async () => {
    await SendEmailJob.enqueueIn("5m", { to: "ada@example.org" }, { uniqueKey: "ada" });
    await SendEmailJob.enqueue({ to: "ada@example.org" }, { uniqueKey: "ada" });

    const texts = await Promise.all(
      [
        expect(kit).toHaveRun(SendEmailJob),
        expect(kit).not.toHavePending(SendEmailJob),
        expect(kit).not.toHaveDeduplicated(SendEmailJob),
        expect(kit).toBeIdle(),
        expect(kit).not.toBeIdle({ allowLater: true }),
        expect(kit).toHaveEnqueuedExactly([ChargeJob]),
        expect(kit).not.toHaveEnqueuedExactly([SendEmailJob]),
      ].map(async (matched) => (await errorOf(matched)).message.split("\n")[0]),
    );

    expect(texts).toMatchInlineSnapshot(`
      [
        "No SendEmailJob has run.",
        "1 SendEmailJob is pending, expected none.",
        "1 enqueue of SendEmailJob was deduplicated, expected none.",
        "the kit is not idle: 1 job is pending.",
        "the kit is idle: no job is due, and none is being performed. Expected one.",
        "What was enqueued in the kit is not what was expected: 1 missing, 1 too many.",
        "Exactly these jobs were enqueued in the kit, expected others.",
      ]
    `);
  });

  it("ask for the waits between attempts, of a class or of one job", async () => {
    const job = await SendEmailJob.enqueue({ to: "ada@example.org", fails: true });
    await kit.advance("4s");

    await expect(kit).toHaveRetriedAfter(SendEmailJob, ["4s", "8s"]);
    await expect(job).toHaveRetriedAfter(["4s", "8s"]);
    await expect(job).toHaveRetriedAfter(["5s", "7s"], { tolerance: "1s" });
    await expect(job).not.toHaveRetriedAfter("4s");

    expect((await errorOf(expect(job).toHaveRetriedAfter("4s"))).message).toMatchInlineSnapshot(`
      "#1 SendEmailJob was retried after 4s, 8s, expected 4s.

        waits     attempt 1  threw SMTP is down  waited 4s
                  attempt 2  threw SMTP is down  waited 8s  expected no retry

        now       retry due in 8s, 2 of 3 attempts used"
    `);
    expect((await errorOf(expect(job).not.toHaveRetriedAfter(["4s", "8s"]))).message).toContain("expected other waits");
    await expect(expect(kit).toHaveRetriedAfter("4s")).rejects.toThrow("the job class of toHaveRetriedAfter");
  });
});

describe("a matcher that nobody awaits", () => {
  it("R48 is told at dispose, whether it would have held or not", async () => {
    const other = await aMailKit({ label: "the other kit" });
    await other.run(() => SendEmailJob.enqueue({ to: "ada@example.org" }));

    void expect(other).toHaveEnqueued(SendEmailJob);
    void expect(other).not.toHaveEnqueued(SendEmailJob, { to: "ada@example.org" });
    await expect(other).toHaveEnqueued(SendEmailJob);

    const error = await other.dispose().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(KitDisposeError);
    expect(error).toMatchObject({
      problems: [
        // Where it was called, and what it found by then, may follow.
        expect.stringContaining(
          "expect(…).not.toHaveEnqueued(SendEmailJob, …) was never awaited, so it checked nothing in time. Write: await expect(…).not.toHaveEnqueued(SendEmailJob, …)",
        ),
        expect.stringContaining(
          "expect(…).toHaveEnqueued(SendEmailJob) was never awaited, so it checked nothing in time. Write: await expect(…).toHaveEnqueued(SendEmailJob)",
        ),
      ],
    });
  });
});
