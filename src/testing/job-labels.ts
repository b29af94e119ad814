// Short names of a kit's jobs for people: #1 is the first that was enqueued. Timelines and messages share them.

import type { Journal } from "./journal.ts";

export class JobLabels {
  readonly #numbers = new Map<string, number>();

  /** Numbers jobs in the order in which the kit first heard of them. */
  static of(journal: Journal): JobLabels {
    const labels = new JobLabels();
    for (const { jobId } of journal.committedEvents()) labels.add(jobId);
    return labels;
  }

  add(jobId: string): void {
    if (!this.#numbers.has(jobId)) this.#numbers.set(jobId, this.#numbers.size + 1);
  }

  /** `#3`; the end of its id for a job that came into the store behind the kit's back. */
  of(jobId: string): string {
    const number = this.#numbers.get(jobId);
    return number === undefined ? `#…${jobId.slice(-6)}` : `#${number}`;
  }

  /** The id behind a number. */
  idOf(number: number): string | undefined {
    for (const [id, each] of this.#numbers) if (each === number) return id;
    return undefined;
  }
}
