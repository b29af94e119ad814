// An app with a worker on it, in virtual time.

import type { Worker, WorkerOptions } from "wheelwright";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { type App, type AppOptions, anApp } from "./an-app.ts";

export interface WorkingApp extends App {
  readonly worker: Worker;
}

/** The worker has been started. Its jitter is the same at each run. */
export async function aWorker(options: AppOptions, workerOptions: WorkerOptions = {}): Promise<WorkingApp> {
  const app = anApp({ random: seededRandom("a worker"), ...options });
  const worker = app.jobs.worker(workerOptions);
  await worker.start();
  return { ...app, worker };
}
