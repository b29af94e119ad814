// `wheelwright work`: a worker until it is told to stop.

import { optionsOf } from "../../engine/create-jobs.ts";
import type { Jobs } from "../../engine/jobs.ts";
import type { Worker } from "../../engine/worker.ts";
import { formatDuration } from "../../job/duration.ts";
import { cleanText } from "../clean-text.ts";
import type { Io } from "../io.ts";
import { lineLogger, writeLine } from "../line-logger.ts";
import { type StoreOptions, withJobs } from "../open-jobs.ts";

export interface WorkOptions extends StoreOptions {
  readonly queue?: readonly string[];
  readonly concurrency: number;
  /** Milliseconds; so are the others that are times. */
  readonly interval: number;
  readonly maxJobs?: number;
  readonly lease?: number;
  readonly shutdownTimeout: number;
  readonly giveUpAfter?: number;
  readonly schedules: boolean;
  readonly quiet?: boolean;
}

/** Rejects with StoreUnavailableError when the worker gave up. */
export async function work(io: Io, options: WorkOptions): Promise<number> {
  const { quiet = false } = options;
  return withJobs(
    io,
    options,
    "jobs",
    async ({ jobs, label }) => {
      const worker = jobs.worker(workerOptions(options));
      const say = (text: string): void => {
        if (!quiet) writeLine(io.stdout, io.clock.now(), "info", cleanText(text));
      };
      const report = count(jobs);
      if (!quiet && optionsOf(jobs)?.logger === undefined) tellCompleted(jobs, io);

      say(`working ${options.queue?.join(", ") ?? "all queues"} of ${label}, ${concurrencyText(options)}`);
      await untilStopped(worker, io, say);
      say(`stopped: ${report()}`);
      return 0;
    },
    lineLogger(io, quiet),
  );
}

/** The first signal lets running jobs finish, the second does not. */
async function untilStopped(worker: Worker, io: Io, say: (text: string) => void): Promise<void> {
  let signals = 0;
  const listenNoMore = io.onSignal((signal) => {
    signals++;
    if (signals === 1) {
      const waits = `taking no more jobs; ${running(worker)} may finish. Once more aborts and hands back.`;
      say(`${signal}: ${worker.running === 0 ? "stopping" : waits}`);
    } else if (signals === 2) {
      say(`${signal} again: aborting ${running(worker)}`);
    }
    void worker.stop({ now: signals > 1 });
  });
  try {
    await worker.start();
    await worker.ended();
  } finally {
    listenNoMore();
  }
}

function workerOptions({ queue, concurrency, interval, maxJobs, ...rest }: WorkOptions): Parameters<Jobs["worker"]>[0] {
  const duration = (ms: number | undefined) => (ms === undefined ? undefined : { milliseconds: ms });
  return {
    queue,
    concurrency,
    interval: { milliseconds: interval },
    maxJobs,
    schedules: rest.schedules,
    lease: duration(rest.lease),
    shutdownTimeout: duration(rest.shutdownTimeout),
    giveUpAfter: duration(rest.giveUpAfter),
  };
}

/** What the worker's jobs came to, as a text. */
function count(jobs: Jobs): () => string {
  const counts = { completed: 0, retried: 0, failed: 0, released: 0 };
  for (const type of Object.keys(counts) as (keyof typeof counts)[]) jobs.on(type, () => void counts[type]++); // `as`: Object.keys forgets the names
  return () => {
    const said = Object.entries(counts).filter(([type, times]) => times > 0 || type === "completed");
    return said.map(([type, times]) => `${times} ${type === "released" ? "handed back" : type}`).join(", ");
  };
}

/** An app's own Jobs without a logger tells of failures only, on the console. */
function tellCompleted(jobs: Jobs, io: Io): void {
  jobs.on("completed", ({ job, at, durationMs }) => {
    const text = `${job.jobClass} completed in ${formatDuration(durationMs)} job=${job.id} queue=${job.queue}`;
    writeLine(io.stdout, at, "info", cleanText(text));
  });
}

function concurrencyText({ concurrency }: WorkOptions): string {
  return concurrency === 1 ? "one job at a time" : `${concurrency} jobs at a time`;
}

function running(worker: Worker): string {
  return worker.running === 1 ? "1 job that runs" : `${worker.running} jobs that run`;
}
