// ES modules and CommonJS of one process load two copies of the package. Their jobs meet all the same.

import { expect, it } from "@jest/globals";
import { createTestKit, expectEnqueued } from "wheelwright/testing";
import reminders from "./reminders.cjs";

const { book, jobs, SendReminderJob } = reminders;

it("finds in a kit of the one what was enqueued by the other", async () => {
  const kit = await createTestKit({ app: jobs, now: "2030-03-04T12:00:00Z" });

  await book({ phone: "+44 20 7946 0000", at: new Date("2030-03-08T09:00:00Z") });

  const job = await expectEnqueued(kit, SendReminderJob);
  expect(job.runAt).toEqual(new Date("2030-03-07T09:00:00Z"));
  expect(await kit.drainUntilIdle()).toMatchObject({ completed: 1 });
});
