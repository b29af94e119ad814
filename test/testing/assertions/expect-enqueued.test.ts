import sinon from "sinon";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InvalidDurationError, InvalidOptionError, Job, UnknownJobError } from "../../../src/index.ts";
import { expectEnqueued } from "../../../src/testing/assertions/expect-jobs.ts";
import type { TestKit } from "../../../src/testing/kit.ts";
import { aMailKit, ChargeJob, SendEmailJob } from "./a-mail-kit.ts";
import { failureOf } from "./failure-of.ts";

let kit: TestKit;
beforeEach(async () => {
  kit = await aMailKit();
});
afterEach(() => kit.dispose());

describe("expectEnqueued", () => {
  it("resolves with the one job that is like this", async () => {
    await SendEmailJob.enqueue({ to: "bob@example.org" });
    const enqueued = await SendEmailJob.enqueue({ to: "ada@example.org", template: "welcome" });

    const found = await expectEnqueued(kit, SendEmailJob, { to: "ada@example.org" });

    expect(found.id).toBe(enqueued.id);
    expect(found.data.template).toBe("welcome");
  });

  it("counts jobs whatever has become of them", async () => {
    await ChargeJob.enqueue({ orderId: 7 });
    await kit.drain();

    expect((await expectEnqueued(kit, ChargeJob)).status).toBe("completed");
    expect((await expectEnqueued(kit, SendEmailJob, { template: "receipt" })).status).toBe("completed");
  });

  it("R43 shows the nearest candidate field by field, and what else was enqueued", async () => {
    await SendEmailJob.enqueueIn("4m 59s", { to: "ada@example.com", template: "welcome" });
    await SendEmailJob.enqueue({ to: "bob@example.org" }, { queue: "default" });
    await ChargeJob.enqueue({ orderId: 7 });

    const message = await failureOf(
      expectEnqueued(kit, SendEmailJob, { to: "ada@example.org", template: "welcome" }, { queue: "mail", in: "5m" }),
    );

    expect(message).toMatchInlineSnapshot(`
      "No SendEmailJob like this was enqueued.

        expected  { to: "ada@example.org", template: "welcome" }
                  queue "mail", due in 5m

        nearest   #1 SendEmailJob, due in 4m 59s
                    data.to  "ada@example.com"  expected "ada@example.org"
                    due in   4m 59s             expected 5m (1s too early)

        others    #2  SendEmailJob  due now  { to: "bob@example.org" }
                  #3  ChargeJob     due now  { orderId: 7 }"
    `);
  });

  it("says that nothing was enqueued at all", async () => {
    expect(await failureOf(expectEnqueued(kit, SendEmailJob))).toMatchInlineSnapshot(`
      "No SendEmailJob was enqueued.

        others    nothing: the kit has no job.

        hint      Was the code under test called, and awaited?"
    `);
  });

  it("shows what was enqueued instead", async () => {
    await ChargeJob.enqueue({ orderId: 7 });

    expect(await failureOf(expectEnqueued(kit, SendEmailJob))).toMatchInlineSnapshot(`
      "No SendEmailJob was enqueued.

        instead   #1  ChargeJob  due now  { orderId: 7 }"
    `);
  });

  it("puts values below each other where they are too long for one line, cut around what differs", async () => {
    const body = `Dear customer, ${"thank you. ".repeat(30)}`;
    await SendEmailJob.enqueue({ to: "ada@example.org", template: `${body}Ada${body}`, tags: ["a", "b", "c"] });

    const message = await failureOf(
      expectEnqueued(kit, SendEmailJob, { template: `${body}Bob${body}`, tags: ["a", "x", "c"] }),
    );

    expect(message).toMatchInlineSnapshot(`
      "No SendEmailJob like this was enqueued.

        expected  { template: "Dear custome…k you. ", tags: ["a", "x", "c"] }

        nearest   #1 SendEmailJob, due now
                    data.template  "…u. thank you. AdaDear customer, thank you. t…"
                    expected       "…u. thank you. BobDear customer, thank you. t…"
                    data.tags[1]  "b"  expected "x""
    `);
  });

  it("lists at most six others and counts the rest by class", async () => {
    for (let orderId = 1; orderId <= 9; orderId++) await ChargeJob.enqueue({ orderId });
    for (const to of ["a", "b", "c"]) await SendEmailJob.enqueue({ to: `${to}@example.org` });

    expect(await failureOf(expectEnqueued(kit, SendEmailJob, { to: "ada@example.org" }))).toMatchInlineSnapshot(`
      "No SendEmailJob like this was enqueued.

        expected  { to: "ada@example.org" }

        nearest   #10 SendEmailJob, due now
                    data.to  "a@example.org"  expected "ada@example.org"
                  #11 SendEmailJob, due now
                    data.to  "b@example.org"  expected "ada@example.org"

        others    #5   ChargeJob     due now  default  { orderId: 5 }
                  #6   ChargeJob     due now  default  { orderId: 6 }
                  #7   ChargeJob     due now  default  { orderId: 7 }
                  #8   ChargeJob     due now  default  { orderId: 8 }
                  #9   ChargeJob     due now  default  { orderId: 9 }
                  #12  SendEmailJob  due now  mail     { to: "c@example.org" }
                  … and 4 more: ChargeJob × 4"
    `);
  });

  it("R42 tells of attempts that threw", async () => {
    await ChargeJob.enqueue({ orderId: -1 });
    await ChargeJob.enqueue({ orderId: -2 }, { maxRetries: 1 });
    await kit.drain({ failures: "collect" });

    expect(await failureOf(expectEnqueued(kit, SendEmailJob))).toMatchInlineSnapshot(`
      "No SendEmailJob was enqueued.

        instead   #1  ChargeJob  retry due in 4s  { orderId: -1 }
                  #2  ChargeJob  failed           { orderId: -2 }

        threw     #1 ChargeJob, attempt 1 of 3, again in 4s:
                    The card of order -1 was declined
                  #2 ChargeJob, attempt 1 of 1, failed:
                    The card of order -2 was declined"
    `);
  });

  it("tells no more of an attempt that was made good", async () => {
    kit.stub(ChargeJob, { fails: 1, with: new Error("busy") });
    await ChargeJob.enqueue({ orderId: 1 });
    await kit.drainUntilIdle();

    expect(await failureOf(expectEnqueued(kit, SendEmailJob))).not.toContain("busy");
  });

  it("BM-238 tells jobs by their ids: one that ran and one enqueued anew are two", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org" });
    await kit.drain();
    await SendEmailJob.enqueue({ to: "ada@example.org" });

    expect(await failureOf(expectEnqueued(kit, SendEmailJob))).toMatchInlineSnapshot(`
      "2 SendEmailJob were enqueued, expected exactly 1.

        found     #1  SendEmailJob  completed  mail  { to: "ada@example.org" }
                  #2  SendEmailJob  due now    mail  { to: "ada@example.org" }

        hint      If 2 are meant, say so: { times: 2 }."
    `);
  });

  it("does not count a retried job twice", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org", fails: true });
    await kit.drainUntilIdle({ failures: "collect" });

    expect((await expectEnqueued(kit, SendEmailJob)).attempts).toBe(3);
  });
});

describe("expectEnqueued with times", () => {
  beforeEach(async () => {
    for (const to of ["a", "b", "c"]) await SendEmailJob.enqueue({ to: `${to}@example.org` });
  });

  it("resolves with the list, in the order of enqueueing", async () => {
    const found = await expectEnqueued(kit, SendEmailJob, {}, { times: 3 });

    expect(found.map(({ data }) => data.to)).toEqual(["a@example.org", "b@example.org", "c@example.org"]);
  });

  it.each([{ times: { min: 3 } }, { times: { max: 3 } }, { times: { min: 2, max: 4 } }])(
    "holds for three with $times",
    async ({ times }) => {
      expect(await expectEnqueued(kit, SendEmailJob, {}, { times })).toHaveLength(3);
    },
  );

  it("resolves with an empty list where none is asked and none is there", async () => {
    expect(await expectEnqueued(kit, SendEmailJob, { to: "nobody" }, { times: 0 })).toEqual([]);
  });

  it("says how many there are and how many were expected", async () => {
    expect(await failureOf(expectEnqueued(kit, SendEmailJob, {}, { times: 2 }))).toMatchInlineSnapshot(`
      "3 SendEmailJob were enqueued, expected 2.

        found     #1  SendEmailJob  due now  mail  { to: "a@example.org" }
                  #2  SendEmailJob  due now  mail  { to: "b@example.org" }
                  #3  SendEmailJob  due now  mail  { to: "c@example.org" }"
    `);
    expect(
      await failureOf(expectEnqueued(kit, SendEmailJob, { to: "a@example.org" }, { times: { min: 2 } })),
    ).toMatchInlineSnapshot(`
      "1 SendEmailJob like this was enqueued, expected at least 2.

        expected  { to: "a@example.org" }

        found     #1  SendEmailJob  due now  mail  { to: "a@example.org" }

        nearest   #2 SendEmailJob, due now
                    data.to  "b@example.org"  expected "a@example.org"
                  #3 SendEmailJob, due now
                    data.to  "c@example.org"  expected "a@example.org""
    `);
  });

  it("offers the number that is there only where none was written", async () => {
    expect(await failureOf(expectEnqueued(kit, SendEmailJob))).toContain("{ times: 3 }");
    expect(await failureOf(expectEnqueued(kit, SendEmailJob, {}, { times: 1 }))).not.toContain("{ times: 3 }");
  });

  it.each([-1, 1.5, Number.NaN, "2", null, {}, { min: 3, max: 2 }, { least: 1 }])("refuses times %j", async (times) => {
    await expect(expectEnqueued(kit, SendEmailJob, {}, { times: times as number })).rejects.toThrow(InvalidOptionError); // `as`: what JavaScript may pass
  });
});

describe("expectEnqueued with options", () => {
  const START = new Date("2030-01-01T09:00:00Z");

  it("compares queue, priority, attempts in all, timeout, unique key and id", async () => {
    const job = await SendEmailJob.enqueue(
      { to: "ada@example.org" },
      { queue: "bulk", priority: "high", maxRetries: 7, timeout: 30, uniqueKey: "welcome ada" },
    );

    await expectEnqueued(
      kit,
      SendEmailJob,
      {},
      { queue: "bulk", priority: 10, maxRetries: 7, timeout: 30, id: job.id },
    );
    await expectEnqueued(kit, SendEmailJob, {}, { priority: "high", uniqueKey: expect.stringContaining("ada") });
    await expectEnqueued(kit, SendEmailJob, {}, { status: ["pending", "failed"], attempts: 0, lastError: null });

    expect(
      await failureOf(
        expectEnqueued(
          kit,
          SendEmailJob,
          {},
          { queue: "mail", priority: "low", maxRetries: 3, timeout: 300, uniqueKey: null, status: "completed" },
        ),
      ),
    ).toMatchInlineSnapshot(`
      "No SendEmailJob like this was enqueued.

        expected  queue "mail", priority -10, maxRetries 3, timeout 300, no uniqueKey,
                    status completed

        nearest   #1 SendEmailJob, due now
                    queue       "bulk"         expected "mail"
                    priority    10             expected -10
                    maxRetries  7              expected 3
                    timeout     30             expected 300
                    uniqueKey   "welcome ada"  expected none
                    status      pending        expected completed"
    `);
  });

  it("compares the last error as a part of it or by a pattern", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org", fails: true });
    await kit.drain();

    await expectEnqueued(kit, SendEmailJob, {}, { lastError: "SMTP", attempts: 1 });
    await expectEnqueued(kit, SendEmailJob, {}, { lastError: /is down$/ });

    expect(await failureOf(expectEnqueued(kit, SendEmailJob, {}, { lastError: /timeout/i }))).toMatchInlineSnapshot(`
      "No SendEmailJob like this was enqueued.

        expected  lastError /timeout/i

        nearest   #1 SendEmailJob, retry due in 4s
                    lastError  "SMTP is down"  expected /timeout/i

        threw     #1 SendEmailJob, attempt 1 of 3, again in 4s: SMTP is down"
    `);
  });

  it("counts `in` from the enqueue, whenever that was", async () => {
    await kit.advance("1h");
    await SendEmailJob.enqueueIn("5m", { to: "ada@example.org" });
    await kit.advance("1m");

    await expectEnqueued(kit, SendEmailJob, {}, { in: "5m" });
    await expectEnqueued(kit, SendEmailJob, {}, { in: "4m 58s", tolerance: "2s" });
  });

  it("compares `in` and `at` with the enqueue, not with a later retry", async () => {
    await SendEmailJob.enqueueIn("5m", { to: "ada@example.org", fails: true });
    await kit.advance("5m");

    await expectEnqueued(kit, SendEmailJob, {}, { in: "5m", attempts: 1 });
    await expectEnqueued(kit, SendEmailJob, {}, { at: new Date(START.getTime() + 300_000) });
  });

  it.each([
    ["a Date", new Date("2030-01-01T10:00:00Z")],
    ["milliseconds", Date.parse("2030-01-01T10:00:00Z")],
    ["an ISO text", "2030-01-01T11:00:00+01:00"],
  ])("BM-239 takes `at` as %s", async (_, at) => {
    await SendEmailJob.enqueueAt(new Date("2030-01-01T10:00:00Z"), { to: "ada@example.org" });

    await expectEnqueued(kit, SendEmailJob, {}, { at });
  });

  it("BM-239 compares `at` to the millisecond while the clock is frozen", async () => {
    await SendEmailJob.enqueueAt(new Date("2030-01-01T10:00:00.001Z"), { to: "ada@example.org" });

    expect(
      await failureOf(expectEnqueued(kit, SendEmailJob, {}, { at: "2030-01-01T10:00:00Z" })),
    ).toMatchInlineSnapshot(`
      "No SendEmailJob like this was enqueued.

        expected  due at 2030-01-01T10:00:00.000Z

        nearest   #1 SendEmailJob, due in 1h 1ms
                    due at    2030-01-01T10:00:00.001Z
                    expected  2030-01-01T10:00:00.000Z
                              (1ms too late)"
    `);
  });

  it("asks whether seconds were taken for milliseconds", async () => {
    await SendEmailJob.enqueueIn(5000, { to: "ada@example.org" });

    expect(await failureOf(expectEnqueued(kit, SendEmailJob, {}, { in: "5s" }))).toMatchInlineSnapshot(`
      "No SendEmailJob like this was enqueued.

        expected  due in 5s

        nearest   #1 SendEmailJob, due in 1h 23m 20s
                    due in    1h 23m 20s
                    expected  5s
                              (1000 times that: enqueueIn and delay take seconds)"
    `);
  });

  it("says how far off a tolerated instant is", async () => {
    await SendEmailJob.enqueueIn("10s", { to: "ada@example.org" });

    expect(
      await failureOf(expectEnqueued(kit, SendEmailJob, {}, { in: "7s", tolerance: "2s" })),
    ).toMatchInlineSnapshot(`
      "No SendEmailJob like this was enqueued.

        expected  due in 7s

        nearest   #1 SendEmailJob, due in 10s
                    due in  10s  expected 7s (3s too late, 2s tolerated)"
    `);
  });

  it("matches data as a subset, and whole with exact", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org", tags: ["a"] });

    await expectEnqueued(kit, SendEmailJob, { tags: ["a"] });
    await expectEnqueued(kit, SendEmailJob, { to: "ada@example.org", tags: ["a"] }, { exact: true });

    expect(
      await failureOf(expectEnqueued(kit, SendEmailJob, { to: "ada@example.org" }, { exact: true })),
    ).toMatchInlineSnapshot(`
      "No SendEmailJob like this was enqueued.

        expected  exactly { to: "ada@example.org" }

        nearest   #1 SendEmailJob, due now
                    data.tags  ["a"]  expected nothing"
    `);
  });

  it("takes asymmetric matchers of vitest and sinon anywhere in the data", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org", tags: ["a", "b"] });

    await expectEnqueued(kit, SendEmailJob, { to: expect.stringContaining("@"), tags: expect.arrayContaining(["b"]) });
    await expectEnqueued(kit, SendEmailJob, { to: sinon.match("example"), tags: [sinon.match.string, "b"] });

    expect(
      await failureOf(
        expectEnqueued(kit, SendEmailJob, { to: expect.stringMatching(/^bob/), tags: sinon.match.number }),
      ),
    ).toMatchInlineSnapshot(`
      "No SendEmailJob like this was enqueued.

        expected  { to: StringMatching /^bob/, tags: typeOf("number") }

        nearest   #1 SendEmailJob, due now
                    data.to    "ada@example.org"  expected StringMatching /^bob/
                    data.tags  ["a", "b"]         expected typeOf("number")"
    `);
  });

  it("takes a predicate, and an assertion in it as its answer", async () => {
    await SendEmailJob.enqueue({ to: "ada@example.org" });

    await expectEnqueued(kit, SendEmailJob, (data) => data.to.startsWith("ada"));

    const asserting = (data: { to: string }): boolean => {
      expect(data.to).toBe("bob@example.org");
      return true;
    };
    expect(await failureOf(expectEnqueued(kit, SendEmailJob, asserting))).toMatchInlineSnapshot(`
      "No SendEmailJob like this was enqueued.

        expected  data that asserting accepts

        nearest   #1 SendEmailJob, due now
                    data      { to: "ada@example.org" }
                    expected  what asserting accepts
                              (it threw: expected 'ada@example.org' to be 'bob@example.org' // Object.is equality)"
    `);
  });

  it.each([undefined, 1, "yes", Promise.resolve(true)])("refuses a predicate that answers %s", async (answer) => {
    await SendEmailJob.enqueue({ to: "ada@example.org" });

    const asked = expectEnqueued(kit, SendEmailJob, () => answer as unknown as boolean); // `as`: what JavaScript may return

    await expect(asked).rejects.toThrow("the answer of the predicate for data");
  });
});

describe("expectEnqueued with what cannot be asked", () => {
  class StrangerJob extends Job {
    perform(): void {}
  }
  class SendEmialJob extends Job {
    perform(): void {}
  }

  it("R43 names the nearest class for one the kit does not know", async () => {
    await expect(expectEnqueued(kit, SendEmialJob)).rejects.toThrow(UnknownJobError);
    await expect(expectEnqueued(kit, SendEmialJob)).rejects.toThrow('Did you mean "SendEmailJob"?');
    await expect(expectEnqueued(kit, StrangerJob)).rejects.toThrow("Registered: SendEmailJob, ChargeJob, SyncJob");
  });

  it("tells another class of a known name from it", async () => {
    const twin = {
      SendEmailJob: class SendEmailJob extends Job {
        perform(): void {}
      },
    };

    await expect(expectEnqueued(kit, twin.SendEmailJob)).rejects.toThrow(
      "expected the SendEmailJob that the kit was made with, not another class of that name, as a module that is loaded twice gives.",
    );
  });

  it("asks for the class where it is given an instance or a name", async () => {
    const instance = new SendEmailJob() as unknown as typeof SendEmailJob; // `as`: the mistake that is told

    await expect(expectEnqueued(kit, instance)).rejects.toThrow(
      'the job class of expectEnqueued is "new SendEmailJob()"; expected the class itself: SendEmailJob.',
    );
    await expect(expectEnqueued(instance)).rejects.toThrow("expected the class itself: SendEmailJob.");
    await expect(expectEnqueued(kit, "SendEmailJob" as unknown as typeof SendEmailJob)).rejects.toThrow(
      // `as`: the mistake that is told
      'the job class of expectEnqueued is "SendEmailJob"; expected a class that extends Job, or is made by defineJob.',
    );
  });

  it.each([
    [undefined, "is undefined; expected a kit"],
    [Promise.resolve([]), "await it first"],
    [[1], "expected records, as kit.enqueued() gives them"],
    [{}, "expected a kit, what kit.during() resolved with, records"],
  ])("refuses the source %s", async (source, message) => {
    await expect(expectEnqueued(source as never, SendEmailJob)).rejects.toThrow(message); // `as`: what JavaScript may pass
  });

  it("asks for the kit where it is given its jobs", async () => {
    await expect(expectEnqueued(kit.jobs as never, SendEmailJob)).rejects.toThrow("expected the kit, not its jobs"); // `as`: the mistake that is told
  });

  it("refuses options it does not have, and values they cannot have", async () => {
    const ask = (options: object): Promise<unknown> => expectEnqueued(kit, SendEmailJob, {}, options);

    await expect(ask({ que: "mail" })).rejects.toThrow("expectEnqueued's option que");
    await expect(ask({ queue: 1 })).rejects.toThrow(InvalidOptionError);
    await expect(ask({ priority: "urgent" })).rejects.toThrow(InvalidOptionError);
    await expect(ask({ status: "done" })).rejects.toThrow("pending, processing, completed, failed");
    await expect(ask({ at: "soon" })).rejects.toThrow("expectEnqueued's at");
    await expect(ask({ in: 5 })).rejects.toThrow(InvalidDurationError);
    await expect(ask({ in: "5m", at: new Date() })).rejects.toThrow("either at or in");
    await expect(ask({ tolerance: "1s" })).rejects.toThrow("a tolerance together with at or in");
    await expect(ask({ exact: "yes" })).rejects.toThrow("expectEnqueued's exact");
    await expect(ask({ lastError: 5 })).rejects.toThrow("expectEnqueued's lastError");
  });

  it.each([
    [
      { to: new Date(0) },
      "the data to match at $.to is 1970-01-01T00:00:00.000Z; expected what JSON can keep, not a Date.",
    ],
    [{ to: Number.NaN }, "not NaN"],
    [{ to: [undefined] }, "at $.to[0] is undefined"],
    [{ to: new Map() }, "not a Map"],
    [new SendEmailJob(), "not an instance of SendEmailJob"],
    ["ada", 'the data to match is "ada"; expected an object, an asymmetric matcher or a predicate.'],
    [null, "the data to match is null"],
    [[], "the data to match is []"],
  ])("refuses data that no job can have: %j", async (data, message) => {
    await expect(expectEnqueued(kit, SendEmailJob, data as never)).rejects.toThrow(message); // `as`: what JavaScript may pass
  });
});
