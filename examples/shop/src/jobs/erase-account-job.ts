// Erases what is kept of a closed account, when the time to change one's mind is over.

import type { JobContext } from "wheelwright";
import { ShopJob } from "./shop-job.ts";

export class EraseAccountJob extends ShopJob<{ userId: number }> {
  override config(): void {
    this.queue = "retention";
    this.priority = "low";
  }

  async perform({ userId }: { userId: number }, context: JobContext): Promise<void> {
    const { db } = this.services;
    const user = db.users.find(({ id }) => id === userId);
    if (user === undefined) return context.log.info("erased already");
    const open = db.orders.all().filter((order) => order.userId === userId && order.status === "paid");
    // Tried again, with ever longer waits, until the parcels are out.
    if (open.length > 0) throw new Error(`user ${userId} still waits for ${open.length} parcels`);
    db.users.delete(userId);
    context.log.info(`erased all of ${user.email}`);
  }
}
