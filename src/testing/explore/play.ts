// One run of an exploration: at each step one worker goes on, or is harmed, or time moves; then all heals and comes to rest.

import type { Attempt } from "../../engine/attempt.ts";
import { failureMessage } from "../../job/failure-message.ts";
import type { Claim } from "../../job/record.ts";
import { isPromise } from "../../job/schema.ts";
import { KitUsageError } from "../errors.ts";
import { answerOfTheDead, type EffectCall, Effects } from "../faults/effects.ts";
import { CrashSignal } from "../faults/errors.ts";
import { keepMembers } from "../faults/keep-members.ts";
import { Redeliveries } from "../faults/redeliveries.ts";
import type { World } from "../idempotency/play.ts";
import { JobLabels } from "../job-labels.ts";
import { createHostedKit, type TestKit } from "../kit.ts";
import { KIT_CORE, type KitCore } from "../kit-core.ts";
import { exploreHost } from "../kit-host.ts";
import { afterTurn, elapsedMs } from "../real-time.ts";
import { Actor, type Forsaken, type Gate, type Harm } from "./actor.ts";
import type { Choices } from "./choices.ts";
import { stuck } from "./errors.ts";

/** What may be made to go wrong in a run: what is named, and nothing else. */
export interface ExploreFaults {
  /** A worker dies: at a call on an effect, or before its outcome is stored. */
  readonly crash?: true | undefined;
  /** A worker stands still until its lease is over, so that others may take its claim back; then it goes on. */
  readonly pause?: true | undefined;
  /** A claim or a settle fails, and did nothing. */
  readonly storeError?: true | undefined;
  /** A claim or a settle fails, and took effect. */
  readonly lostAnswer?: true | undefined;
  /** A worker's clock is some seconds off. */
  readonly skewedClock?: true | undefined;
}

export interface Plan {
  readonly jobs: World["jobs"];
  readonly scenario: (kit: TestKit) => unknown;
  readonly invariant: (kit: TestKit) => unknown;
  readonly effects: readonly (readonly [name: string | null, effect: object])[];
  readonly workers: number;
  /** Of every fault whether it may be. */
  readonly faults: { readonly [Name in keyof ExploreFaults]?: boolean };
  readonly now: Date | string;
  readonly store: string | undefined;
}

export interface Play {
  /** What happened, step by step; `▸` where it is not what would have happened by itself. */
  readonly trace: readonly string[];
  readonly made: readonly number[];
  readonly timeline: string;
  /** Whether no job was ever enqueued, nor performed. */
  readonly isEmpty: boolean;
  /** Whether a handler called a method of the effects. */
  readonly hasCalled: boolean;
  /** What did not hold; null when all is well. */
  readonly violation: { readonly error: unknown; readonly message: string } | null;
}

/** So many steps may be chosen; what comes after them goes on by itself. */
const CHOSEN_STEPS = 300;
const MAX_STEPS = 2000;
/** So much harm in a run, so that no job is out of attempts by it. */
const MAX_HARM = 3;
const SKEWS_MS = [0, 2000, -2000, 5000, -5000] as const;
/** Two clocks are apart by less than a lease: else workers would rob each other, and the jobs of their attempts. */
const SKEW_OF_LEASE = 0.4;
/**
 * How long after its lease a paused worker comes back. Behind the backoff of the rescued job, so that another is at its
 * second attempt; at once; and when much else has gone on.
 */
const PAST_LEASE_MS = [10_000, 0, 60_000] as const;
/** Turns of the event loop without a move, after which a call on an effect waits for another worker. */
const BLOCKED_TURNS = 50;
/** Real time without a move, after which a handler is stuck: what a kit waits for by itself. */
const MAX_TURN_MS = 20_000;

export async function play(plan: Plan, seed: number, choices: Choices): Promise<Play> {
  const { jobs, store, now } = plan;
  const kit = await createHostedKit({ ...jobs, store, now, seed, leftovers: "ignore" }, exploreHost);
  refuseFaults(kit);
  const run = new Run(kit, plan, choices);
  try {
    await kit.run(() => plan.scenario(kit));
    return await run.play();
  } finally {
    run.end();
    await kit.dispose();
  }
}

/** Those of a kit strike its own drains; under the workers of a run they would keep the jobs from coming to rest. */
function refuseFaults(kit: TestKit): void {
  Object.defineProperty(kit, "faults", {
    get() {
      throw new KitUsageError(
        "kit.faults is not for explore, which harms its own workers: say what may go wrong by its option faults, as in explore({ …, faults: { crash: true } }).",
      );
    },
  });
}

interface Option {
  readonly text: string;
  readonly take: () => Promise<void>;
}

class Run {
  readonly #kit: TestKit;
  readonly #core: KitCore;
  readonly #plan: Plan;
  readonly #choices: Choices;
  readonly #effects: Effects;
  readonly #redeliveries: Redeliveries;
  readonly #trace: string[] = [];
  #actors: readonly Actor[] = [];
  #last: Actor | null = null;
  #harmed = 0;
  #pastLeaseMs = 0;
  #hasCalled = false;
  readonly #labels = new Map<string, string>();
  #steps = 0;

  constructor(kit: TestKit, plan: Plan, choices: Choices) {
    this.#kit = kit;
    this.#core = Reflect.get(kit, KIT_CORE) as KitCore; // `as`: where every kit keeps its inside
    this.#plan = plan;
    this.#choices = choices;
    this.#redeliveries = Redeliveries.of(this.#core);
    const isOurs = ({ engine }: Attempt): boolean => engine.events === this.#core.engine.events;
    this.#effects = new Effects(isOurs, (call, proceed) => this.#onCall(call, proceed));
  }

  end(): void {
    this.#effects.restore();
    // A fault that the scenario armed need not strike in every schedule.
    this.#core.faults?.clear();
  }

  async play(): Promise<Play> {
    await this.#core.catchUp("explore");
    for (const [name, effect] of this.#plan.effects)
      this.#effects.watch(effect, name, `the effect ${name ?? ""} of explore`.replace("  ", " "));
    this.#effects.watchTransactions(this.#core.engine.store);
    const names = Array.from({ length: this.#plan.workers }, (_, index) => `worker-${index + 1}`);
    const label = (claim: Claim): string => this.#label(claim);
    this.#actors = names.map((name) => new Actor(this.#core, this.#redeliveries, name, label));
    this.#skewClocks();
    if (this.#plan.faults.pause !== false)
      this.#pastLeaseMs = PAST_LEASE_MS[this.#choices.next(1, PAST_LEASE_MS.length - 1)] ?? 0;
    for (const actor of this.#actors) await this.#settled(actor);
    const isAtRest = await this.#toRest();
    this.#effects.restore();
    const violation = isAtRest ? await this.#violation() : notAtRest();
    const isEmpty = this.#kit.events().every(({ type }) => type !== "enqueued" && type !== "claimed");
    const { made } = this.#choices;
    return {
      trace: this.#trace,
      made,
      timeline: this.#kit.timeline(),
      isEmpty,
      hasCalled: this.#hasCalled,
      violation,
    };
  }

  #skewClocks(): void {
    if (this.#plan.faults.skewedClock === false) return;
    for (const actor of this.#actors) {
      const wanted = SKEWS_MS[this.#choices.next(1, SKEWS_MS.length - 1)] ?? 0;
      const most = actor.engine.leaseMs * SKEW_OF_LEASE;
      const skewMs = Math.max(-most, Math.min(wanted, most));
      actor.engine.clock.skewMs = skewMs;
      if (skewMs !== 0) this.#tell(true, `${actor.name}: its clock is ${skewMs / 1000} s off`, null);
    }
  }

  async #toRest(): Promise<boolean> {
    for (; this.#steps < MAX_STEPS; this.#steps++) {
      const isHealed = this.#steps >= CHOSEN_STEPS;
      if (isHealed) for (const { engine } of this.#actors) engine.clock.skewMs = 0;
      // One that another has let on, such as by a lock, is at work again before anybody looks who is.
      for (const actor of this.#actors) if (!actor.isAsleep && actor.gates.length === 0) await this.#settled(actor);
      const { proceeds, harms } = await this.#options();
      const [first] = proceeds;
      if (first === undefined) return true;
      const options = [...proceeds, ...(isHealed ? [] : harms)];
      const choice = isHealed || options.length === 1 ? 0 : this.#choices.next(proceeds.length, harms.length);
      const option = options[choice] ?? first;
      this.#tell(choice !== 0, option.text, null);
      // Harm has its own mark.
      if (choice !== 0 && choice < proceeds.length) this.#core.journal.fault("explore", "", option.text);
      await option.take();
    }
    return false;
  }

  async #options(): Promise<{ readonly proceeds: readonly Option[]; readonly harms: readonly Option[] }> {
    const proceeds: Option[] = [];
    const harms: Option[] = [];
    const others = this.#actors.filter((actor) => actor !== this.#last);
    const ordered = this.#last === null ? others : [this.#last, ...others];
    const idle: Option[] = [];
    const paused: Option[] = [];
    for (const actor of ordered) {
      if (actor.pausedUntil !== null) {
        if (this.#seenByAll(actor.pausedUntil) <= this.#now()) paused.push(this.#resume(actor));
        continue;
      }
      for (const gate of actor.gates) {
        if (gate.kind === "work" && !(await actor.hasWork())) continue;
        // Whoever is at work goes on before somebody else begins.
        (gate.kind === "work" ? idle : proceeds).push(this.#pass(actor, gate, null));
        for (const harm of this.#harmsAt(actor, gate)) harms.push(this.#pass(actor, gate, harm));
      }
      if (this.#isToWake(actor)) proceeds.push(this.#wake(actor));
    }
    proceeds.push(...idle, ...paused);
    const next = await this.#nextInstant();
    if (next !== null) proceeds.push(this.#moveTo(next));
    return { proceeds, harms: this.#harmed < MAX_HARM ? harms : [] };
  }

  #harmsAt(actor: Actor, gate: Gate): readonly Harm[] {
    const { faults } = this.#plan;
    return actor.harmsAt(gate).filter((harm) => faults[harm] !== false);
  }

  #pass(actor: Actor, gate: Gate, harm: Harm | null): Option {
    const what = harm === null ? gate.text : `${HARM_TEXTS[harm]} (${gate.text})`;
    return {
      text: `${actor.name}${harm === null ? " " : ": "}${what}`,
      take: async () => {
        if (harm !== null) {
          this.#harmed++;
          this.#core.journal.fault(gate.claim?.jobClass ?? "the store", gate.claim?.id ?? "", `${actor.name}: ${what}`);
        }
        this.#last = actor;
        await actor.pass(gate, harm, this.#pastLeaseMs);
        await this.#settled(actor);
      },
    };
  }

  #resume(actor: Actor): Option {
    return {
      text: `${actor.name} goes on after its pause`,
      take: async () => {
        this.#last = actor;
        await actor.resume();
        await this.#settled(actor);
      },
    };
  }

  #wake(actor: Actor): Option {
    return {
      text: `${actor.name} wakes`,
      take: async () => {
        this.#last = actor;
        actor.engine.clock.wakeNext();
        await this.#settled(actor);
      },
    };
  }

  #moveTo(at: number): Option {
    const ms = at - this.#now();
    const over = this.#forsaken().find(({ endsBy }) => endsBy === at);
    return {
      text: `${ms / 1000} s pass${over === undefined ? "" : `, and the lease of ${this.#label(over.claim)} is over`}`,
      take: async () => {
        const awake = this.#awake();
        // As heartbeats on the way there would have; those whose claims were taken back hear of it here.
        for (const { engine } of awake)
          await engine.watchdog.beat(engine.clock.now(), Number.POSITIVE_INFINITY, ms + engine.leaseMs);
        for (const actor of awake) await actor.holdOn(ms + actor.engine.leaseMs);
        this.#core.clock.stepTo(at, at);
        for (const actor of awake) {
          const now = actor.engine.clock.now().getTime();
          while (actor.engine.watchdog.expireNext(now));
          await this.#settled(actor);
        }
      },
    };
  }

  /**
   * The earliest instant to come of a sleeper, a job, a timeout and a lease; null where there is none. While somebody is
   * at work no time passes that would end his attempt: that is for a fault to do.
   */
  async #nextInstant(): Promise<number | null> {
    const { store } = this.#core.engine;
    const runAt = (await store.nextRunAt({}))?.getTime();
    const leaseEnd = (await store.nextLeaseEndAt())?.getTime();
    const awake = this.#awake();
    const pauses = this.#actors.flatMap(({ pausedUntil }) =>
      pausedUntil === null ? [] : [this.#seenByAll(pausedUntil)],
    );
    const sleepers = awake.map(({ engine }) => engine.clock.nextWakeAt());
    // Due for a clock that is right, and not yet for one that is behind.
    const due = this.#actors.map(({ engine }) =>
      runAt === undefined ? null : runAt - Math.min(engine.clock.skewMs, 0),
    );
    const deadlines = awake.flatMap(({ engine }) => {
      const deadline = engine.watchdog.nextDeadline();
      return deadline === null ? [] : [{ deadline, skewMs: engine.clock.skewMs }];
    });
    const isBackFromPause = pauses.some((at) => at <= this.#now());
    const isAtWork = awake.some((actor) => actor.gates.some(({ kind }) => kind !== "work") || this.#isToWake(actor));
    const isBusy = isAtWork || isBackFromPause;
    const ends = this.#forsaken().map(({ endsBy }) => endsBy);
    const timeouts = deadlines.map(({ deadline, skewMs }) => deadline - skewMs);
    const next = this.#earliest([
      ...[runAt, ...due, ...sleepers, ...ends, ...pauses],
      ...(isBusy ? [] : [...timeouts, leaseEnd]),
    ]);
    // By a clock that is behind as well: it is to be put right at some time, and then its deadline has come.
    const limit = Math.min(...deadlines.map(({ deadline, skewMs }) => deadline - Math.max(skewMs, 0)));
    return next !== null && isBusy && next >= limit ? null : next;
  }

  #awake(): readonly Actor[] {
    return this.#actors.filter(({ pausedUntil }) => pausedUntil === null);
  }

  /** Claims of workers to which harm came, and the instants at which their leases are over by everybody's clock. */
  #forsaken(): readonly Forsaken[] {
    return this.#actors.flatMap(({ forsaken }) =>
      forsaken.map(({ claim, endsBy }) => ({ claim, endsBy: this.#seenByAll(endsBy) })),
    );
  }

  /** When the slowest of the clocks is there. */
  #seenByAll(at: number): number {
    return at - Math.min(0, ...this.#actors.map(({ engine }) => engine.clock.skewMs));
  }

  #isToWake(actor: Actor): boolean {
    const wakeAt = actor.engine.clock.nextWakeAt();
    return wakeAt !== null && wakeAt <= this.#now();
  }

  #earliest(instants: readonly (number | null | undefined)[]): number | null {
    const now = this.#now();
    const toCome = instants.filter((at) => at !== null && at !== undefined && at > now);
    return toCome.length === 0 ? null : Math.min(...(toCome as number[])); // `as`: the others are left out
  }

  /** Waits, in turns of the event loop, until the worker is at a gate or asleep, or waits for another one in an effect. */
  async #settled(actor: Actor): Promise<void> {
    const startedAt = elapsedMs();
    for (let turns = 1; ; turns++) {
      await new Promise<void>(afterTurn);
      if (actor.gates.length > 0 || actor.isAsleep || actor.isPaused) return;
      if (turns >= BLOCKED_TURNS && this.#isBlocked(actor)) return;
      if (elapsedMs() - startedAt > MAX_TURN_MS) throw stuck(actor.name, actor.openCall, MAX_TURN_MS, this.#trace);
    }
  }

  /** An effect such as a lock lets it on when another, which stands in a callback of an effect, has gone on. */
  #isBlocked(actor: Actor): boolean {
    return (
      actor.isInEffect &&
      this.#actors.some(
        (one) => one !== actor && one.isInEffect && (one.gates.length > 0 || one.isAsleep || one.isPaused),
      )
    );
  }

  #onCall(call: EffectCall, proceed: () => unknown): unknown {
    const { attempt, effect, text } = call;
    const actor = this.#actors.find((one) => one.runs(attempt));
    if (actor === undefined || attempt.died) return answerOfTheDead(call, new CrashSignal("before this call"));
    this.#hasCalled ||= effect !== this.#core.engine.store;
    this.#tell(false, `${actor.name} calls ${text}`, attempt.claim);
    const result = proceed();
    if (!isPromise(result)) return result;
    return keepMembers(call, result, (answer) => actor.answer(attempt, text, answer));
  }

  async #violation(): Promise<Play["violation"]> {
    const failed = this.#kit.events({ type: "failed" }).find((event) => !this.#core.expectedFailures.accepts(event));
    if (failed !== undefined)
      return { error: failed.error, message: `${failed.jobClass} failed for good: ${failureMessage(failed.error)}` };
    try {
      const holds: unknown = await this.#kit.run(() => this.#plan.invariant(this.#kit));
      return holds === false ? { error: undefined, message: "it returned false" } : null;
    } catch (error) {
      return { error, message: failureMessage(error) };
    }
  }

  #tell(isChosen: boolean, text: string, claim: Claim | null): void {
    this.#trace.push(`${isChosen ? "▸ " : "  "}${text}${claim === null ? "" : ` for ${this.#label(claim)}`}`);
  }

  #label({ id, jobClass }: Claim): string {
    const known = this.#labels.get(id) ?? `${JobLabels.of(this.#core.journal).of(id)} ${jobClass}`;
    this.#labels.set(id, known);
    return known;
  }

  #now(): number {
    return this.#core.clock.now().getTime();
  }
}

const HARM_TEXTS: Readonly<Record<Harm, string>> = {
  crash: "dies",
  pause: "is paused past the end of its lease",
  storeError: "the store fails",
  lostAnswer: "the store's answer is lost",
};

function notAtRest(): Play["violation"] {
  const message = `the jobs do not come to rest: ${MAX_STEPS} steps, and there is still something to do`;
  return { error: new Error(message), message };
}
