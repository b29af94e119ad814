// The limit: what a job queue in memory costs when nothing is left of it but what the words mean. It takes and answers
// what the package takes and answers, record for record. No retries, leases, events, schemas, limits or checks of any
// kind; everything above it in a table is the price of those.

import type { EnqueuedJob, JobRecord } from "wheelwright";

interface BareRow {
  readonly id: string;
  readonly seq: number;
  readonly jobClass: string;
  readonly queue: string;
  readonly data: string;
  readonly priority: number;
  status: "pending" | "processing" | "completed";
  attempts: number;
  readonly maxRetries: number;
  readonly lastError: string | null;
  readonly runAt: number;
  readonly createdAt: number;
  updatedAt: number;
  startedAt: number | null;
  completedAt: number | null;
  readonly failedAt: number | null;
}

/**
 * A Map of rows by id, a binary heap of the pending ones in claim order (priority, runAt, seq), and three steps, each
 * awaited: claim, perform, settle. The data is written as JSON text at the enqueue and parsed for each record.
 */
export class BareLoop {
  readonly #rows = new Map<string, BareRow>();
  readonly #heap: BareRow[] = [];
  #seq = 0;

  async enqueue(jobClass: string, data: unknown): Promise<EnqueuedJob> {
    const seq = ++this.#seq;
    const now = Date.now();
    const row: BareRow = {
      id: String(seq),
      seq,
      jobClass,
      queue: "default",
      data: JSON.stringify(data),
      priority: 0,
      status: "pending",
      attempts: 0,
      maxRetries: 3,
      lastError: null,
      runAt: now,
      createdAt: now,
      updatedAt: now,
      startedAt: null,
      completedAt: null,
      failedAt: null,
    };
    this.#rows.set(row.id, row);
    this.#push(row);
    const job = toRecord(row) as JobRecord & { deduplicated?: boolean };
    job.deduplicated = false;
    return job as EnqueuedJob; // `as`: just set; a fresh record with one property more is cheaper than a copy
  }

  async claim(now: number): Promise<JobRecord | null> {
    const row = this.#heap[0];
    if (row === undefined || row.runAt > now) return null;
    this.#pop();
    row.status = "processing";
    row.attempts++;
    row.startedAt = now;
    row.updatedAt = now;
    return toRecord(row);
  }

  async settle(id: string, now: number): Promise<void> {
    const row = this.#rows.get(id);
    if (row === undefined || row.status !== "processing") return;
    row.status = "completed";
    row.completedAt = now;
    row.updatedAt = now;
  }

  /** Runs everything that is due. Returns how many that were. */
  async drain(perform: (data: unknown) => Promise<void>): Promise<number> {
    let ran = 0;
    for (;;) {
      const job = await this.claim(Date.now());
      if (job === null) return ran;
      await perform(job.data);
      await this.settle(job.id, Date.now());
      ran++;
    }
  }

  #push(row: BareRow): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(row);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex] as BareRow; // `as`: inside the heap
      if (!isBefore(row, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = row;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    const { length } = heap;
    if (last === undefined || length === 0) return;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex >= length) break;
      let child = heap[childIndex] as BareRow; // `as`: inside the heap
      if (childIndex + 1 < length) {
        const right = heap[childIndex + 1] as BareRow; // `as`: inside the heap
        if (isBefore(right, child)) {
          child = right;
          childIndex++;
        }
      }
      if (!isBefore(child, last)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
  }
}

function toRecord(row: BareRow): JobRecord {
  return {
    id: row.id,
    seq: row.seq,
    jobClass: row.jobClass,
    queue: row.queue,
    data: JSON.parse(row.data),
    priority: row.priority,
    status: row.status,
    attempts: row.attempts,
    maxRetries: row.maxRetries,
    lastError: row.lastError,
    runAt: new Date(row.runAt),
    createdAt: new Date(row.createdAt),
    updatedAt: new Date(row.updatedAt),
    startedAt: dateOrNull(row.startedAt),
    completedAt: dateOrNull(row.completedAt),
    failedAt: dateOrNull(row.failedAt),
    timeout: 300,
    lockedBy: null,
    lockedUntil: null,
    uniqueKey: null,
    progress: null,
    carried: null,
  };
}

function dateOrNull(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds);
}

function isBefore(a: BareRow, b: BareRow): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  if (a.runAt !== b.runAt) return a.runAt < b.runAt;
  return a.seq < b.seq;
}
