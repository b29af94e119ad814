// Charges an order: once, however often it is delivered and wherever its worker dies.

import { Job } from "wheelwright";
import { SendReceiptJob } from "./send-receipt-job.ts";
import { gateway, orders } from "./services.ts";

export class ChargeOrderJob extends Job<{ orderId: number }> {
  override queue = "payments";

  async perform({ orderId }: { orderId: number }): Promise<void> {
    const { card, cents, chargeId } = await orders.get(orderId);
    if (chargeId !== null) return; // spares the provider a call; it is the key that makes it safe
    const charge = await gateway.charge({ card, cents, key: `order-${orderId}` });
    // Before the mark: a worker that dies between the two finds the order unpaid, and enqueues the receipt again, under
    // the same id. The other way round the receipt would be lost.
    await SendReceiptJob.enqueue({ orderId }, { id: `receipt-${orderId}` });
    await orders.markPaid(orderId, charge.id);
  }
}
