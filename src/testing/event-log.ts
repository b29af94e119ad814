// Events as a kit keeps them: in columns, for there may be a million, and an object for each would cost more than the job.

import { EVENT_TYPES, type JobEventType } from "../engine/events.ts";
import type { JobRecord } from "../job/record.ts";

/** Something that happened to a job in a kit. */
export interface KitEvent {
  readonly type: JobEventType;
  readonly at: Date;
  /** Milliseconds the test had advanced the clock by then. */
  readonly advancedMs: number;
  readonly jobId: string;
  readonly jobClass: string;
  readonly queue: string;
  /** The attempt it belongs to; 0 for an enqueue. */
  readonly attempt: number;
  readonly maxRetries: number;
  /** What was thrown, for `retried`, `failed` and `rescued`. */
  readonly error?: unknown;
  /** When the job is due: for `enqueued`, `deduplicated` and `retried`. */
  readonly runAt?: Date;
  /** How far it is, for `progress`. */
  readonly progress?: JobRecord["progress"];
  /** Virtual time from start to end, for `completed`. */
  readonly durationMs?: number;
  /** What the attempt would have written, for `lost`. */
  readonly outcome?: string;
  /** The job whose handler enqueued this one, for `enqueued` and `deduplicated`. */
  readonly parentId?: string;
}

/** A stretch of events, column by column. */
export class EventLog {
  readonly #size: number;
  #count = 0;
  readonly #types: Uint8Array;
  readonly #at: Float64Array;
  readonly #advanced: Float64Array;
  readonly #attempts: Int32Array;
  readonly #maxRetries: Int32Array;
  /** durationMs of `completed`, runAt of `enqueued`, `deduplicated` and `retried`. */
  readonly #numbers: Float64Array;
  readonly #ids: string[] = [];
  readonly #jobClasses: string[] = [];
  readonly #queues: string[] = [];
  readonly #details: (object | null)[] = [];

  /** Room for `size` events. */
  constructor(size: number) {
    this.#size = size;
    this.#types = new Uint8Array(size);
    this.#at = new Float64Array(size);
    this.#advanced = new Float64Array(size);
    this.#attempts = new Int32Array(size);
    this.#maxRetries = new Int32Array(size);
    this.#numbers = new Float64Array(size);
  }

  get isFull(): boolean {
    return this.#count === this.#size;
  }

  get count(): number {
    return this.#count;
  }

  /** `details`: what the event has beside the columns. */
  add(
    type: JobEventType,
    at: number,
    advancedMs: number,
    job: JobRecord,
    number: number,
    details: object | null,
  ): void {
    const index = this.#count++;
    this.#types[index] = EVENT_TYPES.indexOf(type);
    this.#at[index] = at;
    this.#advanced[index] = advancedMs;
    this.#attempts[index] = job.attempts;
    this.#maxRetries[index] = job.maxRetries;
    this.#numbers[index] = number;
    this.#ids.push(job.id);
    this.#jobClasses.push(job.jobClass);
    this.#queues.push(job.queue);
    this.#details.push(details);
  }

  /** The event at an index below `count`, made anew. */
  event(index: number): KitEvent {
    const type = EVENT_TYPES[this.#types[index] as number] as JobEventType; // `as`, here and below: the index is below count
    const number = this.#numbers[index] as number;
    const numbered =
      type === "completed"
        ? { durationMs: number }
        : type === "enqueued" || type === "deduplicated" || type === "retried"
          ? { runAt: new Date(number) }
          : null;
    return {
      type,
      at: new Date(this.#at[index] as number),
      advancedMs: this.#advanced[index] as number,
      jobId: this.#ids[index] as string,
      jobClass: this.#jobClasses[index] as string,
      queue: this.#queues[index] as string,
      attempt: this.#attempts[index] as number,
      maxRetries: this.#maxRetries[index] as number,
      ...numbered,
      ...this.#details[index],
    };
  }
}
