// Buying, paying, shipping.

import { assert, spy, stub } from "sinon";
import { describe, expect } from "vitest";
import { spy as spyOn } from "wheelwright/sinon";
import {
  ChargePaymentJob,
  PackOrderJob,
  ProcessOrdersJob,
  RecordSaleJob,
  SendOrderConfirmationJob,
} from "../src/jobs/index.ts";
import { DECLINED_CARD } from "../src/services/payment-gateway.ts";
import { json } from "./support/json.ts";
import { it as shopIt } from "./support/test.ts";

interface Fixtures {
  /** Lets a customer buy so many mugs for 12.50 each, of which five are in stock. */
  readonly buyMugs: (quantity: number) => Response | Promise<Response>;
}

const it = shopIt.extend<Fixtures>({
  buyMugs: async ({ shop: { app, db }, kit, make }, use) => {
    const { id: userId } = await db.users.create(make.user());
    const { sku } = await db.products.create(make.product({ price: 1250, stock: 5 }));
    await kit.drain(); // the new product's indexing
    await use((quantity) => app.request("/orders", json({ userId, lines: [{ sku, quantity }] })));
  },
});

describe("buying", () => {
  it("enqueues three jobs, one per side effect", async ({ buyMugs, kit }) => {
    const purchase = await kit.during(() => buyMugs(2));

    expect(purchase.value.status).toBe(201);
    await expect(purchase).toHaveEnqueuedExactly([
      [SendOrderConfirmationJob, { orderId: 1 }, { queue: "mail" }],
      [PackOrderJob, { orderId: 1 }, { queue: "orders" }],
      [RecordSaleJob, { orderId: 1 }, { queue: "reports", priority: "low" }],
    ]);
  });

  it("does all three", async ({ buyMugs, kit, shop: { db, mailer, warehouse } }) => {
    await buyMugs(2);

    await kit.drain();

    expect(mailer.outbox).toMatchObject([{ subject: "Your order 1" }]);
    expect([...warehouse.packed]).toEqual([1]);
    expect(db.sales.all()).toMatchObject([{ orderId: 1, total: 2500 }]);
  });

  it("leaves neither order nor jobs behind when too few are in stock", async ({ buyMugs, kit, shop: { db } }) => {
    const purchase = await kit.during(() => buyMugs(6));

    expect(purchase.value.status).toBe(409);
    expect(db.orders.all()).toEqual([]);
    await expect(purchase).toHaveEnqueuedExactly([]);
    await expect(kit).toBeIdle();
  });

  it("sends the mail though the warehouse is away", async ({ buyMugs, kit, shop: { mailer } }) => {
    kit.stub(PackOrderJob, { fails: 1, with: new Error("no route to the warehouse") });
    await buyMugs(2);

    const { completed, retried } = await kit.drain();

    expect({ completed, retried }).toEqual({ completed: 2, retried: 1 });
    expect(mailer.outbox).toHaveLength(1);
    await kit.advance("4s");
    await expect(kit).toHaveRun(PackOrderJob, { orderId: 1 }, { attempts: 2 });
  });
});

describe("SendOrderConfirmationJob and RecordSaleJob", () => {
  it.for([SendOrderConfirmationJob, RecordSaleJob])(
    "%o fails for an order that is not there",
    async (jobClass, { kit }) => {
      await expect(kit.perform(jobClass, { orderId: 404 })).rejects.toThrow("There is no order 404.");
    },
  );

  it("reports a sale once, though the job runs twice", async ({ kit, make, shop: { db } }) => {
    const { id: orderId } = await db.orders.create(make.order());

    await kit.perform(RecordSaleJob, { orderId });
    await kit.perform(RecordSaleJob, { orderId });

    expect(db.sales.all()).toHaveLength(1);
  });
});

describe("PackOrderJob", () => {
  it("fails after three attempts, and packs when it is retried by hand", async ({ kit, shop: { warehouse } }) => {
    const pack = stub(warehouse, "pack").rejects(new Error("no route to the warehouse"));
    const job = await PackOrderJob.enqueue({ orderId: 1 });
    kit.expectFailure(PackOrderJob, /no route/);
    await kit.drainUntilIdle();
    await expect(kit).toHaveRetriedAfter(PackOrderJob, ["4s", "8s"]);
    pack.restore();

    await kit.jobs.retry(job.id);
    await kit.drain();

    expect([...warehouse.packed]).toEqual([1]);
  });
});

describe("paying", () => {
  it("charges the card once, though two attempts fail", async ({ kit, make, shop: { app, db, gateway } }) => {
    await db.orders.create(make.order({ total: 2500 }));
    gateway.troubles.push("away", "answer lost");
    const { enqueue, perform } = spyOn(kit, ChargePaymentJob);
    await app.request("/orders/1/payment", json({ card: make.card() }));

    await kit.drain();
    await kit.advance("4s"); // The second attempt charges, but its answer is lost.
    expect(db.orders.get(1).status).toBe("new");
    await kit.advance("8s");

    assert.calledOnceWithMatch(enqueue, { orderId: 1 }, { uniqueKey: "charge:1" });
    assert.calledThrice(perform);
    expect(gateway.charges).toMatchObject([{ amount: 2500, idempotencyKey: "order-1" }]);
    expect(db.orders.get(1).status).toBe("paid");
  });

  it("takes a second click for the first", async ({ kit, make, shop: { app, db } }) => {
    await db.orders.create(make.order());
    const card = make.card();

    const first = await app.request("/orders/1/payment", json({ card }));
    const second = await app.request("/orders/1/payment", json({ card }));

    const { jobId } = (await first.json()) as { jobId: string }; // `as`: what the controller answers
    expect(await second.json()).toEqual({ jobId, alreadyUnderWay: true });
    await expect(kit).toHaveDeduplicated(ChargePaymentJob, { orderId: 1 });
  });

  it("refuses what is no card before anything is stored", async ({ kit, make, shop: { app, db } }) => {
    await db.orders.create(make.order());

    const payment = await kit.during(() => app.request("/orders/1/payment", json({ card: "4111 1111 1111 1111" })));

    expect(payment.value.status).toBe(400);
    expect(await payment.value.json()).toMatchObject({ error: expect.stringContaining("card") });
    await expect(payment).not.toHaveEnqueued(ChargePaymentJob);
  });
});

describe("ChargePaymentJob", () => {
  it("does not try a declined card again", async ({ kit, make, shop: { db, gateway } }) => {
    await db.orders.create(make.order());
    await ChargePaymentJob.enqueue({ orderId: 1, card: DECLINED_CARD });

    kit.expectFailure(ChargePaymentJob, "the card was declined");
    const { ran } = await kit.drainUntilIdle();

    expect(ran).toBe(1);
    expect(gateway.charges).toEqual([]);
    expect(db.orders.get(1).status).toBe("payment failed");
  });

  it("goes before everything else", async ({ kit, make, shop: { db } }) => {
    await db.orders.create(make.order());
    await PackOrderJob.enqueue({ orderId: 1 });
    await RecordSaleJob.enqueue({ orderId: 1 });
    await ChargePaymentJob.enqueue({ orderId: 1, card: make.card() });

    expect(await kit.runNext()).toMatchObject({ jobClass: "ChargePaymentJob" });
    expect(await kit.runNext()).toMatchObject({ jobClass: "PackOrderJob" });
  });

  it("waits ever longer, and gives up after five attempts", async ({ kit, make, shop: { db, gateway } }) => {
    await db.orders.create(make.order());
    gateway.troubles.push("away", "away", "away", "away", "away");
    await ChargePaymentJob.enqueue({ orderId: 1, card: make.card() });

    kit.expectFailure(ChargePaymentJob, "503");
    await kit.drainUntilIdle();

    await expect(kit).toHaveRetriedAfter(ChargePaymentJob, ["4s", "8s", "16s", "32s"]);
    expect(gateway.charges).toEqual([]);
  });
});

describe("shipping", () => {
  it("sends 50 parcels at a time, a batch every 30 seconds", async ({ kit, make, shop: { app, db, warehouse } }) => {
    for (let order = 0; order < 120; order++) await db.orders.create(make.order({ status: "paid" }));
    await app.request("/orders/ship", { method: "POST" });

    await kit.drain();
    expect(warehouse.shipped.size).toBe(50);
    await expect(kit).toHavePending(ProcessOrdersJob, {}, { in: "30s" });

    await kit.advance("29s");
    expect(warehouse.shipped.size).toBe(50);
    await kit.advance("1s");
    expect(warehouse.shipped.size).toBe(100);

    await kit.drainUntilIdle();
    expect(warehouse.shipped.size).toBe(120);
    expect(db.orders.all().every(({ status }) => status === "shipped")).toBe(true);
  });

  it("lets one batch wait, whoever asks", async ({ kit, shop: { app } }) => {
    await app.request("/orders/ship", { method: "POST" });
    await app.request("/orders/ship", { method: "POST" });

    await expect(kit).toHaveEnqueued(ProcessOrdersJob);
  });
});

describe("ProcessOrdersJob", () => {
  it("goes on where a failed attempt stopped", async ({ kit, make, shop: { db, warehouse } }) => {
    for (let order = 0; order < 10; order++) await db.orders.create(make.order({ status: "paid" }));
    const ship = spy(warehouse, "ship");
    stub(warehouse.shipped, "add").callThrough().onCall(6).throws(new Error("the label printer is out of paper"));
    await ProcessOrdersJob.enqueue();

    await kit.drainUntilIdle();

    expect(ship.args.flat()).toEqual([1, 2, 3, 4, 5, 6, 7, 7, 8, 9, 10]);
    await expect(kit).toHaveRetriedAfter(ProcessOrdersJob, "4s");
  });
});
