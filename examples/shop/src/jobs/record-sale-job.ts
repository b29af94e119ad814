// Adds an order to the sales report. One of the three side effects of a purchase.

import type { JobContext } from "wheelwright";
import { ShopJob } from "./shop-job.ts";

export class RecordSaleJob extends ShopJob<{ orderId: number }> {
  override config(): void {
    this.queue = "reports";
    this.priority = "low";
  }

  async perform({ orderId }: { orderId: number }, context: JobContext): Promise<void> {
    const { db } = this.services;
    // A job may run more than once (a worker can die after its work and before saying so): look first.
    if (db.sales.find((sale) => sale.orderId === orderId) !== undefined) return;
    const { total } = db.orders.get(orderId);
    await db.sales.create({ orderId, total });
    context.log.info(`order ${orderId} is in the sales report`);
  }
}
