// Jobs as rows of a small table: label, class, state, queue, data.

import { formatDuration } from "../../job/duration.ts";
import type { JobRecord } from "../../job/record.ts";
import { JobLabels } from "../job-labels.ts";
import { literal } from "./literal.ts";
import { BODY_WIDTH, columns } from "./report.ts";
import type { Subject } from "./source.ts";

/** Rather a line that is too long than data that says nothing. */
const MIN_DATA_WIDTH = 36;
const MAX_NAME = 32;

/** How jobs are named and described in one message. */
export class JobRows {
  readonly #subject: Subject;
  readonly #labels: JobLabels;
  readonly #parents = new Map<string, string>();

  constructor(subject: Subject, records: readonly JobRecord[]) {
    this.#subject = subject;
    const { core } = subject;
    this.#labels = core === null ? new JobLabels() : JobLabels.of(core.journal);
    if (core === null) for (const { id } of records) this.#labels.add(id);
    for (const { type, jobId, parentId } of core?.journal.events() ?? [])
      if (type === "enqueued" && parentId !== undefined) this.#parents.set(jobId, parentId);
  }

  label(jobId: string): string {
    return this.#labels.of(jobId);
  }

  /** `pending, due in 5m`, `completed`, `failed`; without a kit nobody knows the time, so it is the status alone. */
  state(job: JobRecord): string {
    const now = this.#subject.core?.clock.now();
    if (job.status !== "pending" || now === undefined) return job.status;
    const retried = job.attempts > 0 ? "retry " : "";
    const wait = job.runAt.getTime() - now.getTime();
    // Where real time is let in, its milliseconds say nothing.
    const shown = this.#subject.core?.clock.following === true ? Math.ceil(wait / 1000) * 1000 : wait;
    return `${retried}due ${wait <= 0 ? "now" : `in ${formatDuration(shown)}`}`;
  }

  /** `#2 SendEmailJob`. */
  named(job: JobRecord): string {
    return `${this.label(job.id)} ${job.jobClass}`;
  }

  /** One line each. The queue is told where one of them is in another than the default, and who enqueued it where it was a handler. */
  rows(jobs: readonly JobRecord[]): readonly string[] {
    const withQueue = jobs.some(({ queue }) => queue !== "default");
    const withParent = jobs.some(({ id }) => this.#parents.has(id));
    const heads = jobs.map((job) => {
      const cells = [this.label(job.id), shortName(job.jobClass), this.state(job)];
      if (withQueue) cells.push(job.queue);
      if (withParent) cells.push(this.#by(job));
      return cells;
    });
    const width = columns(
      heads.map((cells) => [...cells, ""]),
      "  ",
    ).reduce((max, line) => Math.max(max, line.length), 0);
    const room = Math.max(BODY_WIDTH - width - 2, MIN_DATA_WIDTH);
    return columns(
      jobs.map((job, index) => [
        ...(heads[index] ?? []),
        job.brokenData === undefined ? literal(job.data, room) : "broken data",
      ]),
    );
  }

  #by({ id }: JobRecord): string {
    const parent = this.#parents.get(id);
    return parent === undefined ? "" : `by ${this.label(parent)}`;
  }
}

function shortName(name: string): string {
  return name.length <= MAX_NAME ? name : `${name.slice(0, MAX_NAME - 1)}…`;
}
