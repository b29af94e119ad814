// What the docstrings' examples speak of without showing it.

import { createJobs, Job, type Jobs, MemoryJobStore } from "wheelwright";
import { createTestKit, type TestKit } from "wheelwright/testing";

export * as fc from "fast-check";
export { default as sinon } from "sinon";

export const outbox = { clear: (): void => undefined, list: (): readonly string[] => [] };

export const mailer = { send: async (_to: string): Promise<void> => undefined };

export class SendEmailJob extends Job<{ to: string }> {
  async perform({ to }: { to: string }): Promise<void> {
    await mailer.send(to);
  }
}

export class ChargeJob extends Job<{ orderId: number }> {
  async perform({ orderId }: { orderId: number }): Promise<void> {
    await gateway.charge(orderId);
  }
}
export const gateway = { charge: async (_orderId: number): Promise<void> => undefined };
export const ledger = { clear: (): void => undefined, rows: (): readonly number[] => [] };

export class SellJob extends Job<{ count: number }> {
  perform(): void {}
}
export const stock = { set: (_count: number): void => undefined, get: (): number => 8 };

export class SyncCrmJob extends Job {
  perform(): void {}
}

export const store: MemoryJobStore = new MemoryJobStore();
export const jobs: Jobs = createJobs({ store, jobs: [SendEmailJob, SyncCrmJob] });

export const kit: TestKit = await createTestKit({ app: jobs });

export async function signUp(to: string): Promise<void> {
  await SendEmailJob.enqueue({ to });
}
export { signUp as register };

export class MyJobStore extends MemoryJobStore {}

export const to = "ada@example.org";

export const T0: Date = new Date("2030-01-01T00:00:00Z");
