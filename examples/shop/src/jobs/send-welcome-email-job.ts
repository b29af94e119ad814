// Greets a new customer, at once.

import type { JobContext } from "wheelwright";
import { ShopJob } from "./shop-job.ts";

export class SendWelcomeEmailJob extends ShopJob<{ userId: number }> {
  override config(): void {
    this.queue = "mail";
    this.maxRetries = 5;
  }

  async perform({ userId }: { userId: number }, context: JobContext): Promise<void> {
    const { db, mailer } = this.services;
    const user = db.users.get(userId);
    const subject = `Welcome, ${user.name}`;
    await mailer.send({ to: user.email, subject, text: "Good to have you here." });
    context.log.info(`"${subject}" to ${user.email}`);
  }
}
