// Charges an order's card: once, however often the job runs.

import * as v from "valibot";
import { DiscardJob, type JobContext } from "wheelwright";
import { CardDeclinedError } from "../services/payment-gateway.ts";
import { ShopJob } from "./shop-job.ts";

const Payment = v.object({ orderId: v.pipe(v.number(), v.integer()), card: v.pipe(v.string(), v.startsWith("tok_")) });
type Payment = v.InferOutput<typeof Payment>;

export class ChargePaymentJob extends ShopJob<Payment> {
  /** Checked when a payment is enqueued, so that bad data fails in the request and not later. */
  static override schema = Payment;

  override config(): void {
    this.queue = "payments";
    this.priority = "high";
    this.maxRetries = 5;
    this.timeout = 30;
  }

  async perform({ orderId, card }: Payment, context: JobContext): Promise<void> {
    const { db, gateway } = this.services;
    const { total } = db.orders.get(orderId);
    try {
      // The key is the order's, not the attempt's: the gateway then knows a second try for what it is.
      const { id } = await gateway.charge({ idempotencyKey: `order-${orderId}`, card, amount: total });
      db.orders.update(orderId, { status: "paid" });
      context.log.info(`order ${orderId} is paid, charge ${id}`);
    } catch (error) {
      if (!(error instanceof CardDeclinedError)) throw error;
      db.orders.update(orderId, { status: "payment failed" });
      throw new DiscardJob(error.message, { cause: error });
    }
  }
}
