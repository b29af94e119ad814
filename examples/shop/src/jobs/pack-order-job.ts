// Tells the warehouse to pack an order. One of the three side effects of a purchase.

import type { JobContext } from "wheelwright";
import { ShopJob } from "./shop-job.ts";

export class PackOrderJob extends ShopJob<{ orderId: number }> {
  override config(): void {
    this.queue = "orders";
    this.timeout = 60;
  }

  async perform({ orderId }: { orderId: number }, context: JobContext): Promise<void> {
    await this.services.warehouse.pack(orderId);
    context.log.info(`the warehouse packs order ${orderId}`);
  }
}
