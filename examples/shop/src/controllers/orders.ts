// Buying, paying, shipping.

import { Hono } from "hono";
import * as v from "valibot";
import type { Database } from "../database.ts";
import {
  ChargePaymentJob,
  PackOrderJob,
  ProcessOrdersJob,
  RecordSaleJob,
  SendOrderConfirmationJob,
} from "../jobs/index.ts";
import type { Shop } from "../shop.ts";

const Line = v.object({ sku: v.string(), quantity: v.pipe(v.number(), v.integer(), v.minValue(1)) });
const Purchase = v.object({ userId: v.number(), lines: v.pipe(v.array(Line), v.minLength(1)) });
const Payment = v.object({ card: v.string() });

export function orders({ jobs, services: { db } }: Shop): Hono {
  const routes = new Hono();

  routes.post("/orders", async (c) => {
    const { userId, lines } = v.parse(Purchase, await c.req.json());
    const order = await db.transaction(async (transaction) => {
      const total = lines.reduce((sum, line) => sum + productOf(db, line.sku).price * line.quantity, 0);
      const created = await db.orders.create({ userId, lines, total, status: "new" }, { transaction });
      // One job per side effect: when the warehouse is away, the mail goes out all the same.
      const data = { orderId: created.id };
      await jobs.enqueueMany(
        [
          [SendOrderConfirmationJob, data],
          [PackOrderJob, data],
          [RecordSaleJob, data],
        ],
        { transaction },
      );
      for (const line of lines) takeFromStock(db, line);
      return created;
    });
    return c.json(order, 201);
  });

  routes.post("/orders/:id/payment", async (c) => {
    const { card } = v.parse(Payment, await c.req.json());
    const order = db.orders.get(Number(c.req.param("id")));
    const job = await ChargePaymentJob.enqueue({ orderId: order.id, card }, { uniqueKey: `charge:${order.id}` });
    return c.json({ jobId: job.id, alreadyUnderWay: job.deduplicated }, 202);
  });

  routes.post("/orders/ship", async (c) => {
    const job = await ProcessOrdersJob.enqueue({}, ProcessOrdersJob.once);
    return c.json({ jobId: job.id, alreadyUnderWay: job.deduplicated }, 202);
  });

  return routes;
}

function productOf(db: Database, sku: string) {
  const product = db.products.find((each) => each.sku === sku);
  if (product === undefined) throw new OutOfStockError(sku);
  return product;
}

function takeFromStock(db: Database, { sku, quantity }: { readonly sku: string; readonly quantity: number }): void {
  const { id, stock } = productOf(db, sku);
  if (stock < quantity) throw new OutOfStockError(sku);
  db.products.update(id, { stock: stock - quantity });
}

export class OutOfStockError extends Error {
  override readonly name = "OutOfStockError";

  constructor(sku: string) {
    super(`Not enough of ${sku} is in stock.`);
  }
}
