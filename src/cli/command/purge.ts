// `wheelwright purge`: jobs that ended long ago are deleted (R29).

import { createInterface } from "node:readline/promises";
import { cleanText } from "../clean-text.ts";
import type { Io } from "../io.ts";
import { type StoreOptions, withJobs } from "../open-jobs.ts";
import { UsageError } from "../usage-error.ts";

export interface PurgeCommandOptions extends StoreOptions {
  readonly completed?: boolean;
  readonly failed?: boolean;
  /** Days. */
  readonly olderThan: number;
  readonly queue?: readonly string[];
  readonly force?: boolean;
}

export async function purge(io: Io, options: PurgeCommandOptions): Promise<number> {
  const status = [
    ...(options.completed === true ? (["completed"] as const) : []),
    ...(options.failed === true ? (["failed"] as const) : []),
  ];
  if (status.length === 0)
    throw new UsageError("wheelwright purge: say what to delete: --completed, --failed, or both.");
  const { queue, olderThan: days } = options;
  return withJobs(io, options, "store", async ({ jobs, label }) => {
    const what = `${status.join(" and ")} jobs that ended more than ${days} ${days === 1 ? "day" : "days"} ago`;
    const where = `${queue === undefined ? "all queues" : queue.join(", ")} of ${label}`;
    if (io.stdin.isTTY === true && options.force !== true) {
      const isMeant = await asks(io, cleanText(`Delete the ${what} from ${where}? [y/N] `));
      if (!isMeant) {
        io.stdout.write("Nothing was deleted.\n");
        return 1;
      }
    }
    const count = await jobs.purge({ status, days, queue });
    io.stdout.write(`${count === 1 ? "1 job was" : `${count} jobs were`} deleted.\n`);
    return 0;
  });
}

/** Yes is y or yes; whatever else, and the end of what is typed, is no. */
async function asks(io: Io, question: string): Promise<boolean> {
  io.stdout.write(question);
  const lines = createInterface({ input: io.stdin, terminal: false });
  try {
    for await (const line of lines) return /^\s*y(es)?\s*$/i.test(line);
    io.stdout.write("\n");
    return false;
  } finally {
    lines.close();
  }
}
