// Makes a product findable. Enqueued by the hook that runs after a product is created, and when one changes.

import { DiscardJob, type EnqueuedJob, type EnqueueOptions } from "wheelwright";
import { ShopJob } from "./shop-job.ts";

export class IndexProductJob extends ShopJob<{ sku: string }> {
  override config(): void {
    this.queue = "search";
  }

  /** One waiting job per product is enough: when it runs it reads what the table says by then. */
  static enqueueFor(sku: string, options: EnqueueOptions = {}): Promise<EnqueuedJob> {
    return IndexProductJob.enqueue({ sku }, { ...options, uniqueKey: `index:${sku}`, uniqueWhile: "pending" });
  }

  async perform({ sku }: { sku: string }): Promise<void> {
    const { db, search } = this.services;
    const product = db.products.find((each) => each.sku === sku);
    if (product === undefined) throw new DiscardJob(`there is no product ${sku}`);
    await search.put(sku, product.name);
  }
}
