// What happened in a kit, in order: events and log lines, with the time the test had advanced by then.

import type { CompletedEvent, EventHub, JobEvent, JobEventType, RetriedEvent } from "../engine/events.ts";
import { type LogFields, type LogLevel, lineOf } from "../engine/log.ts";
import { currentScope } from "../job/ambient.ts";
import type { JobRecord } from "../job/record.ts";
import { EventLog, type KitEvent } from "./event-log.ts";
import type { KitClock } from "./kit-clock.ts";
import type { Uncommitted } from "./uncommitted.ts";

export type { KitEvent };

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

/** Hears of each event; `log.event(index)` makes what is shown, for those who keep it. */
export type JournalListener = (type: JobEventType, log: EventLog, index: number) => void;

/** A fault of the test's that struck. */
export interface KitFault {
  /** What it did, in words. */
  readonly fault: string;
  /** Empty where it struck no job. */
  readonly jobId: string;
  readonly jobClass: string;
  readonly at: Date;
  readonly advancedMs: number;
}

/** What there is beside events stands between them: `before` is how many had been noted by then, dropped ones included. */
interface PlacedLine {
  readonly before: number;
  readonly line: KitLogLine | KitFault;
}

/** Keeps the latest events and lines; `dropped` says how many older events it let go. */
export class Journal {
  readonly #clock: KitClock;
  readonly #limit: number;
  readonly #uncommitted: Uncommitted;
  readonly #listeners = new Set<JournalListener>();
  #logs: EventLog[] = [];
  #last: EventLog | null = null;
  #lines: PlacedLine[] = [];
  #noted = 0;
  dropped = 0;

  /** `uncommitted`: jobs whose enqueue is not told of, for nobody has seen them. */
  constructor(clock: KitClock, limit: number, uncommitted: Uncommitted) {
    this.#clock = clock;
    this.#limit = limit;
    this.#uncommitted = uncommitted;
  }

  /** Whether real time is let into the times told. */
  get following(): boolean {
    return this.#clock.following;
  }

  /** Tells of events as they are noted. Returns: what ends it. */
  onEvent(listener: JournalListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  listenTo(events: EventHub): void {
    events.sink = (type, at, job, details) => this.#note(type, at, job, details);
  }

  writeLine(level: LogLevel, message: string, fields: LogFields, from: "handler" | "engine"): void {
    const line = { level, message, fields, at: this.#clock.now(), advancedMs: this.#clock.offsetMs, from };
    this.#lines.push({ before: this.#noted, line });
    if (this.#lines.length >= this.#limit * 2) this.#lines = this.#lines.slice(-this.#limit);
  }

  /** Marks the point where a fault struck. */
  fault(jobClass: string, jobId: string, fault: string): void {
    const line = { fault, jobId, jobClass, at: this.#clock.now(), advancedMs: this.#clock.offsetMs };
    this.#lines.push({ before: this.#noted, line });
  }

  /** As the engine told them: a list that only grows. */
  events(): readonly KitEvent[] {
    const events: KitEvent[] = [];
    for (const log of this.#logs) for (let index = 0; index < log.count; index++) events.push(log.event(index));
    return events;
  }

  /** Handlers' lines and the engine's own, which are made from the events when asked for (R47). */
  lines(): readonly KitLogLine[] {
    const lines: KitLogLine[] = [];
    for (const entry of this.entries()) {
      if (isFault(entry)) continue;
      if (!isEvent(entry)) lines.push(entry);
      else {
        const said = lineOf(asJobEvent(entry));
        if (said !== null) lines.push({ ...said, at: entry.at, advancedMs: entry.advancedMs, from: "engine" });
      }
    }
    return lines;
  }

  /** Without the enqueues of transactions that were not committed, as far as that is known. */
  committedEvents(): readonly KitEvent[] {
    return this.entries().filter(isEvent);
  }

  /** Events, log lines and faults together, in order; of the events those that `committedEvents` tells. */
  entries(): readonly Entry[] {
    const entries: Entry[] = [];
    const lines = this.#lines.filter(({ before }) => before >= this.dropped);
    let next = 0;
    let position = this.dropped;
    for (const event of this.events()) {
      for (; (lines[next]?.before ?? Number.POSITIVE_INFINITY) <= position; next++)
        entries.push((lines[next] as PlacedLine).line); // `as`: the loop's condition found it
      if (event.type !== "enqueued" || !this.#uncommitted.hides(event.jobId)) entries.push(event);
      position++;
    }
    for (const { line } of lines.slice(next)) entries.push(line);
    return entries;
  }

  #note(type: JobEventType, at: Date, job: JobRecord, details: object | null): void {
    let log = this.#last;
    if (log === null || log.isFull) log = this.#open();
    const clock = this.#clock;
    switch (type) {
      case "claimed":
        if (this.#uncommitted.hasUnseen) this.#uncommitted.seen(job.id);
        log.add(type, at.getTime(), clock.offsetMs, job, 0, details);
        break;
      case "completed":
        log.add(type, at.getTime(), clock.offsetMs, job, (details as CompletedEvent).durationMs, null); // `as`, here and below: the type says so
        break;
      case "retried": {
        const { error, runAt } = details as RetriedEvent;
        clock.plan(runAt.getTime());
        log.add(type, at.getTime(), clock.offsetMs, job, runAt.getTime(), { error });
        break;
      }
      case "enqueued":
      case "deduplicated": {
        const runAt = job.runAt.getTime();
        if (type === "enqueued") clock.plan(runAt);
        log.add(type, at.getTime(), clock.offsetMs, job, runAt, parentOfHere());
        break;
      }
      default:
        log.add(type, at.getTime(), clock.offsetMs, job, 0, details);
    }
    this.#noted++;
    if (this.#listeners.size === 0) return;
    for (const listener of this.#listeners) listener(type, log, log.count - 1);
  }

  #open(): EventLog {
    // Most kits see a handful of events, some a million.
    this.#last = new EventLog(this.#last === null ? 64 : 4096);
    this.#logs.push(this.#last);
    const first = this.#logs[0];
    if (first !== undefined && this.#noted - this.dropped - first.count >= this.#limit) {
      this.dropped += first.count;
      this.#logs.shift();
    }
    return this.#last;
  }
}

/** What a timeline is made of. */
export type Entry = KitEvent | KitLogLine | KitFault;

export function isEvent(entry: Entry): entry is KitEvent {
  return "type" in entry;
}

export function isFault(entry: Entry): entry is KitFault {
  return "fault" in entry;
}

/** The job whose handler enqueues here, if one does. */
function parentOfHere(): { parentId: string } | null {
  const attempt = currentScope()?.attempt as { claim?: JobRecord } | null | undefined; // `as`: an attempt of this engine, or of another copy's
  const parentId = attempt?.claim?.id;
  return parentId === undefined ? null : { parentId };
}

/** Enough of the job for the line about it. */
function asJobEvent(event: KitEvent): JobEvent {
  const { jobId, jobClass, queue, attempt, maxRetries } = event;
  const job = { id: jobId, jobClass, queue, attempts: attempt, maxRetries };
  return { ...event, job } as unknown as JobEvent; // `as`: lineOf reads these fields only
}
