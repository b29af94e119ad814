// One life of a worker, from start to stop.

import type { StoreUnavailableError } from "../job/errors.ts";
import type { Claim, JobRecord } from "../job/record.ts";
import type { JobStore } from "../store/job-store.ts";
import { claimJobs } from "./claim-jobs.ts";
import { Crew } from "./crew.ts";
import { loadCalendar } from "./cron.ts";
import type { Engine } from "./engine.ts";
import type { Poller } from "./poller.ts";
import { rescue } from "./rescue.ts";
import { handBack, startAttempt } from "./run-attempt.ts";
import { SCHEDULE_INTERVAL_MS, scheduleRounds } from "./scheduler.ts";
import type { Session } from "./service.ts";
import type { WorkerPlan } from "./worker-options.ts";

/** How often claims whose lease is over are looked for, at the most. */
const LONGEST_SWEEP_MS = 30_000;
/** How long a shutdown waits for the outcomes of jobs that it aborted to be stored. */
const FAREWELL_MS = 3000;
/** The wait before a job is asked for again that is due and could not be had, as its row is locked. It doubles. */
const PASSED_OVER_MS = 50;
/** How long a worker that hears of an enqueue elsewhere waits before it asks, at the most. */
const LONGEST_HEARD_MS = 10;

export class WorkerSession implements Session {
  /** Resolves when all is over: with null, or with why the worker gave up. Never rejects. */
  readonly ended: Promise<StoreUnavailableError | null>;
  readonly #plan: WorkerPlan;
  readonly #crew: Crew;
  readonly #engine: Engine;
  readonly #claims: Poller;
  readonly #sweeps: Poller;
  readonly #schedules: Poller | null;
  readonly #ears: Poller | null;
  /** What ends listening to the store; null while nothing is heard. */
  #unlisten: (() => Promise<void>) | null = null;
  /** Whether a round is to come for what was heard: what is heard until then is found by that one. */
  #hasHeard = false;
  /** Jobs claimed and not settled yet, those being handed back included. */
  #held = 0;
  #started = 0;
  /** Rounds in a row that found a due job and could not have it. */
  #passedOver = 0;
  #idlers: (() => void)[] = [];
  #stopping: Promise<void> | null = null;
  #cutShort: () => void = () => undefined;
  #onEmpty: () => void = () => undefined;
  #gaveUp: StoreUnavailableError | null = null;
  #end: (gaveUp: StoreUnavailableError | null) => void = () => undefined;
  #forget: readonly (() => void)[] = [];

  constructor(home: Engine, plan: WorkerPlan) {
    this.#plan = plan;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const leaseMs = plan.leaseMs ?? home.leaseMs;
    this.#crew = new Crew(home, {
      who: home.workerId,
      leaseMs,
      giveUpMs: plan.giveUpMs,
      gaveUp: (error) => {
        this.#gaveUp = error;
        void this.stop(true);
      },
      lateClaims: (claims) => {
        for (const claim of claims) this.#handBack(claim);
      },
    });
    this.#engine = this.#crew.engine;
    this.#claims = this.#crew.poller("claiming jobs", () => this.#claim());
    this.#sweeps = this.#crew.poller("taking back lost jobs", () => this.#sweep());
    const fires = plan.schedules && home.schedules.size > 0 && home.store.schedules !== undefined;
    const rounds = fires ? scheduleRounds(this.#engine, SCHEDULE_INTERVAL_MS) : null;
    this.#schedules = rounds === null ? null : this.#crew.poller("firing schedules", rounds);
    const listen = home.store.listen?.bind(home.store);
    this.#ears = listen === undefined ? null : this.#earsFor(listen);
  }

  get isStopping(): boolean {
    return this.#stopping !== null;
  }

  get running(): number {
    return this.#engine.watchdog.count;
  }

  load(): Promise<unknown> | null {
    return this.#schedules === null ? null : loadCalendar();
  }

  start(): void {
    const { events, log, workerId } = this.#engine;
    const { queues, concurrency } = this.#plan;
    log("info", `${workerId} starts`, { queues: queues ?? "all", concurrency });
    const look = ({ job }: { readonly job: JobRecord }): void => this.#comesDue(job);
    this.#forget = [events.on("enqueued", look), events.on("retried", look)];
    this.#sweeps.wake();
    this.#schedules?.wake();
    this.#ears?.wake();
    this.#claims.wake();
  }

  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idlers.push(resolve);
      this.#claims.wake();
    });
  }

  stop(now: boolean): Promise<void> {
    this.#stopping ??= this.#shutDown(now ? 0 : this.#plan.shutdownMs);
    if (now) this.#cutShort();
    return this.#stopping;
  }

  /** One round: fills the free slots with what is due. */
  async #claim(): Promise<number> {
    const { store, clock, workerId, leaseMs } = this.#engine;
    const { queues, concurrency, maxJobs, intervalMs } = this.#plan;
    this.#hasHeard = false;
    const limit = Math.min(concurrency - this.#held, maxJobs - this.#started);
    if (limit <= 0) return Number.POSITIVE_INFINITY; // The end of a job wakes it.
    const asked = this.#idlers.length;
    const now = clock.now();
    const claims = await claimJobs(this.#engine, { queues, limit, now, workerId, leaseMs });
    for (const claim of claims) this.#take(claim);
    if (claims.length > 0) this.#passedOver = 0;
    if (this.#stopping !== null) return Number.POSITIVE_INFINITY;
    if (claims.length >= limit) return now.getTime(); // There may be more, and a slot may be free again.
    const next = (await store.nextRunAt({ queues }))?.getTime() ?? Number.POSITIVE_INFINITY;
    if (next <= now.getTime()) return this.#passOver(now.getTime(), claims.length);
    this.#passedOver = 0;
    if (this.#held === 0) for (const resolve of this.#idlers.splice(0, asked)) resolve();
    return Math.min(next, clock.now().getTime() + this.#jittered(intervalMs));
  }

  /** A due job that could not be had: enqueued a moment ago, or its row is locked. Soon again, but no busy loop. */
  #passOver(now: number, claimed: number): number {
    if (claimed > 0 || this.#passedOver++ === 0) return now;
    return now + Math.min(PASSED_OVER_MS * 2 ** Math.min(this.#passedOver, 20), this.#plan.intervalMs);
  }

  #take(claim: Claim): void {
    // An answer that took longer than the lease: the job may be another's by now.
    const isOver = claim.lockedUntil !== null && claim.lockedUntil.getTime() <= this.#engine.clock.now().getTime();
    if (isOver || this.#stopping !== null) {
      this.#handBack(claim);
      return;
    }
    this.#held++;
    this.#started++;
    startAttempt(this.#engine, claim, () => this.#letGo());
  }

  #handBack(claim: Claim): void {
    this.#held++;
    handBack(this.#engine, claim, () => this.#letGo());
  }

  #letGo(): void {
    this.#held--;
    if (this.#held === 0) this.#onEmpty();
    if (this.#held === 0 && this.#started >= this.#plan.maxJobs) void this.stop(false);
    else this.#claims.wake();
  }

  async #sweep(): Promise<number> {
    const { clock, leaseMs } = this.#engine;
    await rescue(this.#engine); // What becomes due by it is told as `retried`, which wakes this worker, too.
    return clock.now().getTime() + this.#jittered(Math.min(leaseMs, LONGEST_SWEEP_MS));
  }

  #earsFor(listen: NonNullable<JobStore["listen"]>): Poller {
    const ears = this.#crew.poller("listening for enqueues", () => this.#listen(listen, () => ears.wake()));
    return ears;
  }

  /** One round: listens. A connection that breaks calls for another (BM-102). */
  async #listen(listen: NonNullable<JobStore["listen"]>, again: () => void): Promise<number> {
    const wake = (): void => this.#hear();
    const lost = (): void => {
      this.#unlisten = null;
      again();
    };
    this.#unlisten = await listen(wake, lost);
    wake(); // For what was enqueued before anybody listened.
    return Number.POSITIVE_INFINITY;
  }

  /** Of an enqueue elsewhere. Soon, not at once: else all workers there are would ask the database together (BM-109). */
  #hear(): void {
    if (this.#hasHeard) return;
    this.#hasHeard = true;
    const { clock, random } = this.#engine;
    this.#claims.wakeBy(clock.now().getTime() + Math.floor(random() * (LONGEST_HEARD_MS + 1)));
  }

  #comesDue(job: JobRecord): void {
    const { queues } = this.#plan;
    if (queues === undefined || queues.includes(job.queue)) this.#claims.wakeBy(job.runAt.getTime());
  }

  /** Four fifths of it to all of it: workers that started together do not poll together for ever. */
  #jittered(ms: number): number {
    return Math.round(ms * (0.8 + this.#engine.random() / 5));
  }

  async #shutDown(patienceMs: number): Promise<void> {
    const { clock, watchdog, log, workerId } = this.#engine;
    log("info", `${workerId} stops`, { running: this.running });
    for (const forget of this.#forget) forget();
    const empty = Promise.all([this.#crew.stopPolling(), this.#stopListening(), this.#emptied()]).then(
      () => "empty" as const,
    );
    const patience = this.#patience(patienceMs);
    if ((await Promise.race([empty, patience])) !== "empty") {
      for (const attempt of watchdog.running()) attempt.stop();
      const farewell = new Promise<void>((resolve) => {
        clock.wakeAt(new Date(clock.now().getTime() + FAREWELL_MS), resolve, { rank: "poll" });
      });
      if ((await Promise.race([empty, farewell])) !== "empty")
        log("warn", `${workerId} stops without an answer from its store`, { held: this.#held });
    }
    this.#crew.close();
    log("info", `${workerId} has stopped`, {});
    for (const resolve of this.#idlers) resolve();
    this.#end(this.#gaveUp);
  }

  /** Also when all else has ended, where the answer to its listening comes that late. */
  async #stopListening(): Promise<void> {
    await this.#ears?.stop();
    try {
      await this.#unlisten?.();
    } catch (error) {
      this.#engine.log("warn", `${this.#engine.workerId} could not end its listening`, { error });
    }
  }

  #emptied(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
      if (this.#held === 0) resolve();
    });
  }

  #patience(ms: number): Promise<void> {
    const { clock } = this.#engine;
    return new Promise((resolve) => {
      this.#cutShort = resolve;
      clock.wakeAt(new Date(clock.now().getTime() + ms), resolve, { rank: "poll" });
    });
  }
}
