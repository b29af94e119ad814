// Tells a customer what was ordered. One of the three side effects of a purchase.

import type { JobContext } from "wheelwright";
import { ShopJob } from "./shop-job.ts";

export class SendOrderConfirmationJob extends ShopJob<{ orderId: number }> {
  override config(): void {
    this.queue = "mail";
  }

  async perform({ orderId }: { orderId: number }, context: JobContext): Promise<void> {
    const { db, mailer } = this.services;
    const order = db.orders.get(orderId);
    const user = db.users.get(order.userId);
    const text = order.lines.map(({ sku, quantity }) => `${quantity} × ${sku}`).join("\n");
    const subject = `Your order ${orderId}`;
    await mailer.send({ to: user.email, subject, text });
    context.log.info(`"${subject}" to ${user.email}`);
  }
}
