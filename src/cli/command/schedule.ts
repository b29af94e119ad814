// `wheelwright schedule`: what is to run by the calendar (R33).

import type { Schedule } from "../../engine/schedules.ts";
import { cleanJson, cleanText } from "../clean-text.ts";
import type { Io } from "../io.ts";
import { type StoreOptions, withJobs } from "../open-jobs.ts";
import { paintFor } from "../paint.ts";
import { type Column, tableLines } from "../table.ts";

export interface ScheduleListOptions extends StoreOptions {
  readonly format: "table" | "json";
}

const COLUMNS: readonly Column[] = [
  { head: "name" },
  { head: "schedule" },
  { head: "zone" },
  { head: "job" },
  { head: "next (UTC)" },
  { head: "last (UTC)" },
  { head: "runs", align: "right" },
];

export async function scheduleList(io: Io, options: ScheduleListOptions): Promise<number> {
  return withJobs(io, options, "jobs", async ({ jobs }) => {
    const schedules = await jobs.schedules();
    if (options.format === "json") {
      io.stdout.write(`${cleanJson(schedules.map(withData), 2)}\n`);
    } else if (schedules.length === 0) {
      io.stdout.write("There are no schedules: give a class a static schedule, or the config schedules: […].\n");
    } else {
      const [head = "", ...lines] = tableLines(COLUMNS, schedules.map(row));
      io.stdout.write(`${[paintFor(io.stdout, io.env)("bold", head), ...lines].join("\n")}\n`);
    }
    return 0;
  });
}

/** Beside its ticks: when it fires next stays as it is. */
export async function scheduleRun(io: Io, name: string, options: StoreOptions): Promise<number> {
  return withJobs(io, options, "jobs", async ({ jobs }) => {
    const job = await jobs.runSchedule(name);
    io.stdout.write(`${cleanText(`${job.jobClass} ${job.id} enqueued in ${job.queue}.`)}\n`);
    return 0;
  });
}

/** Data is kept as text. */
function withData({ data, ...rest }: Schedule): object {
  return { ...rest, data: JSON.parse(data) as unknown }; // `as`: whatever it is, it is printed
}

function row({ name, schedule, timezone, jobClass, enabled, nextRun, lastRun, runCount }: Schedule): readonly string[] {
  const next = enabled ? minuteOf(nextRun) : "off";
  return [...[name, schedule, timezone, jobClass].map(cleanText), next, minuteOf(lastRun), String(runCount)];
}

function minuteOf(instant: Date | null): string {
  return instant === null ? "never" : instant.toISOString().slice(0, 16).replace("T", " ");
}
