// `wheelwright retry`: failed jobs are made pending again (R28).

import { cleanText } from "../clean-text.ts";
import type { Io } from "../io.ts";
import { type StoreOptions, withJobs } from "../open-jobs.ts";
import { UsageError } from "../usage-error.ts";

export interface RetryOptions extends StoreOptions {
  readonly queue?: readonly string[];
  readonly limit?: number;
}

/** `id`: one job; without it all that failed, oldest failure first. */
export async function retry(io: Io, id: string | undefined, options: RetryOptions): Promise<number> {
  if (id !== undefined && (options.queue !== undefined || options.limit !== undefined)) {
    throw new UsageError("wheelwright retry: an ID stands alone. Leave out --queue and --limit, or the ID.");
  }
  return withJobs(io, options, "store", async ({ jobs }) => {
    if (id === undefined) {
      const { queue, limit } = options;
      const count = await jobs.retryFailed({
        ...(queue === undefined ? {} : { queue }),
        ...(limit === undefined ? {} : { limit }),
      });
      io.stdout.write(`${count === 1 ? "1 job is" : `${count} jobs are`} pending again.\n`);
      return 0;
    }
    const { jobClass, queue } = await jobs.retry(id);
    io.stdout.write(cleanText(`${jobClass} ${id} is pending again in ${queue}.`).concat("\n"));
    return 0;
  });
}
