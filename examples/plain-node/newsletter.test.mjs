// The newsletter under node:test. Assertions are plain functions that throw AssertionErrors, so any runner shows them.

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { createTestKit, expectEnqueued, NothingRanError } from "wheelwright/testing";
import { jobs, mail, publish, SendReportJob, sendIssue } from "./newsletter.mjs";

const ADA = "ada@example.com";
const GRACE = "grace@example.com";

let kit;

beforeEach(async () => {
  mail.sent = [];
  kit = await createTestKit({ app: jobs, leftovers: "ignore" });
});
afterEach(() => kit.dispose());

describe("publish", () => {
  it("enqueues a mail to each subscriber and a report for tomorrow", async () => {
    await publish(7, [ADA, GRACE]);

    await expectEnqueued(kit, sendIssue, { to: ADA, issue: 7 }, { queue: "mail" });
    await expectEnqueued(kit, sendIssue, { to: GRACE });
    await expectEnqueued(kit, SendReportJob, { issue: 7, subscribers: 2 }, { in: "1d" });
  });

  it("enqueues nothing when one of the mails cannot be", async () => {
    await assert.rejects(publish(7, [ADA, 10n]), { code: "DATA_NOT_JSON" });

    assert.deepEqual(await kit.enqueued(), []);
  });

  it("sends the issue at once and the report a day later", async () => {
    await publish(7, [ADA]);

    await kit.drain();
    assert.deepEqual(mail.sent, [{ to: ADA, subject: "Issue 7" }]);

    await kit.advance("23h 59m");
    assert.equal(mail.sent.length, 1);
    await kit.advance("1m");
    assert.equal(mail.sent[1].subject, "Issue 7 went to 1");
    assert.deepEqual(
      kit.logs({ from: "handler" }).map(({ message }) => message),
      ["report sent"],
    );
  });
});

describe("sendIssue", () => {
  it("waits 4, 8 and 16 seconds between its four attempts, and has then failed", async (t) => {
    const send = t.mock.method(mail, "send", () => Promise.reject(new Error("mailbox full")));
    const job = await sendIssue.enqueue({ to: ADA, issue: 7 });

    kit.expectFailure(sendIssue, "mailbox full");
    await kit.drainUntilIdle();

    assert.equal(send.mock.callCount(), 4);
    const seconds = kit.events({ type: "claimed" }).map(({ advancedMs }) => advancedMs / 1000);
    assert.deepEqual(seconds, [0, 4, 12, 28]);
    assert.equal((await kit.jobs.find(job.id)).status, "failed");
  });
});

describe("a test that is wrong", () => {
  it("is told what was enqueued in place of what it expected", async () => {
    await publish(7, [ADA]);

    const mistaken = expectEnqueued(kit, sendIssue, { to: ADA, issue: 8 });

    await assert.rejects(mistaken, (error) => {
      assert.equal(error.name, "AssertionError");
      assert.match(error.message, /^No SendIssue like this was enqueued\./);
      assert.match(error.message, /data\.issue +7 +expected 8/); // the nearest job, and what is wrong with it
      assert.match(error.message, /others +#2 +SendReportJob +due in 1d/);
      return true;
    });
  });

  it("cannot pass because nothing ran", async () => {
    await SendReportJob.enqueueIn("5m", { issue: 7, subscribers: 0 });

    await assert.rejects(kit.drain(), (error) => {
      assert(error instanceof NothingRanError);
      assert.match(error.message, /next +#1 +SendReportJob +due in 5m/);
      assert.match(error.message, /kit\.advance\("5m"\) or kit\.drainUntilIdle\(\) runs it/);
      return true;
    });
  });
});
