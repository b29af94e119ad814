// The steps of a job as tracing channels of node:diagnostics_channel: what makes spans of them needs their start, their end
// and the context between. What has happened (events.ts) is told on channels of its own. Costs a few reads per step while
// nobody listens.

import { type TracingChannel, tracingChannel } from "node:diagnostics_channel";
import type { Outcome } from "../job/outcome.ts";
import type { Claim, EnqueuedJob, JobProgress } from "../job/record.ts";
import { isPromise } from "../job/schema.ts";

interface Step<Result> {
  /** What came of it, once it is over and did not fail. */
  result?: Result;
  /** Why it failed. Absent while it goes on, and where it did not. */
  error?: unknown;
}

/** `wheelwright:enqueue`: one call of an enqueue, data checked and row stored. The result is the rows, in order. */
export interface EnqueueStep extends Step<readonly EnqueuedJob[]> {
  /** The names of the jobs that are to be stored: one, or those of an `enqueueMany`. */
  readonly jobClasses: readonly string[];
}

/** `wheelwright:claim`: one asking for due jobs, a worker's or processQueue's. The result is the claims; often there are none. */
export interface ClaimStep extends Step<readonly Claim[]> {
  readonly workerId: string;
  /** Undefined: all of them. */
  readonly queues: readonly string[] | undefined;
  /** How many it may have, at the most. */
  readonly limit: number;
}

/**
 * `wheelwright:perform`: one attempt while it runs, `carry.restore` included. The result is true; the error is what
 * the handler threw, or why it was given up (JobTimeoutError, LeaseLostError, ShutdownError).
 */
export interface PerformStep extends Step<true> {
  readonly job: Claim;
  readonly workerId: string;
}

/** `wheelwright:settle`: one try at storing an outcome. A `lost` one changed nothing, as the claim held no more. */
export interface SettleStep extends Step<"settled" | "lost"> {
  readonly job: Claim;
  readonly outcome: Outcome;
  /** Whether the lease was over, and the outcome is the rescue's. */
  readonly rescues: boolean;
}

/**
 * `wheelwright:extend`: one try at lengthening the lease of a job that runs: a heartbeat, or a progress. After `lost` the
 * attempt is given up.
 */
export interface ExtendStep extends Step<"held" | "lost"> {
  readonly job: Claim;
  /** What the handler told, for a progress. */
  readonly progress: JobProgress | null;
}

/** `wheelwright:tick`: a schedule fired. The result is the rows: none where another scheduler was first. */
export interface TickStep extends Step<readonly EnqueuedJob[]> {
  /** Its name. */
  readonly schedule: string;
  /** The tick, or the first of several that were missed. */
  readonly due: Date;
}

/** `wheelwright:drain`: one call that runs what is due. A worker is none: it goes on, and its claims tell of it. */
export interface DrainStep extends Step<{ readonly ran: number }> {
  /** The method called: the last five are a kit's. */
  readonly verb: "processQueue" | "processNext" | "drain" | "drainUntilIdle" | "advance" | "advanceTo" | "runNext";
  /** Undefined: all of them. */
  readonly queues: readonly string[] | undefined;
}

type Moment = "start" | "end" | "error" | "asyncStart" | "asyncEnd";
/** What is called with the step at each of its moments; any may be left out. */
export type StepListeners<Told extends object> = { readonly [At in Moment]?: (told: Told) => void };

/** A TracingChannel, typed by what it tells. */
export interface StepChannel<Told extends object>
  extends Omit<TracingChannel<unknown, Told>, "subscribe" | "unsubscribe"> {
  subscribe(listeners: StepListeners<Told>): void;
  unsubscribe(listeners: StepListeners<Told>): unknown;
}

export interface Channels {
  readonly enqueue: StepChannel<EnqueueStep>;
  readonly claim: StepChannel<ClaimStep>;
  readonly perform: StepChannel<PerformStep>;
  readonly settle: StepChannel<SettleStep>;
  readonly extend: StepChannel<ExtendStep>;
  readonly tick: StepChannel<TickStep>;
  readonly drain: StepChannel<DrainStep>;
}

/**
 * The channels, typed. They are the process's own: `channelOf("wheelwright:perform")` gives the same, so that an
 * observer need not import this package.
 *
 * Each step publishes one and the same object: on `start`; on `end`, when the call that began it has returned; on `error`,
 * if it failed; on `asyncStart` and `asyncEnd`, when it is over. Always in this order, also for what needed no waiting.
 * Stores that are bound to `start` hold for the whole step, but for those of a drain: the attempts in it begin clean.
 */
export const channels: Channels = {
  enqueue: channelOf("wheelwright:enqueue"),
  claim: channelOf("wheelwright:claim"),
  perform: channelOf("wheelwright:perform"),
  settle: channelOf("wheelwright:settle"),
  extend: channelOf("wheelwright:extend"),
  tick: channelOf("wheelwright:tick"),
  drain: channelOf("wheelwright:drain"),
};

/** Its own types ask for a listener of every moment, and its code for none. */
function channelOf<Told extends object>(name: string): StepChannel<Told> {
  return tracingChannel(name) as object as StepChannel<Told>; // `as`: see above
}

/** Whether anybody listens. TracingChannel's own `hasSubscribers` is younger than Node.js 20. */
export function isWatched<Told extends object>(channel: StepChannel<Told>): boolean {
  const { start, end, asyncStart, asyncEnd, error } = channel;
  return (
    start.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers
  );
}

/** Takes a step that is watched, and tells of it. Returns, throws or rejects as the step does. */
export function traced<Result, Told extends Step<Result>, Returned>(
  channel: StepChannel<Told>,
  told: Told,
  take: () => Returned,
  resultOf: (value: Awaited<Returned>) => Result,
): Returned {
  const trace = new Trace<Result, Told>(channel, told);
  const succeed = (value: Awaited<Returned>): Awaited<Returned> => {
    trace.succeed(resultOf(value));
    return value;
  };
  const fail = (error: unknown): never => {
    trace.fail(error);
    throw error;
  };
  let returned: Returned;
  try {
    returned = trace.begin(take);
  } catch (error) {
    return fail(error);
  }
  // `as`: a value stays a value, and a promise a promise of the same.
  const promise = returned as Promise<Awaited<Returned>> | Awaited<Returned>;
  return (isPromise(promise) ? promise.then(succeed, fail) : succeed(promise)) as Returned;
}

/** One step that is being told of. */
export class Trace<Result, Told extends Step<Result>> {
  readonly #channel: StepChannel<Told>;
  readonly #told: Told;
  #hasBegun = false;
  #isOver = false;

  constructor(channel: StepChannel<Told>, told: Told) {
    this.#channel = channel;
    this.#told = told;
  }

  /** Calls `take` in the context of the stores that are bound to the channel. */
  begin<T>(take: () => T): T {
    try {
      return this.#channel.start.runStores(this.#told, take);
    } finally {
      this.#hasBegun = true;
      this.#channel.end.publish(this.#told);
      if (this.#isOver) this.#close(); // It ended while it began.
    }
  }

  succeed(result: Result): void {
    this.#told.result = result;
    this.#end();
  }

  fail(error: unknown): void {
    this.#told.error = error;
    this.#end();
  }

  #end(): void {
    this.#isOver = true;
    if (this.#hasBegun) this.#close();
  }

  #close(): void {
    const { error, asyncStart, asyncEnd } = this.#channel;
    if ("error" in this.#told) error.publish(this.#told);
    asyncStart.publish(this.#told);
    asyncEnd.publish(this.#told);
  }
}
