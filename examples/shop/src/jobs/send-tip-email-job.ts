// The getting-started series, one tip a week: each mail enqueues the next.

import type { JobContext } from "wheelwright";
import { ShopJob } from "./shop-job.ts";

const TIPS = ["Find what you like", "Share a list with friends", "Track your parcels"];

interface Tip {
  readonly userId: number;
  /** 1 for the first. */
  readonly tip: number;
}

export class SendTipEmailJob extends ShopJob<Tip> {
  override config(): void {
    this.queue = "mail";
    this.priority = "low";
  }

  async perform({ userId, tip }: Tip, context: JobContext): Promise<void> {
    const { db, mailer } = this.services;
    const user = db.users.get(userId);
    const subject = TIPS[tip - 1];
    if (user.status === "closed" || subject === undefined) return context.log.info("nothing more to send");
    // Should a worker die before it could say that it is done, the job runs again; the mail is not sent again.
    if (user.tipsSent < tip) {
      await mailer.send({ to: user.email, subject, text: `Tip ${tip} of ${TIPS.length}` });
      db.users.update(userId, { tipsSent: tip });
      context.log.info(`"${subject}" to ${user.email}`);
    }
    if (tip === TIPS.length) return;
    const next = { userId, tip: tip + 1 };
    await SendTipEmailJob.enqueueIn("7d", next, { uniqueKey: `tip:${userId}:${next.tip}` });
  }
}
