// The worker: claims what is due for its free slots, performs it, sleeps until the next job or its interval, and keeps on
// whatever happens, until it is stopped.

import { brandErrors, WheelwrightError } from "../job/errors.ts";
import type { Engine } from "./engine.ts";
import { Service, type Stoppable } from "./service.ts";
import { type WorkerOptions, workerPlan } from "./worker-options.ts";
import { WorkerSession } from "./worker-session.ts";

/** A worker that was to become idle is not running. */
export class WorkerNotRunningError extends WheelwrightError {
  override readonly code = "WORKER_NOT_RUNNING";

  constructor() {
    super("The worker is not running, so it does not become idle. Call start() first.");
  }
}

brandErrors(WorkerNotRunningError);

/** Runs jobs until it is stopped. Made by `jobs.worker(options)`; every method can be called at any time, and again. */
export interface Worker {
  /**
   * Begins to work. Does not wait for the store: one that is out of reach is tried until it is there (R46).
   * Starting what runs does nothing; what is stopping starts anew once it has stopped.
   */
  start(): Promise<void>;
  /**
   * Takes no more jobs, lets running ones finish, and hands back what has not started. After `shutdownTimeout`, or at
   * once with `now`, running ones are aborted and handed back as well, their attempts given back. Resolves when nothing
   * runs, no timer is left and no store call will follow. Never rejects. A second call with `now` cuts the first short.
   */
  stop(options?: { readonly now?: boolean }): Promise<void>;
  /** Resolves when no job runs and none is due, or when the worker has stopped. Rejects with WorkerNotRunningError. */
  idle(): Promise<void>;
  /**
   * Resolves when the worker has stopped, by `stop()` or after `maxJobs`; at once when it does not run. Rejects with
   * StoreUnavailableError when it gave up (`giveUpAfter`).
   */
  ended(): Promise<void>;
  /** How many jobs run. */
  readonly running: number;
}

export class EngineWorker extends Service<WorkerSession> implements Worker {
  /** Throws: InvalidOptionError. */
  constructor(engine: () => Engine, options: WorkerOptions, onStart: (service: Stoppable) => void) {
    const plan = workerPlan(options);
    super(() => new WorkerSession(engine(), plan), onStart);
  }

  get running(): number {
    return this.session?.running ?? 0;
  }

  async idle(): Promise<void> {
    if (this.session === null) throw new WorkerNotRunningError();
    await this.session.idle();
  }
}
