// The reminders under Jest. Nobody disposes a kit here: Jest's afterEach does.

const { createTestKit } = require("wheelwright/testing");
const { book, cancel, jobs, SendReminderJob, sms } = require("./reminders.cjs");

const PHONE = "+44 20 7946 0000";
const NOW = "2030-03-04T12:00:00Z";
const FRIDAY = new Date("2030-03-08T09:00:00Z");

const openKit = (options) => createTestKit({ app: jobs, now: NOW, leftovers: "ignore", ...options });

afterEach(() => jest.restoreAllMocks());

describe("book", () => {
  it("enqueues a reminder for the day before", async () => {
    const kit = await openKit();

    await book({ phone: PHONE, at: FRIDAY });

    await expect(kit).toHaveEnqueued(
      SendReminderJob,
      { phone: expect.stringMatching(/^\+44/) },
      { queue: "sms", at: new Date("2030-03-07T09:00:00Z") },
    );
  });

  it("sends it when that day has come", async () => {
    const kit = await openKit();
    const send = jest.spyOn(sms, "send");
    await book({ phone: PHONE, at: FRIDAY });

    await kit.advanceTo("2030-03-07T08:59:59Z");
    expect(send).not.toHaveBeenCalled();
    await kit.advance("1s");

    expect(send).toHaveBeenCalledWith(PHONE, "See you on 2030-03-08T09:00:00.000Z");
    await expect(kit).toBeIdle();
  });

  it("gives a slot one reminder", async () => {
    const kit = await openKit();

    const { deduplicated, enqueued } = await kit.during(async () => {
      await book({ phone: PHONE, at: FRIDAY });
      await book({ phone: PHONE, at: FRIDAY });
    });

    expect(enqueued).toHaveLength(1);
    expect(deduplicated).toHaveLength(1);
  });
});

describe("cancel", () => {
  it("takes the reminder along", async () => {
    const kit = await openKit();
    const reminder = await book({ phone: PHONE, at: FRIDAY });

    await cancel(reminder);

    await expect(kit).not.toHavePending(SendReminderJob);
  });
});

describe("SendReminderJob", () => {
  it("has failed after its second attempt", async () => {
    const kit = await openKit();
    jest.spyOn(sms, "send").mockRejectedValue(new Error("no credit"));
    const job = await book({ phone: PHONE, at: FRIDAY });

    kit.expectFailure(SendReminderJob, "no credit");
    await kit.drainUntilIdle();

    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "failed", attempts: 2, lastError: "no credit" });
  });
});

describe("a test that is wrong", () => {
  it("is told what was enqueued in place of what it expected", async () => {
    const kit = await openKit();
    await book({ phone: PHONE, at: FRIDAY });

    const mistaken = expect(kit).toHaveEnqueued(SendReminderJob, { phone: "+44 20 7946 0001" });

    await expect(mistaken).rejects.toThrow(/data\.phone +"\+44 20 7946 0000" +expected "\+44 20 7946 0001"/);
  });
});
