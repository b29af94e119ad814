// The jobs that the workers of these tests perform, and the settings that both sides have.

import { once } from "node:events";
import { Job, type JobContext, type JobsOptions } from "wheelwright";

/** So many attempts that no job runs out of them by kills alone, and no waiting between them. */
export const crashSettings: Pick<JobsOptions, "defaults"> = {
  defaults: { maxRetries: 1000, baseDelay: 0, timeout: 3600 },
};

/** Takes a moment; some throw at first, some enqueue a follow-up. */
export class StepJob extends Job<{ n: number }> {
  async perform({ n }: { n: number }, { sleep, attempt, enqueue }: JobContext): Promise<void> {
    await sleep({ milliseconds: (n * 7) % 25 });
    if (n % 10 === 3 && attempt === 1) throw new Error("not yet");
    if (n % 5 === 0) await enqueue(FollowUpJob, { of: n });
  }
}

export class FollowUpJob extends Job<{ of: number }> {
  perform(): void {
    // That it ran is what counts.
  }
}

/** In a worker that was started with WAITS=1: until a SIGTERM and a moment longer, or for ever. Elsewhere not at all. */
export class WaitJob extends Job<{ until: "SIGTERM" | "the end" }> {
  async perform({ until }: { until: string }, { sleep }: JobContext): Promise<void> {
    if (process.env.WAITS !== "1") return;
    if (until === "the end") await sleep("1d");
    await once(process, "SIGTERM");
    await sleep("100ms");
  }
}
