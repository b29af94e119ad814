// What a controller calls.

import { ChargeOrderJob } from "./charge-order-job.ts";
import { orders } from "./services.ts";

export async function checkout(order: { id: number; card: string; cents: number }): Promise<void> {
  await orders.add(order);
  await ChargeOrderJob.enqueue({ orderId: order.id });
}
