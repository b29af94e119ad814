// A kit with three job classes that the tests of assertions share by type, not by state.

import { defineJob, Job } from "../../../src/index.ts";
import { createTestKit, type TestKit } from "../../../src/testing/kit.ts";
import type { TestKitOptions } from "../../../src/testing/kit-options.ts";

interface Mail {
  to: string;
  template?: string;
  tags?: string[];
  fails?: boolean;
}

export class SendEmailJob extends Job<Mail> {
  override queue = "mail";
  async perform(data: Mail): Promise<void> {
    if (data.fails === true) throw new Error("SMTP is down");
  }
}

/** Enqueues a mail, unless the card is declined. */
export class ChargeJob extends Job<{ orderId: number }> {
  async perform({ orderId }: { orderId: number }): Promise<void> {
    if (orderId < 0) throw new Error(`The card of order ${orderId} was declined`);
    await SendEmailJob.enqueue({ to: "ada@example.org", template: "receipt" });
  }
}

export const syncJob = defineJob("SyncJob", { maxRetries: 1 }, async (_data, context) => {
  await context.sleep("2m");
});

/** A frozen kit at the beginning of 2030, whose left-overs nobody minds. */
export async function aMailKit(options: Partial<TestKitOptions> = {}): Promise<TestKit> {
  const kit = await createTestKit({
    jobs: [SendEmailJob, ChargeJob, syncJob],
    now: "2030-01-01T09:00:00Z",
    leftovers: "ignore",
    label: "the kit",
    ...options,
  } as TestKitOptions); // `as`: a part of one of its forms
  return kit;
}
