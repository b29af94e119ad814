// A newsletter: every subscriber gets each issue, and the editor a report a day later.

import { createJobs, defineJob, Job, MemoryJobStore } from "wheelwright";

/** What leaves the house. Tests look into it, or put something else in its place. */
export const mail = {
  sent: [],
  async send(message) {
    this.sent.push(message);
  },
};

/** A job as a function. */
export const sendIssue = defineJob("SendIssue", { queue: "mail", maxRetries: 4 }, async ({ to, issue }) => {
  await mail.send({ to, subject: `Issue ${issue}` });
});

/** The same as a class. */
export class SendReportJob extends Job {
  config() {
    this.priority = "low";
  }

  async perform({ issue, subscribers }, context) {
    await mail.send({ to: "editor@example.com", subject: `Issue ${issue} went to ${subscribers}` });
    context.log.info("report sent");
  }
}

export const jobs = createJobs({ store: new MemoryJobStore(), jobs: [sendIssue, SendReportJob] });

/** Enqueues a mail to each subscriber, all or none, and the report for the next day. */
export async function publish(issue, subscribers) {
  await jobs.enqueueMany(subscribers.map((to) => [sendIssue, { to, issue }]));
  await SendReportJob.enqueueIn("1d", { issue, subscribers: subscribers.length });
}
