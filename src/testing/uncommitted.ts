// Jobs that were enqueued and that nobody sees: their transaction has not committed yet, or was rolled back (R9).

import type { EnqueuedJob } from "../job/record.ts";

export interface UncommittedJob {
  readonly jobClass: string;
  readonly state: "open" | "rolled back";
}

/** A test that looks for one is told what became of it; of a million no test asks for more than the latest. */
const KEPT = 1000;

export class Uncommitted {
  readonly #jobs = new Map<string, UncommittedJob>();

  begun({ id, jobClass, deduplicated }: EnqueuedJob): void {
    if (deduplicated) return; // There was another, and its own transaction tells of it.
    this.#jobs.set(id, { jobClass, state: "open" });
    if (this.#jobs.size > KEPT) for (const oldest of [...this.#jobs.keys()].slice(0, 1)) this.#jobs.delete(oldest);
  }

  ended({ id, jobClass, deduplicated }: EnqueuedJob, state: "committed" | "rolled back"): void {
    if (deduplicated) return;
    if (state === "committed") this.#jobs.delete(id);
    else if (this.#jobs.has(id)) this.#jobs.set(id, { jobClass, state });
  }

  /** Those of a class, by the names it may be stored under. */
  of(jobNames: readonly string[]): readonly UncommittedJob[] {
    return [...this.#jobs.values()].filter(({ jobClass }) => jobNames.includes(jobClass));
  }
}
