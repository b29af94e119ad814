// Tells a partner our prices. A partner that asks for patience gets exactly as much as it asks for.

import { type JobContext, RetryJob } from "wheelwright";
import { TooManyCallsError } from "../services/partner-api.ts";
import { ShopJob } from "./shop-job.ts";

export class SyncPartnerJob extends ShopJob<{ partner: string }> {
  override config(): void {
    this.queue = "partners";
  }

  async perform({ partner }: { partner: string }, context: JobContext): Promise<void> {
    const { db, partners } = this.services;
    const prices = Object.fromEntries(db.products.all().map(({ sku, price }) => [sku, price]));
    try {
      await partners.push(partner, prices);
      context.log.info(`${partner} knows ${Object.keys(prices).length} prices`);
    } catch (error) {
      if (!(error instanceof TooManyCallsError)) throw error;
      throw new RetryJob({ in: { seconds: error.retryAfterSeconds }, reason: error.message, cause: error });
    }
  }
}
