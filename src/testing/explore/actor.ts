// One worker of an exploration: production's engine, which stops at gates and goes on when it is let through.

import type { Attempt } from "../../engine/attempt.ts";
import { rescue } from "../../engine/rescue.ts";
import { startAttempt } from "../../engine/run-attempt.ts";
import { type AmbientJobs, shared } from "../../job/ambient.ts";
import type { Claim } from "../../job/record.ts";
import { isPromise } from "../../job/schema.ts";
import { kill } from "../faults/callbacks.ts";
import { forever } from "../faults/effects.ts";
import { enqueuesAtWork } from "../faults/enqueues-at-work.ts";
import { CrashSignal, InjectedStoreError } from "../faults/errors.ts";
import type { Redeliveries } from "../faults/redeliveries.ts";
import type { KitCore } from "../kit-core.ts";
import { afterTurn } from "../real-time.ts";
import { type StoreCall, type WorkerEngine, workerEngine } from "../workers/worker-engine.ts";

/** What can be done to a worker that waits at a gate. */
export type Harm = "crash" | "pause" | "storeError" | "lostAnswer";

/** A place where a worker waits to be let on. */
export interface Gate {
  readonly kind: "work" | "settle" | "progress" | "effect";
  /** `calls stock.read()`, `settles #1 SellJob`. */
  readonly text: string;
  readonly claim: Claim | null;
  readonly go: (harm: Harm | null) => void;
}

/** A claim that nobody extends any more, and the instant, in milliseconds since 1970, by which its lease is over. */
export interface Forsaken {
  readonly claim: Claim;
  readonly endsBy: number;
}

const HARMS: Readonly<Record<Gate["kind"], readonly Harm[]>> = {
  work: ["storeError", "lostAnswer"],
  settle: ["crash", "storeError", "lostAnswer"],
  // A handler that hears that its progress is not stored fails, and that would cost the job an attempt.
  progress: ["crash"],
  effect: ["crash", "pause"],
};

export class Actor {
  readonly name: string;
  readonly gates: Gate[] = [];
  /** What it held when harm came to it. A rescue takes it back when the lease is over (R25). */
  readonly forsaken: Forsaken[] = [];
  engine: WorkerEngine;
  readonly #core: KitCore;
  readonly #redeliveries: Redeliveries;
  readonly #label: (claim: Claim) => string;
  #attempt: Attempt | null = null;
  /** All of this life: one whose claim was lost may still be in a callback of an effect when the worker dies. */
  #attempts = new Set<Attempt>();
  #pause: { readonly gate: Gate; readonly until: number } | null = null;
  /** Calls on effects, and enqueues, that have not answered. */
  #open = new Map<object, string>();
  /** Counts its lives: what an earlier one still does is nobody's. */
  #life = 0;

  constructor(core: KitCore, redeliveries: Redeliveries, name: string, label: (claim: Claim) => string) {
    this.name = name;
    this.#core = core;
    this.#redeliveries = redeliveries;
    this.#label = label;
    this.engine = this.#begin();
  }

  /** The instant, in milliseconds since 1970, before which it does not go on; null where it is not paused. */
  get pausedUntil(): number | null {
    return this.#pause?.until ?? null;
  }

  get isPaused(): boolean {
    return this.#pause !== null;
  }

  /** Whether its handler sleeps on its clock, or a failed settle waits for its next try. */
  get isAsleep(): boolean {
    return this.gates.length === 0 && this.engine.clock.nextWakeAt() !== null;
  }

  /** Whether an effect has its call and does not answer yet. */
  get isInEffect(): boolean {
    return this.#open.size > 0;
  }

  /** What came late of an attempt that is over is no place to die at: the worker is at the next one's work by then. */
  harmsAt({ kind, claim }: Gate): readonly Harm[] {
    return kind === "effect" && claim !== this.#attempt?.claim ? [] : HARMS[kind];
  }

  /** Whether there is anything for it to claim or to take back, by its own clock. */
  async hasWork(): Promise<boolean> {
    const { store } = this.#core.engine;
    const now = this.engine.clock.now();
    if ((await store.due({ limit: 1, now })).length > 0) return true;
    return (await store.expired({ now, limit: 1 })).length > 0;
  }

  /** Lets it through a gate, with harm or without. A pause ends so many milliseconds after the lease. */
  async pass(gate: Gate, harm: Harm | null, pastLeaseMs = 0): Promise<void> {
    this.gates.splice(this.gates.indexOf(gate), 1);
    const { claim } = gate;
    if (claim !== null && (harm === "crash" || harm === "pause")) {
      const until = await this.#forsake(claim);
      if (harm === "crash") this.#die(claim);
      else this.#pause = { gate, until: until + pastLeaseMs };
      return;
    }
    gate.go(harm);
  }

  /**
   * Lets it go on from where it was paused. What it was at comes first; then it hears that its claim was taken back (R16).
   * Where its time was over in the pause it takes its claim back itself, if nobody has, and hears of it before.
   */
  async resume(): Promise<void> {
    if (this.#pause === null) return;
    const { gate } = this.#pause;
    this.#pause = null;
    const { clock, watchdog } = this.engine;
    const now = clock.now();
    // A rescue forgives what the pause has cost; a timeout of its own would be decided by the claim as it was.
    const deadline = watchdog.nextDeadline();
    if (deadline !== null && deadline <= now.getTime()) await rescue(this.engine);
    gate.go(null);
    await new Promise<void>(afterTurn);
    while (watchdog.expireNext(now.getTime()));
    await watchdog.beat(now);
    await this.holdOn(this.engine.leaseMs);
    // Nobody was there to take it back: what becomes of the attempt is its own doing again.
    if (gate.claim !== null && (await this.#isHeld(gate.claim))) this.#redeliveries.charge(gate.claim);
  }

  /** Keeps the claim whose outcome waits to be stored: in a run, leases are lost by a pause, and not by the way. */
  async holdOn(leaseMs: number): Promise<void> {
    if (this.#attempt?.ended !== true || this.isPaused) return;
    const { store } = this.#core.engine;
    await store.extend(this.#attempt.claim, { now: this.engine.clock.now(), leaseMs });
  }

  /** What it waits for, `lock.acquire()`; null where no call is open. */
  get openCall(): string | null {
    return [...this.#open.values()].at(-1) ?? null;
  }

  /** Is told of a handler's call on an effect that has an answer to come. */
  answer(attempt: Attempt, call: string, answer: PromiseLike<unknown>): Promise<unknown> {
    const open = this.#open.set(answer, call);
    const text = `has the answer of ${call}`;
    return Promise.resolve(answer).then(
      (value) => {
        open.delete(answer);
        return this.#passed(attempt, text, () => value);
      },
      (error: unknown) => {
        open.delete(answer);
        return this.#passed(attempt, `${text}, which fails`, () => {
          throw error;
        });
      },
    );
  }

  /** A handler whose worker died while it waited never hears the answer. */
  async #passed<T>(attempt: Attempt, text: string, go: () => T): Promise<T> {
    if (attempt.died) return forever();
    await this.#gate("effect", text, attempt.claim);
    return go();
  }

  runs(attempt: Attempt): boolean {
    return attempt.engine === this.engine;
  }

  /** Leaves a claim to be taken back, at no cost to the job's retries. Returns: the instant by which its lease is over. */
  async #forsake(claim: Claim): Promise<number> {
    const now = this.engine.clock.now().getTime();
    if (!(await this.#isHeld(claim))) return now;
    const endsBy = now + this.engine.leaseMs;
    this.#redeliveries.forgive(claim);
    this.forsaken.push({ claim, endsBy });
    return endsBy;
  }

  async #isHeld({ id, attempts }: Claim): Promise<boolean> {
    const row = await this.#core.engine.store.get(id);
    return row?.status === "processing" && row.attempts === attempts;
  }

  /** Its handler never goes on, and a new process takes its place. */
  #die(claim: Claim): void {
    for (const attempt of this.#attempts) kill(attempt, new CrashSignal(`(${this.name}, ${claim.jobClass})`));
    const { skewMs } = this.engine.clock;
    this.gates.length = 0;
    this.engine = this.#begin();
    this.engine.clock.skewMs = skewMs;
  }

  #begin(): WorkerEngine {
    this.#attempt = null;
    this.#attempts = new Set();
    this.#open = new Map();
    const life = ++this.#life;
    const hooks = {
      attemptStarted: (attempt: Attempt) => {
        this.#attempt = attempt;
        this.#attempts.add(attempt);
      },
      attemptEnded: () => undefined,
      sleepOpened: () => undefined,
      sleepClosed: () => undefined,
    };
    const made = workerEngine(this.#core, this.name, hooks, (method, args, call) =>
      this.#storeCalled(life, method, args, call),
    );
    const engine = { ...made, ambient: this.#ambient() };
    void shared.runClean(() => this.#work(life, engine));
    return engine;
  }

  async #work(life: number, engine: WorkerEngine): Promise<void> {
    const { workerId, leaseMs, store, clock } = engine;
    while (life === this.#life) {
      const harm = await this.#gate("work", "looks for work", null);
      if (life !== this.#life) return;
      try {
        if (harm === "storeError") throw new InjectedStoreError("claim: the connection was lost (an explored fault).");
        await rescue(engine);
        const [claim] = await store.claim({ limit: 1, now: clock.now(), workerId, leaseMs });
        if (claim === undefined) continue;
        if (harm === "lostAnswer") {
          await this.#forsake(claim);
          continue;
        }
        await new Promise<void>((resolve) => startAttempt(engine, claim, () => resolve()));
        if (life === this.#life) this.#attempt = null;
      } catch {
        // A worker survives its store (R46).
      }
    }
  }

  #storeCalled(life: number, method: string, args: readonly unknown[], call: StoreCall): unknown {
    const at = args[2] as { readonly expired?: boolean } | undefined; // `as`: settle's third argument
    const [claim] = args as readonly [Claim]; // `as`: a settle's first argument is the attempt's claim
    if (life !== this.#life || at?.expired === true) return call();
    if (method === "settle") return this.#gated("settle", `settles ${this.#label(claim)}`, claim, call);
    const extension = args[1] as { readonly progress?: unknown } | undefined; // `as`: extend's second argument
    if (method !== "extend" || extension?.progress === undefined) return call();
    // Time may pass at the gate, and the heartbeats of that time lengthen the lease: it is not to be cut to what it was.
    return this.#gated("progress", `reports the progress of ${this.#label(claim)}`, claim, () =>
      call([claim, { ...extension, now: this.engine.clock.now() }]),
    );
  }

  async #gated(kind: "settle" | "progress", text: string, claim: Claim, call: () => unknown): Promise<unknown> {
    const harm = await this.#gate(kind, text, claim);
    if (harm === "storeError") throw new InjectedStoreError("the connection was lost (an explored fault).");
    const answer = call();
    if (isPromise(answer)) await answer;
    if (harm === "lostAnswer") throw new InjectedStoreError("the answer was lost (an explored fault).");
    return answer;
  }

  /** What its handlers enqueue to: it stops when a job is stored, before the handler goes on. */
  #ambient(): AmbientJobs {
    return enqueuesAtWork(this.#core.engine.ambient, {
      begun: (enqueue) => {
        const open = this.#open.set(enqueue, "an enqueue");
        return () => void open.delete(enqueue);
      },
      stored: (attempt, job) => this.#passed(attempt, `has enqueued ${job.jobClass}`, () => job),
    });
  }

  #gate(kind: Gate["kind"], text: string, claim: Claim | null): Promise<Harm | null> {
    return new Promise((go) => this.gates.push({ kind, text, claim, go }));
  }
}
