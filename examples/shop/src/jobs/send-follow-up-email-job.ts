// Asks a new customer, some minutes later, whether everything works.

import type { JobContext } from "wheelwright";
import { ShopJob } from "./shop-job.ts";

export class SendFollowUpEmailJob extends ShopJob<{ userId: number }> {
  override config(): void {
    this.queue = "mail";
  }

  async perform({ userId }: { userId: number }, context: JobContext): Promise<void> {
    const { db, mailer } = this.services;
    const user = db.users.get(userId);
    // What was true when the job was enqueued may be true no more.
    if (user.status === "closed") return context.log.info("account closed meanwhile, nothing sent");
    const subject = "Is everything working?";
    await mailer.send({ to: user.email, subject, text: "Just answer this mail." });
    context.log.info(`"${subject}" to ${user.email}`);
  }
}
