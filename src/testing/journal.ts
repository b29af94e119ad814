// What happened in a kit, in order: events and log lines, with the time the test had advanced by then.

import type { EventHub, JobEvent, JobEventType } from "../engine/events.ts";
import { EVENT_TYPES } from "../engine/events.ts";
import { type LogFields, type LogLevel, lineOf } from "../engine/log.ts";
import { currentScope } from "../job/ambient.ts";
import type { JobProgress, JobRecord } from "../job/record.ts";
import type { KitClock } from "./kit-clock.ts";

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
  /** When the job is due: for `enqueued` and `retried`. */
  readonly runAt?: Date;
  readonly progress?: JobProgress;
  readonly durationMs?: number;
  /** The job whose handler enqueued this one, for `enqueued` and `deduplicated`. */
  readonly parentId?: string;
}

/** A line written by a handler (`context.log`) or by the engine. */
export interface KitLogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
  readonly at: Date;
  readonly advancedMs: number;
  /** Who wrote it. */
  readonly from: "handler" | "engine";
}

type Entry = KitEvent | KitLogLine;

/** Keeps the latest entries; `dropped` says how many older ones it let go. */
export class Journal {
  readonly #clock: KitClock;
  readonly #limit: number;
  #entries: Entry[] = [];
  dropped = 0;

  constructor(clock: KitClock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** A position to look from later; see `eventsSince`. */
  get mark(): number {
    return this.dropped + this.#entries.length;
  }

  readonly #listeners = new Set<(event: KitEvent) => void>();

  /** Tells of events as they are noted. Returns: what ends it. */
  onEvent(listener: (event: KitEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  listenTo(events: EventHub): void {
    for (const type of EVENT_TYPES) events.on(type, (event) => this.#note(event));
  }

  writeLine(level: LogLevel, message: string, fields: LogFields, from: "handler" | "engine"): void {
    this.#add({ level, message, fields, at: this.#clock.now(), advancedMs: this.#clock.offsetMs, from });
  }

  events(): readonly KitEvent[] {
    return this.#entries.filter(isEvent);
  }

  eventsSince(mark: number): readonly KitEvent[] {
    return this.#entries.slice(Math.max(0, mark - this.dropped)).filter(isEvent);
  }

  /** Handlers' lines and the engine's own, which are made from the events when asked for (R47). */
  lines(): readonly KitLogLine[] {
    const lines: KitLogLine[] = [];
    for (const entry of this.#entries) {
      if (!isEvent(entry)) lines.push(entry);
      else {
        const said = lineOf(asJobEvent(entry));
        if (said !== null) lines.push({ ...said, at: entry.at, advancedMs: entry.advancedMs, from: "engine" });
      }
    }
    return lines;
  }

  entries(): readonly Entry[] {
    return this.#entries;
  }

  #note(event: JobEvent): void {
    const { type, at, job } = event;
    const base = {
      type,
      at,
      advancedMs: this.#clock.offsetMs,
      jobId: job.id,
      jobClass: job.jobClass,
      queue: job.queue,
      attempt: job.attempts,
      maxRetries: job.maxRetries,
    };
    switch (type) {
      case "enqueued":
      case "deduplicated": {
        const parent = (currentScope()?.attempt as { claim?: JobRecord } | null | undefined)?.claim?.id; // `as`: an attempt of this engine, or of another copy's
        if (type === "enqueued") this.#clock.plan(job.runAt.getTime());
        this.#add(
          parent === undefined ? { ...base, runAt: job.runAt } : { ...base, runAt: job.runAt, parentId: parent },
        );
        return;
      }
      case "retried":
        this.#clock.plan(event.runAt.getTime());
        this.#add({ ...base, error: event.error, runAt: event.runAt });
        return;
      case "failed":
      case "rescued":
        this.#add({ ...base, error: event.error });
        return;
      case "completed":
        this.#add({ ...base, durationMs: event.durationMs });
        return;
      case "progress":
        this.#add({ ...base, progress: event.progress });
        return;
      default:
        this.#add(base);
    }
  }

  #add(entry: Entry): void {
    this.#entries.push(entry);
    if (isEvent(entry)) for (const listener of this.#listeners) listener(entry);
    if (this.#entries.length < this.#limit * 2) return;
    // Dropped in one go, so that each costs nothing.
    this.dropped += this.#entries.length - this.#limit;
    this.#entries = this.#entries.slice(-this.#limit);
  }
}

export function isEvent(entry: Entry): entry is KitEvent {
  return "jobId" in entry;
}

/** Enough of the job for the line about it. */
function asJobEvent(event: KitEvent): JobEvent {
  const job = {
    id: event.jobId,
    jobClass: event.jobClass,
    queue: event.queue,
    attempts: event.attempt,
    maxRetries: event.maxRetries,
  };
  return { ...event, job } as unknown as JobEvent; // `as`: lineOf reads these fields only
}
