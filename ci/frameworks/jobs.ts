// What all the suites enqueue.

import { Job } from "wheelwright";

export const sent: string[] = [];

export class SendWelcomeJob extends Job<{ to: string }> {
  override queue = "mail";

  async perform({ to }: { to: string }): Promise<void> {
    sent.push(to);
  }
}
