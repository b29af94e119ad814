// Plays jobs in virtual time (R40): all that is due at one instant, then the next instant, until there is none.

import { rescue } from "../engine/rescue.ts";
import { startAttempt } from "../engine/run-attempt.ts";
import type { Claim, JobRecord } from "../job/record.ts";
import type { ClaimRequest } from "../store/job-store.ts";
import type { DrainPlan, DrainReport } from "./drain-options.ts";
import type { KitEvent } from "./journal.ts";
import type { KitCore } from "./kit-core.ts";
import { runaway } from "./runaway.ts";

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
  /** Own handlers hold their leases at least until then, in milliseconds since 1970. */
  #leasesHoldUntil = 0;
  readonly #forget: () => void;

  constructor(core: KitCore, plan: DrainPlan) {
    this.#core = core;
    this.plan = plan;
    this.startedAt = core.clock.now();
    this.#forget = this.#count();
  }

  /** Runs all that is due now, follow-ups too; the clock stands still. `perInstant`: maxJobs counts from here. */
  async runDue(perInstant: boolean): Promise<void> {
    const { clock, handlers, engine } = this.#core;
    const now = clock.now();
    const request = { queues: this.plan.queues, limit: 1, now, workerId: engine.workerId, leaseMs: engine.leaseMs };
    const { accepts } = this.plan;
    const ranBefore = perInstant ? this.#counts.ran : 0;
    await handlers.rest();
    let rescued = false;
    while (!this.stopped) {
      this.#core.requireOpen("go on draining");
      if (clock.wakeNext()) this.#counts.ran++;
      else if (engine.watchdog.expireNext(now.getTime())) {
        // Its slot is free; what it has become is settled while `rest` waits.
      } else if (!rescued) {
        // Once per instant: a lease ends by time passing only.
        rescued = true;
        await rescue(engine);
      } else {
        const [claim] =
          accepts === null ? await engine.store.claim(request) : await this.#claimAccepted(accepts, request);
        if (claim === undefined) return;
        this.#leasesHoldUntil = Math.min(this.#leasesHoldUntil, claim.lockedUntil?.getTime() ?? 0);
        startAttempt(engine, claim, ignore); // `rest` waits for its end, or for its sleep.
        if (this.#counts.ran - ranBefore > this.plan.maxJobs) throw runaway(this.#core, this.plan);
      }
      const resting = handlers.rest();
      if (resting !== undefined) await resting;
      if (this.plan.until !== undefined && (await this.plan.until(await this.report()))) this.stopped = true;
    }
  }

  /** Runs what is due, then what becomes due up to `target`, each at its own instant. `null`: until nothing is left to come. */
  async travel(target: number | null): Promise<void> {
    const { clock } = this.#core;
    const limit = target ?? this.startedAt.getTime() + this.plan.maxVirtualMs;
    await this.runDue(target !== null);
    while (!this.stopped) {
      const next = await this.#nextInstant(limit);
      if (next === null) return;
      if (next > limit) {
        if (target === null) throw runaway(this.#core, this.plan);
        return;
      }
      clock.stepTo(new Date(next));
      await this.runDue(target !== null);
    }
  }

  async #claimAccepted(accepts: (jobClass: string) => boolean, request: ClaimRequest): Promise<readonly Claim[]> {
    const first = await this.#firstAccepted(accepts);
    return first === undefined ? [] : this.#core.engine.store.claim({ ...request, id: first.id });
  }

  async #firstAccepted(accepts: (jobClass: string) => boolean): Promise<JobRecord | undefined> {
    const { engine, clock } = this.#core;
    for (let limit = 50; ; limit *= 4) {
      const due = await engine.store.due({ queues: this.plan.queues, limit, now: clock.now() });
      const found = due.find((job) => accepts(job.jobClass));
      if (found !== undefined || due.length < limit) return found;
    }
  }

  /** The earliest of sleeper, timeout, runAt and lease end; null when there is none. Not before now. */
  async #nextInstant(limit: number): Promise<number | null> {
    const { clock, engine } = this.#core;
    const now = clock.now().getTime();
    const { queues, accepts } = this.plan;
    const runAt =
      accepts === null ? await engine.store.nextRunAt({ queues }) : await this.#nextAcceptedRunAt(accepts, now);
    const candidates = [clock.nextWakeAt()?.getTime(), engine.watchdog.nextDeadline(), runAt?.getTime()];
    const next = earliest(candidates.map((at) => (at === null || at === undefined ? at : Math.max(at, now))));
    await this.#holdLeases(Math.min(next ?? limit, limit));
    // Only claims that no handler of this kit holds can end now.
    const leaseEnd = (await engine.store.nextLeaseEndAt())?.getTime();
    return earliest([next, leaseEnd]);
  }

  async #nextAcceptedRunAt(accepts: (jobClass: string) => boolean, now: number): Promise<Date | null> {
    const { engine } = this.#core;
    let first: Date | null = null;
    let beforeSeq: number | undefined;
    for (;;) {
      const page = await engine.store.list({ status: "pending", queue: this.plan.queues, limit: 500, beforeSeq });
      for (const job of page)
        if (accepts(job.jobClass) && job.runAt.getTime() > now && (first === null || job.runAt < first))
          first = job.runAt;
      if (page.length < 500) return first;
      beforeSeq = page.at(-1)?.seq;
    }
  }

  /** Extends the leases of the kit's own handlers past an instant, as heartbeats on the way there would have. */
  async #holdLeases(until: number): Promise<void> {
    const { engine, clock } = this.#core;
    if (engine.watchdog.count === 0 || until < this.#leasesHoldUntil) return;
    const now = clock.now();
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

  get ranNothing(): boolean {
    return (
      this.#counts.ran === 0 && this.#counts.rescued === 0 && this.#counts.failed === 0 && this.#counts.retried === 0
    );
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
