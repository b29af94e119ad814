// One attempt at a job while it runs: its signal, its sleeps, its deadline, and the context its handler sees.

import type { AmbientJobs, Scope } from "../job/ambient.ts";
import type { JobContext, JobLog } from "../job/context.ts";
import { type Duration, durationMs } from "../job/duration.ts";
import { AttemptOverError, InvalidOptionError, JobTimeoutError, LeaseLostError, ShutdownError } from "../job/errors.ts";
import { printable } from "../job/failure-message.ts";
import type { AnyJob, AnyJobClass, EnqueueOptions } from "../job/job.ts";
import type { Performance } from "../job/outcome.ts";
import type { Claim, EnqueuedJob, JobProgress } from "../job/record.ts";
import type { Engine } from "./engine.ts";
import { extend } from "./extend.ts";
import { jobFields, type LogLevel } from "./log.ts";

interface Sleep {
  readonly cancel: () => void;
  readonly reject: (reason: unknown) => void;
}

/** The state of one attempt, and the scope its handler runs in. It ends once: by its handler, or before it, by `abort`. */
export class Attempt implements Scope {
  readonly engine: Engine;
  readonly claim: Claim;
  /** Milliseconds since 1970 at which it has timed out. */
  readonly deadline: number;
  /** When its lease was last extended, in milliseconds since 1970. */
  extendedAt: number;
  /** Whether the last heartbeat failed in the store. */
  missesBeats = false;
  /** The instance that performs, once it is made: backoff asks it. */
  instance: AnyJob | null = null;
  /** Waits on the clock that are open: a handler is asleep while there is one. */
  openSleeps = 0;
  /** Whether the handler has ended, or was given up. */
  ended = false;
  /** Whether its process is gone, as far as the engine can tell: nothing comes of it, and whatever it still does is nobody's. */
  died = false;
  /** Why it may not go on: the abort's reason, or the error it failed with. Null while it runs, and after success. */
  overBecause: { readonly reason: unknown } | null = null;

  #controller: AbortController | null = null;
  #sleeps: Set<Sleep> | null = null;
  readonly #onEnd: (performance: Performance) => void;

  /** `onEnd` is called once, with how the handler ended or why it was given up. It must not throw. */
  constructor(engine: Engine, claim: Claim, onEnd: (performance: Performance) => void) {
    this.engine = engine;
    this.claim = claim;
    this.#onEnd = onEnd;
    this.deadline = deadlineOf(claim);
    this.extendedAt = startOf(claim).getTime();
  }

  get jobs(): AmbientJobs {
    return this.engine.ambient;
  }
  get kit(): object | null {
    return this.engine.kit;
  }
  get attempt(): this {
    return this;
  }

  get signal(): AbortSignal {
    // Made when first asked for: most handlers never look at it.
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#aborted !== null) this.#controller.abort(this.#aborted.reason);
    }
    return this.#controller.signal;
  }
  #aborted: { readonly reason: unknown } | null = null;

  /** The handler has ended. A later end is logged and changes nothing (R16). */
  end(performance: Performance): void {
    if (this.died) return;
    // A handler that blocked the event loop comes before the timer that would have stopped it.
    if (!this.ended && this.engine.clock.now().getTime() > this.deadline) this.timeOut();
    if (this.ended) {
      this.#logLate(performance);
      return;
    }
    this.ended = true;
    if (performance.type === "error") this.overBecause = { reason: performance.error };
    this.engine.watchdog.end();
    this.#closeSleeps(null);
    this.#onEnd(performance);
  }

  /** Ends the attempt because its time is over. */
  timeOut(): void {
    this.abort(new JobTimeoutError(this.claim.timeout));
  }

  /** Ends the attempt because its worker waits no longer: it is handed back. */
  stop(): void {
    this.abort(new ShutdownError(), "stopped");
  }

  /**
   * Lets go of the attempt as when its process is killed: nothing is decided, stored or told, its sleeps never end, and
   * its lease is extended no more. Of one that has ended, what its handler still does is let go of. The faults of a kit
   * call it.
   */
  die(reason: Error): void {
    this.died = true;
    this.overBecause ??= { reason };
    if (this.ended) return;
    this.ended = true;
    this.engine.watchdog.end();
    this.#closeSleeps(null);
    this.#onEnd({ type: "error", error: reason });
  }

  /** Ends the attempt from outside: aborts the signal, rejects its sleeps, and gives its slot free. */
  abort(reason: Error, type: "error" | "stopped" = "error"): void {
    if (this.ended) return;
    this.ended = true;
    this.overBecause = { reason };
    this.#aborted = { reason };
    this.engine.watchdog.end();
    this.#controller?.abort(reason);
    this.#closeSleeps(reason);
    this.#onEnd({ type, error: reason });
  }

  /** The error for work that an attempt tries after it is over, or null while it may go on. */
  refuse(attempted: string): AttemptOverError | null {
    if (this.overBecause === null) return null;
    const { jobClass, id, attempts } = this.claim;
    return new AttemptOverError(jobClass, id, attempts, attempted, this.overBecause.reason);
  }

  async sleep(duration: Duration): Promise<void> {
    const ms = durationMs(duration, "context.sleep's duration");
    this.#requireRunning("sleep");
    await this.sleepMs(ms);
  }

  /** Waits on the clock, as a sleep of this attempt. Rejects when the attempt is aborted first. */
  sleepMs(ms: number): Promise<void> {
    const { clock, kit } = this.engine;
    this.#sleeps ??= new Set();
    const sleeps = this.#sleeps;
    return new Promise((resolve, reject) => {
      const close = (): void => {
        this.openSleeps--;
        sleeps.delete(sleep);
        kit?.sleepClosed(this);
      };
      const wake = (): void => {
        close();
        resolve();
      };
      const unset = clock.wakeAt(new Date(clock.now().getTime() + ms), wake, { rank: "sleep" });
      const cancel = (): void => {
        unset();
        close();
      };
      const sleep: Sleep = { cancel, reject };
      this.openSleeps++;
      sleeps.add(sleep);
      kit?.sleepOpened(this);
    });
  }

  async progress(processed: number, total: number, message?: string): Promise<void> {
    this.#requireRunning("report progress");
    const progress = progressOf(processed, total, message);
    const { clock, leaseMs, events } = this.engine;
    const now = clock.now();
    const answer = await extend(this.engine, this.claim, { now, leaseMs, progress });
    if (answer === "lost") {
      this.abort(new LeaseLostError(this.claim.id));
      this.#requireRunning("report progress");
    }
    this.extendedAt = now.getTime();
    events.tell("progress", now, this.claim, { progress });
  }

  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>, from?: "handler"): void {
    this.engine.log(level, message, { ...fields, ...jobFields(this.claim) }, from);
  }

  // Not an async function: what the engine returns must reach the handler as it is (see Job's enqueue).
  enqueue(jobClass: AnyJobClass, data: unknown, options: EnqueueOptions | undefined): Promise<EnqueuedJob> {
    try {
      this.#requireRunning("enqueue");
    } catch (error) {
      return Promise.reject(error);
    }
    return this.engine.ambient.enqueueFrom(jobClass, data, options);
  }

  #requireRunning(attempted: string): void {
    const refused = this.refuse(attempted);
    if (refused !== null) throw refused;
    if (!this.ended) return;
    const { jobClass, id, attempts } = this.claim;
    throw new AttemptOverError(jobClass, id, attempts, attempted, undefined);
  }

  /** Sleeps still open when the attempt ends: rejected with the abort's reason, or left open for good. */
  #closeSleeps(reason: Error | null): void {
    if (this.#sleeps === null) return;
    for (const sleep of [...this.#sleeps]) {
      sleep.cancel();
      if (reason !== null) sleep.reject(reason);
    }
  }

  #logLate(performance: Performance): void {
    if (performance.type === "ok") {
      this.log("warn", `${this.claim.jobClass} returned after its attempt was over; nothing is stored`);
      return;
    }
    if (isAbortEcho(performance.error, this.overBecause?.reason)) return; // It stopped because it was told to.
    this.log("warn", `${this.claim.jobClass} threw after its attempt was over; nothing is stored`, {
      error: performance.error,
    });
  }
}

/** The handler's view of its attempt. Every member works when destructured. */
export class AttemptContext implements JobContext {
  readonly #attempt: Attempt;

  constructor(attempt: Attempt) {
    this.#attempt = attempt;
  }

  get job(): Claim {
    return this.#attempt.claim;
  }
  get attempt(): number {
    return this.#attempt.claim.attempts;
  }
  get signal(): AbortSignal {
    return this.#attempt.signal;
  }
  get now(): JobContext["now"] {
    return () => this.#attempt.engine.clock.now();
  }
  get sleep(): JobContext["sleep"] {
    return (duration) => unlessUnseen(this.#attempt.sleep(duration));
  }
  get progress(): JobContext["progress"] {
    return (processed, total, message) => unlessUnseen(this.#attempt.progress(processed, total, message));
  }
  get log(): JobLog {
    const attempt = this.#attempt;
    return {
      debug: (message, fields) => attempt.log("debug", message, fields, "handler"),
      info: (message, fields) => attempt.log("info", message, fields, "handler"),
      warn: (message, fields) => attempt.log("warn", message, fields, "handler"),
      error: (message, fields) => attempt.log("error", message, fields, "handler"),
    };
  }
  get enqueue(): JobContext["enqueue"] {
    return (jobClass, ...args) => this.#attempt.enqueue(jobClass, args[0], args[1]);
  }
}

/** The milliseconds since 1970 at which a claim's attempt has timed out. Whole, as a clock's are. */
export function deadlineOf(claim: Claim): number {
  return Math.round(startOf(claim).getTime() + claim.timeout * 1000);
}

/** When a claim's attempt began. */
export function startOf(claim: Claim): Date {
  return claim.startedAt ?? claim.updatedAt;
}

/** A rejection that the handler never looks at must not end the process: its attempt is over, or tells by itself. */
function unlessUnseen(promise: Promise<void>): Promise<void> {
  promise.catch(() => undefined);
  return promise;
}

function progressOf(processed: number, total: number, message: string | undefined): JobProgress {
  for (const [what, value] of [
    ["processed", processed],
    ["total", total],
  ] as const) {
    if (!Number.isFinite(value) || value < 0) {
      throw new InvalidOptionError(`progress's ${what}`, value, "a finite number, not negative");
    }
  }
  return {
    processed,
    total,
    percentage: total === 0 ? 0 : Math.min(100, Math.floor((processed / total) * 100)),
    status: total > 0 && processed >= total ? "completed" : "processing",
    message: message === undefined ? null : printable(String(message)),
  };
}

function isAbortEcho(error: unknown, reason: unknown): boolean {
  if (error === reason) return true;
  try {
    return Reflect.get(Object(error), "name") === "AbortError";
  } catch {
    return false; // Whatever was thrown, looking at it throws nothing.
  }
}
