// The scheduler: fires schedules, each tick once however many schedulers there are (R34). Every worker is one, too.

import { type Duration, durationMs, secondsOrDurationMs } from "../job/duration.ts";
import { InvalidOptionError, type StoreUnavailableError } from "../job/errors.ts";
import { Crew } from "./crew.ts";
import { loadCalendar } from "./cron.ts";
import type { Engine } from "./engine.ts";
import { requireKnown } from "./known-options.ts";
import { requireSchedules, ScheduleRound } from "./schedule-round.ts";
import { Service, type Session, type Stoppable } from "./service.ts";

export interface SchedulerOptions {
  /** How long to sleep, at the most, between looks at the store: a duration, or seconds; 60 unless told. */
  readonly interval?: number | Duration | undefined;
  /** Stop, and let `ended()` reject, when the store has been out of reach for so long. Unless told it tries for ever. */
  readonly giveUpAfter?: Duration | undefined;
}

/** Fires schedules until it is stopped. Made by `jobs.scheduler(options)`; every method can be called at any time. */
export interface Scheduler {
  /**
   * Keeps the app's schedules in the store, then fires them. Does not wait for the store. Starting what runs does nothing.
   * Rejects with InvalidScheduleError when the app has no schedules, or its store keeps none.
   */
  start(): Promise<void>;
  /** Resolves when no timer is left and no store call will follow. Never rejects. */
  stop(): Promise<void>;
  /** Resolves when it has stopped; rejects with StoreUnavailableError when it gave up (`giveUpAfter`). */
  ended(): Promise<void>;
}

/** How long a stop waits for a store call under way. */
const FAREWELL_MS = 3000;
const LEAST_INTERVAL_MS = 10;
const KNOWN = new Set(["interval", "giveUpAfter"]);

/** How long a loop that fires schedules sleeps at the most: others may have put some, or changed them. */
export const SCHEDULE_INTERVAL_MS = 60_000;

export class EngineScheduler extends Service<SchedulerSession> implements Scheduler {
  /** Throws: InvalidOptionError. */
  constructor(engine: () => Engine, options: SchedulerOptions, onStart: (service: Stoppable) => void) {
    requireKnown(options, "scheduler", KNOWN);
    const intervalMs = secondsOrDurationMs(options.interval ?? SCHEDULE_INTERVAL_MS / 1000, "scheduler's interval");
    if (intervalMs < LEAST_INTERVAL_MS)
      throw new InvalidOptionError("scheduler's interval", options.interval, `at least ${LEAST_INTERVAL_MS} ms`);
    const { giveUpAfter } = options;
    const giveUpMs =
      giveUpAfter === undefined ? Number.POSITIVE_INFINITY : durationMs(giveUpAfter, "scheduler's giveUpAfter");
    super(() => new SchedulerSession(engine(), intervalMs, giveUpMs), onStart);
  }
}

class SchedulerSession implements Session {
  readonly ended: Promise<StoreUnavailableError | null>;
  readonly #crew: Crew;
  #stopping: Promise<void> | null = null;
  #gaveUp: StoreUnavailableError | null = null;
  #end: (gaveUp: StoreUnavailableError | null) => void = () => undefined;
  readonly #wake: () => void;

  constructor(home: Engine, intervalMs: number, giveUpMs: number) {
    requireSchedules(home);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#crew = new Crew(home, {
      who: home.workerId,
      leaseMs: home.leaseMs,
      giveUpMs,
      gaveUp: (error) => {
        this.#gaveUp = error;
        void this.stop();
      },
      lateClaims: () => undefined, // It claims nothing.
    });
    const poller = this.#crew.poller("firing schedules", scheduleRounds(this.#crew.engine, intervalMs));
    this.#wake = () => poller.wake();
  }

  get isStopping(): boolean {
    return this.#stopping !== null;
  }

  load(): Promise<unknown> {
    return loadCalendar();
  }

  start(): void {
    const { log, workerId, schedules } = this.#crew.engine;
    log("info", `${workerId} fires schedules`, { schedules: [...schedules.keys()] });
    this.#wake();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#shutDown();
    return this.#stopping;
  }

  async #shutDown(): Promise<void> {
    const { clock } = this.#crew.engine;
    const farewell = new Promise<void>((resolve) => {
      clock.wakeAt(new Date(clock.now().getTime() + FAREWELL_MS), resolve, { rank: "poll" });
    });
    await Promise.race([this.#crew.stopPolling(), farewell]);
    this.#crew.close();
    this.#end(this.#gaveUp);
  }
}

/** The rounds of a loop that fires the engine's schedules; its store keeps some. */
export function scheduleRounds(engine: Engine, intervalMs: number): () => Promise<number> {
  const round = new ScheduleRound(engine);
  return async () => {
    const next = await round.run();
    const waitMs = Math.round(intervalMs * (0.8 + engine.random() / 5));
    return Math.min(next, engine.clock.now().getTime() + waitMs);
  };
}
