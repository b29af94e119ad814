// The types of assertions and matchers; read by the compiler alone.

import { expect as jestExpect } from "@jest/globals";
import { expect as vitestExpect } from "vitest";
import { defineJob, Job, type JobRecord } from "wheelwright";
import {
  expectEnqueued,
  expectEnqueuedExactly,
  expectNotEnqueued,
  expectPending,
  expectRetriedAfter,
  type TestKit,
} from "wheelwright/testing";
import "wheelwright/jest";
import "wheelwright/vitest";

class SendEmailJob extends Job<{ to: string; tags?: string[] }> {
  perform(): void {}
}
class SweepJob extends Job {
  perform(): void {}
}
const charge = defineJob("ChargeJob", {}, (_data: { orderId: number }) => undefined);

export async function typed(kit: TestKit, records: readonly JobRecord[]): Promise<void> {
  const mail = await expectEnqueued(kit, SendEmailJob, { to: "ada", tags: ["a"] }, { queue: "mail", in: "5m" });
  mail.data.to satisfies string;
  const mails = await expectEnqueued(SendEmailJob, { to: jestExpect.any(String) }, { times: { min: 2 } });
  mails[0]?.data.to satisfies string | undefined;
  (await expectPending(records, charge, (data) => data.orderId > 1)).data.orderId satisfies number;
  (await expectRetriedAfter(kit, SendEmailJob, ["4s", { seconds: 8 }])).data.to satisfies string;
  await expectNotEnqueued(SweepJob);

  const [first, second, third] = await expectEnqueuedExactly(kit, [
    [SendEmailJob, { to: "ada" }],
    SweepJob,
    [charge, (data: { orderId: number }) => data.orderId === 7, { in: "5m" }],
  ]);
  first.data.to satisfies string;
  second.id satisfies string;
  third.data.orderId satisfies number;

  await vitestExpect(kit).toHaveEnqueued(SendEmailJob, { to: vitestExpect.any(String) });
  await vitestExpect(kit).not.toHaveRun(charge, { orderId: 7 }, { times: 2 });
  await jestExpect(kit).toHaveEnqueued(SendEmailJob, { to: jestExpect.any(String) });
  await jestExpect(mail).toHaveRetriedAfter("4s");
}

export async function refused(kit: TestKit): Promise<void> {
  // @ts-expect-error: data of another type
  await expectEnqueued(kit, SendEmailJob, { to: 7 });
  // @ts-expect-error: data that the job does not have
  await expectEnqueued(kit, charge, { order: 7 });
  // @ts-expect-error: no such option
  await expectEnqueued(kit, SendEmailJob, {}, { que: "mail" });
  // @ts-expect-error: an instance where the class is asked for
  await expectEnqueued(kit, new SendEmailJob());
  // @ts-expect-error: pending is what it asks itself, and there is one
  (await expectPending(kit, SendEmailJob)).length;
  // @ts-expect-error: data of another type, inside a list
  await expectEnqueuedExactly(kit, [SweepJob, [SendEmailJob, { to: 7 }]]);
  // @ts-expect-error: a bare number has no unit
  await expectRetriedAfter(kit, SendEmailJob, 4);
  // @ts-expect-error: data of another type
  await vitestExpect(kit).toHavePending(charge, { orderId: "7" });
  // @ts-expect-error: data of another type
  await jestExpect(kit).toHavePending(charge, { orderId: "7" });
}
