// What happens to jobs, told to whoever listens.

import * as diagnostics from "node:diagnostics_channel";
import type { JobProgress, JobRecord } from "../job/record.ts";
import { isPromise } from "../job/schema.ts";

interface EventBase<Type extends string> {
  readonly type: Type;
  /** The clock's instant. */
  readonly at: Date;
  /** The job as it was when the step began: for `completed`, `retried` and `failed`, as claimed. */
  readonly job: JobRecord;
}

export type EnqueuedEvent = EventBase<"enqueued">;
/** An enqueue that stored nothing: `job` is the one that was there. */
export type DeduplicatedEvent = EventBase<"deduplicated">;
export type ClaimedEvent = EventBase<"claimed">;
export interface CompletedEvent extends EventBase<"completed"> {
  readonly durationMs: number;
}
export interface RetriedEvent extends EventBase<"retried"> {
  /** What was thrown. */
  readonly error: unknown;
  /** When the next attempt is due. */
  readonly runAt: Date;
}
export interface FailedEvent extends EventBase<"failed"> {
  readonly error: unknown;
}
/** A claim handed back before its handler started; the attempt is given back too. */
export type ReleasedEvent = EventBase<"released">;
/** A claim whose lease was over was taken back; `retried` or `failed` follows. */
export interface RescuedEvent extends EventBase<"rescued"> {
  readonly error: unknown;
}
/** An attempt ended, but its claim no longer held the job: nothing was stored. */
export interface LostEvent extends EventBase<"lost"> {
  /** What the attempt would have written. */
  readonly outcome: "completed" | "retry" | "failed" | "released";
}
export interface ProgressEvent extends EventBase<"progress"> {
  readonly progress: JobProgress;
}

export type JobEvent =
  | EnqueuedEvent
  | DeduplicatedEvent
  | ClaimedEvent
  | CompletedEvent
  | RetriedEvent
  | FailedEvent
  | ReleasedEvent
  | RescuedEvent
  | LostEvent
  | ProgressEvent;
export type JobEventType = JobEvent["type"];
export type EventOf<Type extends JobEventType> = Extract<JobEvent, { type: Type }>;

export const EVENT_TYPES: readonly JobEventType[] = [
  "enqueued",
  "deduplicated",
  "claimed",
  "completed",
  "retried",
  "failed",
  "released",
  "rescued",
  "lost",
  "progress",
];

/**
 * The channel of `node:diagnostics_channel` that events of a type are published on, `wheelwright:completed` say: what
 * tracers and metrics attach to without the app's doing. Its messages are the events.
 */
export function channelNameOf(type: JobEventType): string {
  return `wheelwright:${type}`;
}

// Of one name there is one channel in the process, whichever copy of this package asks.
const CHANNELS = new Map(EVENT_TYPES.map((type) => [type, diagnostics.channel(channelNameOf(type))]));

type Listener = (event: JobEvent) => unknown;

/** What an event has beside type, instant and job. */
export type DetailsOf<Type extends JobEventType> = Omit<EventOf<Type>, "type" | "at" | "job">;

/** Takes every event in parts, so that none has to be made: how a kit keeps its journal. */
export type EventSink = (type: JobEventType, at: Date, job: JobRecord, details: object | null) => void;

/** Hands events to listeners. A listener that throws, or rejects, is reported and changes nothing else. */
export class EventHub {
  /** The lists are replaced, never changed: a listener may come or go while an event is told. */
  readonly #listeners = new Map<JobEventType, readonly Listener[]>();
  readonly #report: (error: unknown) => void;
  readonly #publishes: boolean;
  #others: readonly EventHub[] = [];
  sink: EventSink | null = null;

  /** `publishes`: on the diagnostics channels, too. Of the hubs that an event passes through one does. */
  constructor(report: (error: unknown) => void, publishes = false) {
    this.#report = report;
    this.#publishes = publishes;
  }

  /** Returns: a function that stops listening. */
  on<Type extends JobEventType>(type: Type, listener: (event: EventOf<Type>) => unknown): () => void {
    const own: Listener = (event) => listener(event as EventOf<Type>); // `as`: the map's key keeps type and listener together
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), own]);
    return () => {
      const others = (this.#listeners.get(type) ?? []).filter((other) => other !== own);
      if (others.length > 0) this.#listeners.set(type, others);
      else this.#listeners.delete(type);
    };
  }

  /** Tells another hub of every event as well. Returns: a function that ends it. */
  passOn(other: EventHub): () => void {
    this.#others = [...this.#others, other];
    return () => {
      this.#others = this.#others.filter((one) => one !== other);
    };
  }

  /** Tells of an event. It is only made when somebody listens for it. */
  tell<Type extends JobEventType>(type: Type, at: Date, job: JobRecord, details: DetailsOf<Type> | null): void {
    this.sink?.(type, at, job, details);
    for (const other of this.#others) other.tell(type, at, job, details);
    const listeners = this.#listeners.get(type);
    const channel = this.#publishes ? CHANNELS.get(type) : undefined;
    const isPublished = channel?.hasSubscribers === true;
    if (listeners === undefined && !isPublished) return;
    const event = { type, at, job, ...details } as JobEvent; // `as`: the type parameter ties the details to the type
    if (isPublished) channel.publish(event);
    for (const listener of listeners ?? []) {
      try {
        const answer = listener(event);
        if (isPromise(answer)) answer.then(undefined, this.#report);
      } catch (error) {
        this.#report(error);
      }
    }
  }
}
