// Jobs in every state, for the commands that look at them.

import { createJobs, Job, type JobStore, type Jobs, type TestClock } from "wheelwright";

export class SendEmailJob extends Job<{ to: string }> {
  override queue = "mail";
  override maxRetries = 1;

  perform({ to }: { to: string }): void {
    if (!to.includes("@")) throw new Error(`no address: ${to}`);
  }
}

export class ReportJob extends Job {
  perform(): void {}
}

export const JOBS = [SendEmailJob, ReportJob];

/** An app on the store, silent. */
export function anApp(store: JobStore, clock: TestClock): Jobs {
  const logger = { info() {}, warn() {}, error() {} };
  return createJobs({ store, clock, jobs: JOBS, logger, random: seeded() });
}

/** Three mails, of which one fails, and a report that is not due: `advance` moves the clock between them. */
export async function fill(store: JobStore, clock: TestClock): Promise<Jobs> {
  const jobs = anApp(store, clock);
  for (const to of ["ada@example.org", "nobody", "grace@example.org"]) {
    await jobs.enqueue(SendEmailJob, { to });
    clock.moveTo(new Date(clock.now().getTime() + 1000));
    if (to !== "grace@example.org") await jobs.processQueue();
  }
  await jobs.enqueue(ReportJob, {}, { delay: 3600 });
  return jobs;
}

/** Numbers that are the same in every run, so that ids are, too. */
function seeded(): () => number {
  let state = 1;
  return () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
}
