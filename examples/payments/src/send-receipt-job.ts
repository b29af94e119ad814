// Tells the customer. The mail's id is the order's, so that it is sent once.

import { Job } from "wheelwright";
import { mailer, orders } from "./services.ts";

export class SendReceiptJob extends Job<{ orderId: number }> {
  override queue = "mail";

  async perform({ orderId }: { orderId: number }): Promise<void> {
    const { cents } = await orders.get(orderId);
    await mailer.send({ id: `receipt-${orderId}`, text: `We have received ${(cents / 100).toFixed(2)} €.` });
  }
}
