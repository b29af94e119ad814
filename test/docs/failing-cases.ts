// The cases of docs/failures.md: each body is shown on the page as it stands here, with the message that it fails with.
// A case is a function between "// case <name>" and "// end"; `kit` and the job classes are there for all of them.

import { defineJob, Job } from "wheelwright";
import {
  checkIdempotent,
  expectDeduplicated,
  expectEnqueued,
  expectEnqueuedExactly,
  expectIdle,
  expectNotEnqueued,
  expectPending,
  expectRan,
  expectRetriedAfter,
  explore,
  type TestKit,
} from "wheelwright/testing";

export class SendEmailJob extends Job<{ to: string; template?: string }> {
  override queue = "mail";
  async perform({ to }: { to: string }): Promise<void> {
    if (to.endsWith(".invalid")) throw new Error("SMTP is down");
  }
}

export class ChargeJob extends Job<{ orderId: number; cents: number }> {
  async perform({ cents }: { cents: number }): Promise<void> {
    if (cents > 100_000) throw new Error("The card was declined");
    await SendEmailJob.enqueue({ to: "ada@example.org", template: "receipt" });
  }
}

export const pollJob = defineJob("PollJob", {}, async () => {
  await pollJob.enqueueIn("1m", {});
});

const charges: number[] = [];
const gateway = { charge: async (cents: number): Promise<void> => void charges.push(cents) };
const paid = new Set<number>();
const orders = {
  isPaid: async (orderId: number): Promise<boolean> => paid.has(orderId),
  markPaid: async (orderId: number): Promise<void> => void paid.add(orderId),
};
const world = {
  reset: (): void => {
    charges.length = 0;
    paid.clear();
  },
  observe: (): unknown => ({ charges, paid: [...paid] }),
  effects: { gateway, orders },
};

export class PayJob extends Job<{ orderId: number }> {
  async perform({ orderId }: { orderId: number }): Promise<void> {
    if (await orders.isPaid(orderId)) return;
    await gateway.charge(1999);
    await orders.markPaid(orderId);
  }
}

export class PromiseJob extends Job<{ orderId: number }> {
  async perform({ orderId }: { orderId: number }): Promise<void> {
    if (await orders.isPaid(orderId)) return;
    await orders.markPaid(orderId);
    await gateway.charge(1999);
  }
}

const stock = {
  left: 10,
  read: async (): Promise<number> => stock.left,
  write: async (left: number): Promise<void> => {
    stock.left = left;
  },
};

export class SellJob extends Job {
  async perform(): Promise<void> {
    const left = await stock.read();
    await stock.write(left - 1);
  }
}

export const cases: Readonly<Record<string, (kit: TestKit) => Promise<unknown>>> = {
  // case nearest
  async nearest(kit) {
    await SendEmailJob.enqueueIn("4m 59s", { to: "ada@example.com", template: "welcome" });
    await ChargeJob.enqueue({ orderId: 7, cents: 1999 });

    await expectEnqueued(kit, SendEmailJob, { to: "ada@example.org" }, { in: "5m" });
  },
  // end

  // case threw
  async threw(kit) {
    await ChargeJob.enqueue({ orderId: 7, cents: 100_001 });
    await kit.drain();

    await expectEnqueued(kit, SendEmailJob, { template: "receipt" });
  },
  // end

  // case window
  async window(kit) {
    await SendEmailJob.enqueue({ to: "ada@example.org" });
    const order = await kit.during(() => ChargeJob.enqueue({ orderId: 7, cents: 1999 }));

    await expectEnqueued(order, SendEmailJob);
  },
  // end

  // case twice
  async twice(kit) {
    await SendEmailJob.enqueue({ to: "ada@example.org" });
    await kit.drain();
    await SendEmailJob.enqueue({ to: "ada@example.org" });

    await expectEnqueued(kit, SendEmailJob, { to: "ada@example.org" });
  },
  // end

  // case none
  async none(kit) {
    await ChargeJob.enqueue({ orderId: 7, cents: 1999 });
    await kit.drain();

    await expectNotEnqueued(kit, SendEmailJob);
  },
  // end

  // case exactly
  async exactly(kit) {
    await ChargeJob.enqueue({ orderId: 7, cents: 1999 });
    await SendEmailJob.enqueue({ to: "bob@example.org" });

    await expectEnqueuedExactly(kit, [ChargeJob, [SendEmailJob, { to: "ada@example.org" }]]);
  },
  // end

  // case pending
  async pending(kit) {
    await SendEmailJob.enqueue({ to: "ada@example.org" });
    await kit.drain();

    await expectPending(kit, SendEmailJob, { to: "ada@example.org" });
  },
  // end

  // case ran
  async ran(kit) {
    await SendEmailJob.enqueueIn("5m", { to: "ada@example.org" });

    await expectRan(kit, SendEmailJob, { to: "ada@example.org" });
  },
  // end

  // case deduplicated
  async deduplicated(kit) {
    await ChargeJob.enqueue({ orderId: 7, cents: 1999 }, { uniqueKey: "order 7" });
    await ChargeJob.enqueue({ orderId: 7, cents: 1999 }, { uniqueKey: "order-7" });

    await expectDeduplicated(kit, ChargeJob);
  },
  // end

  // case retried
  async retried(kit) {
    await SendEmailJob.enqueue({ to: "ada@mail.invalid" });
    await kit.advance("4s");

    await expectRetriedAfter(kit, SendEmailJob, ["4s", "10s"]);
  },
  // end

  // case idle
  async idle(kit) {
    await SendEmailJob.enqueueIn("5m", { to: "ada@example.org" });

    await expectIdle(kit);
  },
  // end

  // case failed
  async failed(kit) {
    await ChargeJob.enqueue({ orderId: 7, cents: 100_001 });

    await kit.drainUntilIdle();
  },
  // end

  // case nothing
  async nothing(kit) {
    await SendEmailJob.enqueueIn("5m", { to: "ada@example.org" });

    await kit.drain();
  },
  // end

  // case runaway
  async runaway(kit) {
    await pollJob.enqueue();

    await kit.drainUntilIdle({ maxJobs: 100 });
  },
  // end

  // case chargedTwice
  async chargedTwice() {
    // if (await orders.isPaid(orderId)) return;
    // await gateway.charge(1999);
    // await orders.markPaid(orderId);
    await checkIdempotent({ ...world, jobs: [PayJob], enqueue: () => PayJob.enqueue({ orderId: 7 }) });
  },
  // end

  // case lost
  async lost() {
    // if (await orders.isPaid(orderId)) return;
    // await orders.markPaid(orderId);
    // await gateway.charge(1999);
    await checkIdempotent({ ...world, jobs: [PromiseJob], enqueue: () => PromiseJob.enqueue({ orderId: 7 }) });
  },
  // end

  // case explored
  async explored() {
    // const left = await stock.read();
    // await stock.write(left - 1);
    await explore({
      jobs: [SellJob],
      scenario: async () => {
        stock.left = 10;
        await SellJob.enqueue();
        await SellJob.enqueue();
      },
      invariant: () => stock.left === 8,
      effects: { stock },
      faults: {},
    });
  },
  // end

  // case unawaited
  async unawaited(kit) {
    void expectNotEnqueued(kit, ChargeJob); // no await

    await kit.dispose();
  },
  // end
};
