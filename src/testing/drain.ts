// Plays jobs in virtual time (R40): all that is due at one instant, then the next instant, until there is none.

import { claimJobs } from "../engine/claim-jobs.ts";
import { rescue } from "../engine/rescue.ts";
import { startAttempt } from "../engine/run-attempt.ts";
import { shared } from "../job/ambient.ts";
import type { Claim, JobRecord } from "../job/record.ts";
import type { ClaimRequest } from "../store/job-store.ts";
import type { DrainPlan, DrainReport } from "./drain-options.ts";
import type { KitEvent } from "./journal.ts";
import type { KitCore } from "./kit-core.ts";
import { afterTurn } from "./real-time.ts";
import { runaway } from "./runaway.ts";

/** Where a travel ends: when the test has advanced so far in all, or at an instant. */
export type Destination = { readonly offsetMs: number } | { readonly at: number };

/** After so many steps the event loop has a turn: a drain without end must not keep its test from timing out. */
const STEPS_PER_TURN = 1000;

/** A store that fails more often than this in a row is not waited out. */
const MAX_TRIES = 100;

/** One drain. Loops over the same steps as a worker; the store, the rules and the handlers are production's own. */
export class Drain {
  readonly startedAt: Date;
  readonly plan: DrainPlan;
  readonly failures: KitEvent[] = [];
  readonly retries: KitEvent[] = [];
  /** Whether `until` said that it is enough. */
  stopped = false;
  readonly #core: KitCore;
  readonly #counts = { ran: 0, completed: 0, retried: 0, failed: 0, rescued: 0 };
  #started = 0;
  #steps = 0;
  #latestId: string | null = null;
  /** Whether `runOne` had nothing to run: a rescue on the way is not what was asked for. */
  #isEmpty = false;
  /** Own handlers hold their leases at least until then, in milliseconds since 1970. */
  #leasesHoldUntil = 0;
  /** No lease ends before: there is nothing to take back until then. As the store said when time last moved on. */
  #nextLeaseEndAt = Number.NEGATIVE_INFINITY;
  /** When a schedule fires next, in milliseconds since 1970. Kept, so that the store is asked once per tick. */
  #nextTickAt: number;
  readonly #forget: () => void;

  /** Throws: InvalidScheduleError when schedules are to be fired and there are none. */
  constructor(core: KitCore, plan: DrainPlan) {
    this.#core = core;
    this.#nextTickAt = plan.includeSchedules ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    if (plan.includeSchedules) core.scheduler();
    this.plan = plan;
    this.startedAt = core.clock.now();
    this.#forget = this.#count();
  }

  /** Runs all that is due now, follow-ups too; the clock stands still. `perInstant`: maxJobs counts from here. */
  async runDue(perInstant: boolean): Promise<void> {
    const { clock, handlers, engine, enqueues } = this.#core;
    const now = engine.clock.now();
    const request = { queues: this.plan.queues, limit: 1, now, workerId: engine.workerId, leaseMs: engine.leaseMs };
    const { maxJobs } = this.plan;
    const mayStart = perInstant ? this.#started + maxJobs : maxJobs;
    let mayWake = handlers.openCount + maxJobs;
    const busy = handlers.rest();
    if (busy !== undefined) await busy; // Awaiting nothing would cost as much as something, at each instant.
    // Once per instant: a lease ends by time passing only. A store that a fault touches is asked whatever it said.
    let rescued = this.#core.faults === null && now.getTime() < this.#nextLeaseEndAt;
    while (!this.stopped) {
      this.#core.requireOpen("go on draining");
      if (clock.wakeNext()) {
        this.#counts.ran++;
        // One that sleeps no time at all, again and again, would keep this instant from ending.
        if (mayWake-- === 0) throw runaway(this.#core, this.plan);
      } else if (engine.watchdog.expireNext(now.getTime())) {
        // Its slot is free; what it has become is settled while `rest` waits.
      } else if (!rescued) {
        rescued = true;
        await (this.#core.faults === null ? rescue(engine) : this.#surviving(() => rescue(engine)));
      } else if (this.#nextTickAt <= now.getTime()) {
        this.#planTick(await this.#tick());
      } else if (this.#started >= mayStart && (await this.#hasDue(request))) {
        throw runaway(this.#core, this.plan);
      } else {
        const wasIdle = enqueues.isIdle;
        const [claim] =
          this.#core.faults === null
            ? await this.#claim(request)
            : ((await this.#surviving(() => this.#claim(request))) ?? []);
        if (claim !== undefined) {
          this.#started++;
          this.#leasesHoldUntil = Math.min(this.#leasesHoldUntil, claim.lockedUntil?.getTime() ?? 0);
          startAttempt(engine, claim, ignore); // `rest` waits for its end, or for its sleep.
        } else if (wasIdle && enqueues.isIdle) return;
        // What a handler did not wait for may be due, too: also what came to the store while it looked.
        else await enqueues.settled();
      }
      const resting = handlers.rest();
      if (resting !== undefined) await resting;
      if (++this.#steps % STEPS_PER_TURN === 0) await new Promise<void>(afterTurn);
      if (this.plan.until !== undefined && (await this.plan.until(await this.report()))) this.stopped = true;
    }
  }

  /** Runs what is due, then what becomes due on the way, each at its own instant, and arrives. `null`: until nothing is left to come. */
  async travel(to: Destination | null): Promise<void> {
    const { clock } = this.#core;
    const horizon = this.#horizonOf(to);
    await this.runDue(to !== null);
    while (!this.stopped) {
      const next = await this.#nextInstant(horizon, to !== null);
      if (next === null) break;
      if (to !== null && "offsetMs" in to ? !clock.reaches(next, to.offsetMs) : next > horizon) {
        if (to === null) throw runaway(this.#core, this.plan);
        break;
      }
      clock.stepTo(next, horizon);
      await this.runDue(to !== null);
    }
    if (this.stopped || to === null) return;
    if ("offsetMs" in to) clock.arrive(to.offsetMs);
    else clock.stepTo(to.at, to.at);
  }

  /** Rescues, then runs the first due job until it ends or sleeps. */
  async runOne(): Promise<void> {
    const { engine, clock, handlers } = this.#core;
    const { queues } = this.plan;
    await this.#surviving(() => rescue(engine));
    if (this.#nextTickAt <= clock.now().getTime()) this.#planTick(await this.#tick());
    const request = { queues, limit: 1, now: engine.clock.now(), workerId: engine.workerId, leaseMs: engine.leaseMs };
    const [claim] = (await this.#surviving(() => this.#claim(request))) ?? [];
    this.#isEmpty = claim === undefined;
    if (claim === undefined) return;
    this.#latestId = claim.id;
    startAttempt(engine, claim, ignore); // `rest` waits for its end, or for its sleep.
    await handlers.rest();
  }

  /** The job that `runOne` ran, as it is now. */
  async latest(): Promise<JobRecord | null> {
    return this.#latestId === null ? null : this.#core.engine.store.get(this.#latestId);
  }

  /**
   * A worker survives its store (R46), and so does a drain where a fault of its test makes it fail: what failed is tried
   * again, or left to the instant at which the store is back. Null where it is away.
   */
  async #surviving<T>(work: () => Promise<T>): Promise<T | null> {
    for (let tries = 1; ; tries++) {
      try {
        return await work();
      } catch (error) {
        const { faults } = this.#core;
        if (faults === null || !faults.caused(error) || tries === MAX_TRIES) throw error;
        if (faults.storeAwayUntil !== null) return null;
      }
    }
  }

  #horizonOf(to: Destination | null): number {
    if (to === null) return this.startedAt.getTime() + this.plan.maxVirtualMs;
    return "offsetMs" in to ? this.#core.clock.instantAt(to.offsetMs) : to.at;
  }

  async #hasDue(request: ClaimRequest): Promise<boolean> {
    const { accepts } = this.plan;
    if (accepts !== null) return (await this.#firstAccepted(accepts)) !== undefined;
    return (await this.#core.engine.store.due(request)).length > 0;
  }

  #claim(request: ClaimRequest): Promise<readonly Claim[]> {
    const { accepts } = this.plan;
    return accepts === null ? claimJobs(this.#core.engine, request) : this.#claimAccepted(accepts, request);
  }

  async #claimAccepted(accepts: (jobClass: string) => boolean, request: ClaimRequest): Promise<readonly Claim[]> {
    const first = await this.#firstAccepted(accepts);
    return first === undefined ? [] : claimJobs(this.#core.engine, { ...request, id: first.id });
  }

  async #firstAccepted(accepts: (jobClass: string) => boolean): Promise<JobRecord | undefined> {
    const { engine } = this.#core;
    for (let limit = 50; ; limit *= 4) {
      const due = await engine.store.due({ queues: this.plan.queues, limit, now: engine.clock.now() });
      const found = due.find((job) => accepts(job.jobClass));
      if (found !== undefined || due.length < limit) return found;
    }
  }

  /** The earliest instant after now of sleeper, timeout, runAt and lease end; null when there is none. */
  async #nextInstant(end: number, waitsForTicks: boolean): Promise<number | null> {
    const { clock, engine, faults } = this.#core;
    const { queues, accepts } = this.plan;
    // What the store holds is due, or over, by the engine's clock, which a fault may have put ahead of the kit's.
    const aheadMs = faults?.skewedMs ?? 0;
    const horizon = end + aheadMs;
    const now = clock.now().getTime() + aheadMs;
    const first = accepts === null ? (await engine.store.nextRunAt({ queues }))?.getTime() : now;
    // A job that is due and cannot be had (its row is locked elsewhere) does not keep the others from running.
    const runAt = first === undefined || first > now ? first : await this.#nextListedRunAt(now);
    const wakeAt = earliest([clock.nextWakeAt()?.getTime(), faults?.storeAwayUntil]);
    const next = earliest([wakeAt === null ? null : wakeAt + aheadMs, engine.watchdog.nextDeadline(), runAt]);
    const until = Math.min(next ?? horizon, horizon);
    if (engine.watchdog.count > 0 && until >= this.#leasesHoldUntil) await this.#holdLeases(until);
    // Only claims that no handler of this kit holds can end now.
    const ends = (await engine.store.nextLeaseEndAt())?.getTime();
    this.#nextLeaseEndAt = ends ?? Number.POSITIVE_INFINITY;
    const leaseEnd = ends === undefined || ends > now ? ends : await this.#nextListedLeaseEnd(now, horizon);
    const soonest = earliest([next, leaseEnd]);
    return this.#orTick(soonest === null ? null : soonest - aheadMs, waitsForTicks);
  }

  /** Fires what is due, in the context that a scheduler would fire it in. Returns when the next is. */
  #tick(): Promise<number> {
    const isFirst = this.#nextTickAt === Number.NEGATIVE_INFINITY; // Between drains the test may have changed them.
    return shared.runClean(() => this.#core.scheduler().run(isFirst));
  }

  #planTick(at: number): void {
    this.#nextTickAt = at;
    if (at < Number.POSITIVE_INFINITY) this.#core.clock.plan(at);
  }

  /** A drain until nothing is left to come would wait for ticks for ever: it fires those on its way only. */
  #orTick(next: number | null, waitsForTicks: boolean): number | null {
    if (!Number.isFinite(this.#nextTickAt) || (next === null && !waitsForTicks)) return next;
    return earliest([next, this.#nextTickAt]);
  }

  async #nextListedRunAt(now: number): Promise<number | null> {
    const { engine } = this.#core;
    const { accepts } = this.plan;
    let first: number | null = null;
    let beforeSeq: number | undefined;
    for (;;) {
      const page = await engine.store.list({ status: "pending", queue: this.plan.queues, limit: 500, beforeSeq });
      for (const { jobClass, runAt } of page)
        if (runAt.getTime() > now && (accepts?.(jobClass) ?? true)) first = earliest([first, runAt.getTime()]);
      if (page.length < 500) return first;
      beforeSeq = page.at(-1)?.seq;
    }
  }

  /** Past a claim that has ended and cannot be taken back (the store refuses): it does not keep the others from it. */
  async #nextListedLeaseEnd(now: number, horizon: number): Promise<number | null> {
    const ended = await this.#core.engine.store.expired({ now: new Date(horizon), limit: 1000 });
    return earliest(
      ended.map(({ lockedUntil }) => lockedUntil?.getTime()).filter((at) => at !== undefined && at > now),
    );
  }

  /** Extends the leases of the kit's own handlers past an instant, as heartbeats on the way there would have. */
  async #holdLeases(until: number): Promise<void> {
    const { engine } = this.#core;
    const now = engine.clock.now();
    await engine.watchdog.beat(now, Number.POSITIVE_INFINITY, Math.max(until - now.getTime(), 0) + engine.leaseMs);
    this.#leasesHoldUntil = Math.max(until, now.getTime()) + engine.leaseMs;
  }

  async report(): Promise<DrainReport> {
    const { engine, clock } = this.#core;
    let stillPending = 0;
    for (const { pending } of (await engine.store.stats({ queues: this.plan.queues })).values())
      stillPending += pending;
    return { ...this.#counts, stillPending, startedAt: this.startedAt, endedAt: clock.now() };
  }

  /** Attempts that it began, and sleepers that it let go on. */
  get ran(): number {
    return this.#counts.ran;
  }

  get ranNothing(): boolean {
    const { ran, rescued, failed, retried } = this.#counts;
    return this.#isEmpty || ran + rescued + failed + retried === 0;
  }

  /** Stops counting. */
  end(): void {
    this.#forget();
  }

  #count(): () => void {
    const counts = this.#counts;
    return this.#core.journal.onEvent((type, log, index) => {
      if (type === "claimed") counts.ran++;
      else if (type === "completed" || type === "rescued") counts[type]++;
      else if (type === "retried" || type === "failed") {
        counts[type]++;
        (type === "failed" ? this.failures : this.retries).push(log.event(index));
      }
    });
  }
}

function earliest(instants: readonly (number | null | undefined)[]): number | null {
  let first: number | null = null;
  for (const at of instants) if (at !== null && at !== undefined && (first === null || at < first)) first = at;
  return first;
}

function ignore(): void {} // The journal counts what became of it.
