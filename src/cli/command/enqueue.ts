// `wheelwright enqueue`: one job by hand.

import { engineJobsOf } from "../../engine/jobs.ts";
import type { EnqueueOptions } from "../../job/job.ts";
import { cleanText } from "../clean-text.ts";
import type { Io } from "../io.ts";
import { type StoreOptions, withJobs } from "../open-jobs.ts";
import { CommandFailed, UsageError } from "../usage-error.ts";

export interface EnqueueCommandOptions extends StoreOptions {
  readonly data?: object;
  /** Milliseconds. */
  readonly delay?: number;
  readonly at?: Date;
  readonly queue?: string;
  readonly priority?: number;
}

/** `jobClass`: a stored name or an alias. The class is needed: its settings and its schema count. */
export async function enqueue(io: Io, jobClass: string, options: EnqueueCommandOptions): Promise<number> {
  const { data = {}, delay, at, queue, priority } = options;
  if (delay !== undefined && at !== undefined) {
    throw new UsageError("wheelwright enqueue: --delay and --at both say when. Give one of them.");
  }
  const given: EnqueueOptions = {
    queue,
    priority,
    runAt: at,
    delay: delay === undefined ? undefined : { milliseconds: delay },
  };
  return withJobs(io, options, "jobs", async ({ jobs }) => {
    const engine = engineJobsOf(jobs)?.engine();
    if (engine === undefined) throw new CommandFailed("The config's Jobs were not made by createJobs.");
    const job = await jobs.enqueueFrom(engine.registry.byName(jobClass).jobClass, data, given);
    const text = job.deduplicated
      ? `${job.jobClass} ${job.id} is there already, ${job.status} in ${job.queue}: nothing was enqueued.`
      : `${job.jobClass} ${job.id} enqueued in ${job.queue}, due ${job.runAt.toISOString()}.`;
    io.stdout.write(`${cleanText(text)}\n`);
    return 0;
  });
}
