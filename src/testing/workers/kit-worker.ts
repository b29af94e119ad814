// A worker that takes one step when it is told to: how two of them meet is what a test says.

import type { Attempt } from "../../engine/attempt.ts";
import { claimJobs } from "../../engine/claim-jobs.ts";
import { requireKnown } from "../../engine/known-options.ts";
import { rescue } from "../../engine/rescue.ts";
import { type AttemptResult, startAttempt } from "../../engine/run-attempt.ts";
import { shared } from "../../job/ambient.ts";
import type { Duration } from "../../job/duration.ts";
import { queuesOf, textOf } from "../../job/options.ts";
import type { Claim } from "../../job/record.ts";
import { KitUsageError } from "../errors.ts";
import { kill } from "../faults/callbacks.ts";
import { CrashSignal } from "../faults/errors.ts";
import { skewMs } from "../faults/faults.ts";
import { Handlers } from "../handlers.ts";
import type { KitCore } from "../kit-core.ts";
import { type WorkerEngine, workerEngine } from "./worker-engine.ts";

/** How far a handler came: to its end, or to a sleep. */
export type Performed = "ended" | "asleep";

interface ClaimOptions {
  readonly queue?: string | readonly string[] | undefined;
  readonly id?: string | undefined;
}

interface Step {
  /** What the test has called. */
  readonly name: "claim" | "perform" | "settle" | "run";
  /** How far it is. */
  stage: "claim" | "perform" | "settle";
}

const OPTIONS = { claim: new Set(["queue", "id"]), run: new Set(["queue"]) };

interface Held {
  readonly claim: Claim;
  /** Null until its handler is started. */
  attempt: Attempt | null;
  result: AttemptResult | null;
  /** Lets the outcome through to the store; null until there is one. */
  settle: (() => void) | null;
}

/**
 * An engine over the kit's store, stepped by hand: `claim`, `perform`, `settle`. It holds one job at a time, and its time
 * is the kit's.
 *
 * ```ts
 * const [slow, quick] = kit.workers("slow", "quick");
 * await slow.claim();
 * await slow.perform(); // its lease ends before it settles
 * await kit.jump("30s");
 * await quick.rescue();
 * expect(await slow.settle()).toBe("lost");
 * ```
 * Every step throws KitUsageError where it is not its turn, another one of this worker is under way, or the kit is
 * disposed. What it is told by is checked: InvalidOptionError.
 */
export class KitWorker {
  readonly name: string;
  readonly #core: KitCore;
  readonly #engine: WorkerEngine;
  readonly #handlers: Handlers;
  #held: Held | null = null;
  /** The step that is under way: one at a time, for each builds on the one before. */
  #step: Step | null = null;
  /** Told when the handler has ended. */
  #onOutcome: (() => void) | null = null;
  #onResult: (() => void) | null = null;

  constructor(core: KitCore, name: string) {
    this.name = name;
    this.#core = core;
    const handlers = new Handlers(core.stuckAfterMs, () => this.#engine.watchdog.running(), false);
    this.#handlers = handlers;
    const hooks = {
      attemptStarted: (attempt: Attempt) => {
        handlers.started();
        if (this.#held !== null) this.#held.attempt = attempt;
      },
      attemptEnded: (attempt: Attempt) => handlers.ended(attempt),
      sleepOpened: (attempt: Attempt) => handlers.sleepOpened(attempt),
      sleepClosed: (attempt: Attempt) => handlers.sleepClosed(attempt),
    };
    this.#engine = workerEngine(core, name, hooks, (method, args, call) => this.#onCall(method, args, call));
    core.atDispose((error) => handlers.end(error));
  }

  /** The worker's instant: the kit's, off by its skew. */
  now(): Date {
    return this.#engine.clock.now();
  }

  /** The job that it holds, or null. */
  get holds(): Claim | null {
    return this.#held?.claim ?? null;
  }

  /** Takes the first due job, of these queues if any are named, or the one with this id. Null when there is none. */
  claim(options: ClaimOptions = {}): Promise<Claim | null> {
    return this.#take("claim", () => this.#claim("claim", options));
  }

  /**
   * Starts the handler, or goes on with one whose sleep is over by the kit's clock. Resolves when it has ended, its
   * outcome not stored yet, or sleeps.
   */
  perform(): Promise<Performed> {
    return this.#take("perform", () => this.#perform());
  }

  /** Writes the outcome. What it answers is what became of the attempt; `"lost"` when the claim no longer held the job. */
  settle(): Promise<AttemptResult["type"]> {
    return this.#take("settle", () => this.#settle());
  }

  /** Claims, performs and settles. Null when nothing is due. Throws: KitUsageError when the handler sleeps. */
  run(options: Pick<ClaimOptions, "queue"> = {}): Promise<AttemptResult["type"] | null> {
    return this.#take("run", async (step) => {
      if ((await this.#claim("run", options)) === null) return null;
      step.stage = "perform";
      await this.#perform();
      if (this.#held === null) return "unsettled"; // It was told to die meanwhile.
      step.stage = "settle";
      return this.#settle();
    });
  }

  /** Extends the lease of what it holds, as its heartbeat would. */
  async beat(): Promise<void> {
    this.#ready("extend its lease");
    await this.#engine.watchdog.beat(this.now());
  }

  /** Takes back the claims whose lease is over. Returns how many. */
  async rescue(): Promise<number> {
    this.#ready("rescue");
    return (await rescue(this.#engine)).length;
  }

  /** Kills it: its handler never goes on, nothing is stored, and its claim is left to a rescue. It may claim anew. */
  crash(): this {
    this.#ready("crash");
    // A handler may be told of its worker's end in the middle; of a claim or a settle nobody knows yet what became of it.
    if (this.#step !== null && this.#step.stage !== "perform") throw this.#underWay("crash", this.#step);
    const held = this.#held;
    this.#held = null;
    if (held === null) return this;
    this.#core.journal.fault(held.claim.jobClass, held.claim.id, `${this.name} dies`);
    // One that has ended waits with its outcome, for a settle that never comes.
    if (held.settle !== null && held.attempt !== null) this.#handlers.ended(held.attempt);
    else if (held.attempt !== null) kill(held.attempt, new CrashSignal(`: ${this.name} was told to`));
    return this;
  }

  /** Lets its clock be ahead of the kit's by so much; behind with a leading minus: `"-5s"`. */
  skewClock(by: Duration): this {
    this.#ready("skew its clock");
    this.#engine.clock.skewMs = skewMs(by);
    return this;
  }

  /** Refuses a step beside another: they would hold two jobs, or wait for one end that only one of them hears of. */
  async #take<T>(name: Step["name"], work: (step: Step) => Promise<T>): Promise<T> {
    this.#ready(name);
    if (this.#step !== null) throw this.#underWay(name, this.#step);
    const step: Step = { name, stage: name === "run" ? "claim" : name };
    this.#step = step;
    try {
      return await work(step);
    } finally {
      this.#step = null;
    }
  }

  async #claim(verb: "claim" | "run", options: ClaimOptions): Promise<Claim | null> {
    requireKnown(options, verb, OPTIONS[verb]);
    const queues = queuesOf(options.queue, `${verb}'s queue`);
    const id = options.id === undefined ? undefined : textOf(options.id, `${verb}'s id`, 36);
    if (this.#held !== null)
      throw this.#misused("claim", `it holds ${this.#held.claim.jobClass} already: settle it first`);
    await this.#core.enqueues.settled();
    const { workerId, leaseMs } = this.#engine;
    const request = { queues, limit: 1, now: this.now(), workerId, leaseMs };
    const [claim] = await claimJobs(this.#engine, id === undefined ? request : { ...request, id });
    if (claim === undefined) return null;
    this.#held = { claim, attempt: null, result: null, settle: null };
    return claim;
  }

  async #perform(): Promise<Performed> {
    const held = this.#holding("perform");
    if (held.settle !== null || held.result !== null)
      throw this.#misused("perform", "its handler has ended: settle it");
    const outcome = new Promise<void>((resolve) => {
      this.#onOutcome = resolve;
    });
    if (held.attempt === null) {
      shared.runClean(() => startAttempt(this.#engine, held.claim, (result) => this.#ended(held, result)));
    } else {
      while (this.#engine.watchdog.expireNext(this.now().getTime()));
      while (this.#engine.clock.wakeNext());
    }
    await Promise.race([outcome, this.#handlers.rest() ?? Promise.resolve()]);
    return held.settle !== null || held.result !== null ? "ended" : "asleep";
  }

  async #settle(): Promise<AttemptResult["type"]> {
    const held = this.#holding("settle");
    if (held.settle === null && held.result === null)
      throw this.#misused("settle", "its handler has not ended: perform it, and move the kit's time where it sleeps");
    const ended = new Promise<void>((resolve) => {
      this.#onResult = resolve;
    });
    held.settle?.();
    if (held.result === null) await this.#handlers.guard(this.#awake(ended));
    this.#held = null;
    return held.result?.type ?? "unsettled";
  }

  #onCall(method: string, args: readonly unknown[], call: () => unknown): unknown {
    const held = this.#held;
    const at = args[2] as { readonly expired?: boolean } | undefined; // `as`: settle's third argument
    if (method !== "settle" || at?.expired === true || held === null || held.settle !== null) return call();
    // The first try only: what fails in the store is sent again as one step (R26).
    return new Promise((resolve) => {
      held.settle = () => resolve(call());
      this.#onOutcome?.();
    });
  }

  #ended(held: Held, result: AttemptResult): void {
    held.result = result;
    this.#onOutcome?.();
    this.#onResult?.();
  }

  /** A settle that fails waits between its tries; nobody else moves this worker's clock meanwhile. */
  async #awake(ended: Promise<void>): Promise<void> {
    let isOver = false;
    void ended.then(() => {
      isOver = true;
    });
    for (;;) {
      await Promise.race([ended, this.#handlers.rest() ?? ended]);
      if (isOver) return;
      const { clock } = this.#engine;
      const at = clock.nextWakeAt();
      if (at === null) return ended;
      this.#core.clock.stepTo(at, at);
      while (clock.wakeNext());
    }
  }

  #ready(attempted: string): void {
    this.#core.requireOpen(`let ${this.name} ${attempted}`);
    this.#core.follow();
  }

  #holding(attempted: string): Held {
    if (this.#held === null) throw this.#misused(attempted, "it holds no job: claim one first");
    return this.#held;
  }

  #underWay(attempted: string, { name }: Step): KitUsageError {
    return this.#misused(attempted, `its ${name} is under way, await it`);
  }

  #misused(attempted: string, why: string): KitUsageError {
    return new KitUsageError(`${this.name} cannot ${attempted}: ${why}.`);
  }
}
