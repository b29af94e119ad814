// The charge of an order is proven safe; and what was told of its first version is what the README shows.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkIdempotent, createTestKit, expectRan, explore, type NotIdempotentError } from "wheelwright/testing";
import { ChargeOrderJob } from "../src/charge-order-job.ts";
import { checkout } from "../src/checkout.ts";
import { SendReceiptJob } from "../src/send-receipt-job.ts";
import { gateway, mailer, orders } from "../src/services.ts";
import { ChargeOrderJob as MistakenJob } from "./mistaken-charge-order-job.ts";

const order = { id: 7, card: "tok_visa", cents: 1999 };
const effects = { gateway, orders, mailer };

function reset(): void {
  gateway.clear();
  orders.clear();
  mailer.clear();
}

function observe() {
  return { charges: gateway.charges(), orders: orders.all(), mails: mailer.sent() };
}

describe("ChargeOrderJob", () => {
  it("charges the order and sends the receipt", async () => {
    reset();
    await using kit = await createTestKit({ jobs: [ChargeOrderJob, SendReceiptJob] });

    await checkout(order);
    await kit.drain();

    expect(gateway.charges()).toEqual([{ id: "ch_1", card: "tok_visa", cents: 1999 }]);
    await expectRan(kit, SendReceiptJob, { orderId: 7 });
  });

  it("is safe to deliver again, wherever its worker dies", async () => {
    await checkIdempotent({
      jobs: [ChargeOrderJob, SendReceiptJob],
      enqueue: () => checkout(order),
      reset,
      observe,
      effects,
    });
  });

  it("charges each order once, under many schedules of three workers", async () => {
    const ids = [1, 2, 3];
    await explore({
      jobs: [ChargeOrderJob, SendReceiptJob],
      scenario: async () => {
        reset();
        for (const id of ids) await checkout({ ...order, id });
        await ChargeOrderJob.enqueue({ orderId: 1 }); // somebody clicked twice
      },
      invariant: () => {
        expect(gateway.charges()).toHaveLength(3);
        expect(orders.all().filter(({ chargeId }) => chargeId === null)).toEqual([]);
        expect(
          mailer
            .sent()
            .map(({ id }) => id)
            .sort(),
        ).toEqual(["receipt-1", "receipt-2", "receipt-3"]);
      },
      effects,
      workers: 3,
      runs: 50,
    });
  });
});

describe("the job as it was first written", () => {
  it("is rejected with what the README shows", async () => {
    const check = checkIdempotent({
      jobs: [MistakenJob, SendReceiptJob],
      enqueue: async () => {
        await orders.add(order);
        await MistakenJob.enqueue({ orderId: 7 });
      },
      reset,
      observe,
      effects,
    });
    const error: NotIdempotentError = await check.then(
      () => expect.fail("it was accepted"),
      (thrown: NotIdempotentError) => thrown,
    );

    expect(readFileSync(new URL("../README.md", import.meta.url), "utf8")).toContain(
      `\`\`\`text\n${error.message}\n\`\`\``,
    );
  });
});
