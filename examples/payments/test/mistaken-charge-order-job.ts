// The job as it was first written. It reads well, and every test of it that knew of no crash passed.

import { Job } from "wheelwright";
import { SendReceiptJob } from "../src/send-receipt-job.ts";
import { gateway, orders } from "../src/services.ts";

export class ChargeOrderJob extends Job<{ orderId: number }> {
  override queue = "payments";

  async perform({ orderId }: { orderId: number }): Promise<void> {
    const { card, cents, chargeId } = await orders.get(orderId);
    if (chargeId !== null) return;
    const charge = await gateway.charge({ card, cents });
    await orders.markPaid(orderId, charge.id);
    await SendReceiptJob.enqueue({ orderId });
  }
}
