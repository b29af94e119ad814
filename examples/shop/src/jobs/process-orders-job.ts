// Ships the paid orders, 50 at a time: while there are more, the job enqueues itself again.

import type { JobContext } from "wheelwright";
import { ShopJob } from "./shop-job.ts";

export const BATCH_SIZE = 50;

export class ProcessOrdersJob extends ShopJob {
  /** One waiting batch at most. Its key is free again as soon as it runs, so that it can enqueue the next one. */
  static readonly once = { uniqueKey: "process-orders", uniqueWhile: "pending" } as const;

  override config(): void {
    this.queue = "orders";
  }

  async perform(_data: object, context: JobContext): Promise<void> {
    const { db, warehouse } = this.services;
    const paid = db.orders.all().filter((order) => order.status === "paid");
    for (const { id } of paid.slice(0, BATCH_SIZE)) {
      await warehouse.ship(id);
      // Noted one by one: after a failure the next attempt goes on where this one stopped.
      db.orders.update(id, { status: "shipped" });
    }
    const left = Math.max(paid.length - BATCH_SIZE, 0);
    context.log.info(`shipped ${paid.length - left} orders, ${left} left`);
    if (left > 0) await ProcessOrdersJob.enqueueIn(30, {}, ProcessOrdersJob.once);
  }
}
