// The loop of one call: rescue, list what is due, claim and perform each in order (R14).

import { failureMessage } from "../job/failure-message.ts";
import { countOf, queuesOf } from "../job/options.ts";
import type { JobRecord } from "../job/record.ts";
import { claimJobs } from "./claim-jobs.ts";
import { asDrain } from "./drain-step.ts";
import type { Engine } from "./engine.ts";
import { requireKnown } from "./known-options.ts";
import { rescue } from "./rescue.ts";
import { runAttempt } from "./run-attempt.ts";

export interface ProcessQueueOptions {
  /** A name, a list or a comma list; all queues when left out. */
  readonly queue?: string | readonly string[] | undefined;
  /** How many due jobs to take at the most; 10 unless told. */
  readonly limit?: number | undefined;
}

/** `processed + failed + skipped` is the number of jobs that were listed. */
export interface ProcessQueueResult {
  /** Attempts that completed. */
  readonly processed: number;
  /** Attempts that threw, retried ones included, and those whose claim was lost. */
  readonly failed: number;
  /** Jobs that were claimed elsewhere meanwhile. */
  readonly skipped: number;
  /** `Job <id> (<class>): <message>`, one for each that failed. */
  readonly errors: readonly string[];
}

const PROCESS_QUEUE_OPTIONS = new Set(["queue", "limit"]);
const PROCESS_NEXT_OPTIONS = new Set(["queue"]);

/** What a handler enqueues waits for the next call. One job's trouble never aborts the batch. */
export async function processQueue(engine: Engine, options: ProcessQueueOptions = {}): Promise<ProcessQueueResult> {
  requireKnown(options, "processQueue", PROCESS_QUEUE_OPTIONS);
  const queues = queuesOf(options.queue, "processQueue's queue");
  const limit = countOf(options.limit ?? 10, "processQueue's limit", 1);
  const work = (): Promise<ProcessQueueResult> => processListed(engine, queues, limit);
  return asDrain("processQueue", queues, work, ({ processed, failed }) => processed + failed);
}

async function processListed(
  engine: Engine,
  queues: readonly string[] | undefined,
  limit: number,
): Promise<ProcessQueueResult> {
  await rescue(engine);
  const due = await engine.store.due({ queues, limit, now: engine.clock.now() });
  const result = { processed: 0, failed: 0, skipped: 0, errors: [] as string[] };
  for (const job of due) {
    const { type, message } = await processOne(engine, job);
    result[type]++;
    if (message !== undefined) result.errors.push(`Job ${job.id} (${job.jobClass}): ${message}`);
  }
  return result;
}

interface Processed {
  readonly type: "processed" | "failed" | "skipped";
  readonly message?: string;
}

async function processOne(engine: Engine, job: JobRecord): Promise<Processed> {
  try {
    const { leaseMs, workerId, clock } = engine;
    const [claim] = await claimJobs(engine, { id: job.id, limit: 1, now: clock.now(), workerId, leaseMs });
    if (claim === undefined) return { type: "skipped" };
    const { type, error } = await runAttempt(engine, claim);
    if (type === "completed") return { type: "processed" };
    if (type === "lost" && error === undefined)
      return { type: "failed", message: "its claim was lost to another worker" };
    if (type === "unsettled" && error === undefined)
      return { type: "failed", message: "its outcome could not be stored" };
    return { type: "failed", message: failureMessage(error) };
  } catch (error) {
    return { type: "failed", message: failureMessage(error) };
  }
}

/** Claims and performs the first due job, after a rescue. Returns whether there was one. */
export async function processNext(
  engine: Engine,
  options: { readonly queue?: string | readonly string[] | undefined } = {},
): Promise<boolean> {
  requireKnown(options, "processNext", PROCESS_NEXT_OPTIONS);
  const queues = queuesOf(options.queue, "processNext's queue");
  const work = (): Promise<boolean> => processFirst(engine, queues);
  return asDrain("processNext", queues, work, (hasRun) => (hasRun ? 1 : 0));
}

async function processFirst(engine: Engine, queues: readonly string[] | undefined): Promise<boolean> {
  await rescue(engine);
  const { leaseMs, workerId, clock } = engine;
  const [claim] = await claimJobs(engine, { queues, limit: 1, now: clock.now(), workerId, leaseMs });
  if (claim === undefined) return false;
  await runAttempt(engine, claim);
  return true;
}
