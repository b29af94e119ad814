// Jobs that were enqueued and that nobody sees: their transaction has not committed yet, or was rolled back (R9).

import type { EnqueuedJob } from "../job/record.ts";
import type { JobStore } from "../store/job-store.ts";

export interface UncommittedJob {
  readonly jobClass: string;
  /** Of a database client's own transaction nobody can tell which: the job is not there. */
  readonly state: "open" | "rolled back" | "open or rolled back";
}

/** A test that looks for one is told what became of it; of a million no test asks for more than the latest. */
const KEPT = 1000;

export class Uncommitted {
  readonly #jobs = new Map<string, UncommittedJob>();
  /** Enqueued in transactions that the store cannot follow, and not seen there so far. */
  readonly #unseen = new Map<string, string>();

  begun({ id, jobClass, deduplicated }: EnqueuedJob): void {
    if (deduplicated) return; // There was another, and its own transaction tells of it.
    this.#jobs.set(id, { jobClass, state: "open" });
    keepLatest(this.#jobs);
  }

  ended({ id, jobClass, deduplicated }: EnqueuedJob, state: "committed" | "rolled back"): void {
    if (deduplicated) return;
    if (state === "committed") this.#jobs.delete(id);
    else if (this.#jobs.has(id)) this.#jobs.set(id, { jobClass, state });
  }

  begunForeign({ id, jobClass, deduplicated }: EnqueuedJob): void {
    if (deduplicated) return;
    this.#unseen.set(id, jobClass);
    keepLatest(this.#unseen);
  }

  /** A job was claimed, and so is there. */
  seen(id: string): void {
    if (this.#unseen.delete(id)) this.#jobs.delete(id);
  }

  /** Looks for the jobs of transactions that the store cannot follow: what is there has been committed. */
  async look(store: JobStore): Promise<void> {
    for (const [id, jobClass] of this.#unseen) {
      try {
        if ((await store.get(id)) !== null) this.seen(id);
        else this.#jobs.set(id, { jobClass, state: "open or rolled back" });
      } catch {
        return; // The one connection is inside the transaction, or the store is closed: a later look may tell.
      }
    }
    keepLatest(this.#jobs);
  }

  /** Whether a look has not found the job. */
  hides(id: string): boolean {
    return this.#jobs.get(id)?.state === "open or rolled back";
  }

  /** Whether a look may tell more. */
  get hasUnseen(): boolean {
    return this.#unseen.size > 0;
  }

  /** Those of a class, by the names it may be stored under. */
  of(jobNames: readonly string[]): readonly UncommittedJob[] {
    return [...this.#jobs.values()].filter(({ jobClass }) => jobNames.includes(jobClass));
  }
}

function keepLatest(jobs: Map<string, unknown>): void {
  for (const oldest of jobs.keys()) {
    if (jobs.size <= KEPT) return;
    jobs.delete(oldest);
  }
}
