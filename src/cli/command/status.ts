// `wheelwright status`: how many jobs each queue holds.

import { metrics } from "../../engine/metrics.ts";
import type { QueueStats, Stats } from "../../engine/queue-stats.ts";
import { cleanJson, cleanMetrics, cleanText } from "../clean-text.ts";
import type { Io } from "../io.ts";
import { type StoreOptions, withJobs } from "../open-jobs.ts";
import { type Paint, paintFor } from "../paint.ts";
import { type Column, tableLines } from "../table.ts";

export interface StatusOptions extends StoreOptions {
  readonly queue?: readonly string[];
  readonly format: "table" | "json" | "prometheus";
}

export async function status(io: Io, options: StatusOptions): Promise<number> {
  return withJobs(io, options, "store", async ({ jobs }) => {
    io.stdout.write(
      options.format === "prometheus"
        ? cleanMetrics(await metrics(jobs, { queue: options.queue }))
        : shown(only(await jobs.stats(), options.queue), options.format, paintFor(io.stdout, io.env)),
    );
    return 0;
  });
}

const NONE: QueueStats = { pending: 0, processing: 0, completed: 0, failed: 0, total: 0 };

/** The queues named, those without a job too. */
function only({ queues, totals }: Stats, names: readonly string[] | undefined): Stats {
  if (names === undefined) return { queues, totals };
  const named = names.map((name) => [name, Object.hasOwn(queues, name) ? (queues[name] ?? NONE) : NONE] as const);
  const sum = (key: keyof QueueStats): number => named.reduce((all, [, counts]) => all + counts[key], 0);
  return {
    queues: Object.fromEntries(named),
    totals: {
      pending: sum("pending"),
      processing: sum("processing"),
      completed: sum("completed"),
      failed: sum("failed"),
      total: sum("total"),
    },
  };
}

function shown(stats: Stats, format: "table" | "json", paint: Paint): string {
  return format === "json" ? `${cleanJson(stats, 2)}\n` : `${statusTable(stats, paint).join("\n")}\n`;
}

const COLUMNS: readonly Column[] = [
  { head: "queue" },
  { head: "pending", align: "right" },
  { head: "processing", align: "right" },
  { head: "completed", align: "right" },
  { head: "failed", align: "right" },
  { head: "total", align: "right" },
];

/** A line per queue and a TOTAL. */
export function statusTable({ queues, totals }: Stats, paint: Paint): readonly string[] {
  const rows = Object.entries(queues).map(([name, counts]) => row(cleanText(name), counts));
  const [head = "", ...lines] = tableLines(COLUMNS, [...rows, row("TOTAL", totals)]);
  const total = lines.pop() ?? "";
  return [paint("bold", head), ...lines, paint("bold", total)];
}

function row(name: string, counts: QueueStats): readonly string[] {
  const { pending, processing, completed, failed, total } = counts;
  return [name, ...[pending, processing, completed, failed, total].map(String)];
}
