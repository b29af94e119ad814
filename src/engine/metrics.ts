// What a queue holds and how it does, in the text format of Prometheus.

import { queuesOf } from "../job/options.ts";
import { JOB_STATUSES } from "../job/record.ts";
import type { Jobs } from "./jobs.ts";
import { requireKnown } from "./known-options.ts";
import type { Monitoring } from "./monitor.ts";

export interface MetricsOptions {
  /** A name, a list or a comma list; all queues that have jobs unless told. A queue named here is told even when empty. */
  readonly queue?: string | readonly string[] | undefined;
}

/** How far back the figures about ended jobs look. */
const MINUTES = 5;
const OPTIONS = new Set(["queue"]);

interface Metric {
  readonly name: string;
  readonly help: string;
  /** What is told of one queue: labels beside the queue's, and the value. Null: nothing is known. */
  readonly values: (queue: Monitoring) => readonly (readonly [labels: Labels, value: number | null])[];
}

type Labels = Readonly<Record<string, string>>;

/** All are gauges: they count rows, and rows are purged. */
const METRICS: readonly Metric[] = [
  {
    name: "wheelwright_jobs",
    help: "Jobs in the store, by queue and status.",
    values: ({ counts }) => JOB_STATUSES.map((status) => [{ status }, counts[status]]),
  },
  {
    name: "wheelwright_oldest_due_seconds",
    help: "How long the job that waits longest has been due; 0 when none is.",
    values: ({ oldestPendingAt, until }) => [
      [{}, Math.max(0, oldestPendingAt === null ? 0 : until.getTime() - oldestPendingAt.getTime()) / 1000],
    ],
  },
  {
    name: "wheelwright_ended_5m",
    help: "Jobs that completed, or failed for good, in the last 5 minutes.",
    values: ({ completed, failed }) => [
      [{ status: "completed" }, completed],
      [{ status: "failed" }, failed],
    ],
  },
  {
    name: "wheelwright_mean_duration_seconds_5m",
    help: "Mean time from start to end of the jobs completed in the last 5 minutes.",
    values: ({ meanDurationMs }) => [[{}, meanDurationMs === null ? null : meanDurationMs / 1000]],
  },
];

/**
 * Text for a scrape, to be served as `text/plain; version=0.0.4`.
 *
 * ```ts skip
 * app.get("/metrics", async (request, reply) => reply.type("text/plain; version=0.0.4").send(await metrics(jobs)));
 * ```
 * Reads a few rows and counts per queue and call. Throws: InvalidOptionError.
 * Source: prometheus.io, "Exposition formats", text format 0.0.4.
 */
export async function metrics(jobs: Jobs, options: MetricsOptions = {}): Promise<string> {
  requireKnown(options, "metrics", OPTIONS);
  const names = queuesOf(options.queue, "metrics's queue") ?? Object.keys((await jobs.stats()).queues);
  const queues: (readonly [name: string, monitoring: Monitoring])[] = [];
  // One after the other: a scrape must not take every connection of the app's pool.
  for (const queue of names) queues.push([queue, await jobs.monitor({ queue: [queue], minutes: MINUTES })]);
  return METRICS.map((metric) => textOf(metric, queues)).join("");
}

function textOf(metric: Metric, queues: readonly (readonly [string, Monitoring])[]): string {
  const lines = [`# HELP ${metric.name} ${metric.help}`, `# TYPE ${metric.name} gauge`];
  for (const [queue, monitoring] of queues) {
    for (const [labels, value] of metric.values(monitoring)) {
      if (value !== null) lines.push(`${metric.name}{${labelsText({ queue, ...labels })}} ${value}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function labelsText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",");
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
