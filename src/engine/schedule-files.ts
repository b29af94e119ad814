// Schedules from JSON files, one folder of them: what operators change without touching code (R33).

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { failureMessage } from "../job/failure-message.ts";
import { InvalidScheduleError } from "./cron-fields.ts";
import type { ScheduleDefinition } from "./schedule-definitions.ts";

/**
 * Reads every `.json` file of a folder: a schedule, or a list of them. A schedule without a name has its file's.
 *
 * ```ts
 * const jobs = createJobs({ store, jobs: [SendEmailJob], schedules: schedulesFrom("schedules") });
 * ```
 * What they say is checked by createJobs. Throws: InvalidScheduleError for a folder or file that cannot be read.
 */
export function schedulesFrom(folder: string): readonly ScheduleDefinition[] {
  const files = attempt(`Cannot read the folder of schedules ${folder}`, () => readdirSync(folder));
  return files
    .filter((file) => file.endsWith(".json"))
    .sort()
    .flatMap((file) => {
      const path = join(folder, file);
      const written: unknown = attempt(`Cannot read the schedule ${path}`, () =>
        JSON.parse(readFileSync(path, "utf8").replace(/^\uFEFF/, "")),
      );
      const name = file.slice(0, -".json".length);
      return [written].flat().map((one) => named(one, name, path));
    });
}

function named(written: unknown, name: string, path: string): ScheduleDefinition {
  if (written === null || typeof written !== "object")
    throw new InvalidScheduleError(`${path} holds no schedule: write { "schedule": "0 3 * * *", "job": "ReportJob" }.`);
  return { name, ...written } as ScheduleDefinition; // `as`: createJobs checks what it says
}

function attempt<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new InvalidScheduleError(`${what}: ${failureMessage(cause)}`, { cause });
  }
}
