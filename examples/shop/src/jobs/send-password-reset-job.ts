// Sends a link to choose a new password, before all other mail.

import { DiscardJob, type JobContext } from "wheelwright";
import { ShopJob } from "./shop-job.ts";

export class SendPasswordResetJob extends ShopJob<{ userId: number; token: string; expiresAt: string }> {
  override config(): void {
    this.queue = "mail";
    this.priority = "high";
    this.maxRetries = 8;
  }

  async perform(
    { userId, token, expiresAt }: { userId: number; token: string; expiresAt: string },
    context: JobContext,
  ): Promise<void> {
    // After a long outage the link would be dead on arrival, and trying again cannot help.
    if (context.now() >= new Date(expiresAt)) throw new DiscardJob(`the link expired at ${expiresAt}`);
    const { db, mailer } = this.services;
    const user = db.users.get(userId);
    const subject = "Choose a new password";
    await mailer.send({ to: user.email, subject, text: `https://shop.example.com/reset/${token}` });
    context.log.info(`"${subject}" to ${user.email}`);
  }
}
