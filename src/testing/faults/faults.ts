// kit.faults: what a test can make go wrong, where it wants it to.

import { types } from "node:util";
import type { Attempt } from "../../engine/attempt.ts";
import type { Engine } from "../../engine/engine.ts";
import { requireKnown } from "../../engine/known-options.ts";
import { currentScope } from "../../job/ambient.ts";
import type { Callee } from "../../job/caller.ts";
import { type Duration, durationMs } from "../../job/duration.ts";
import { InvalidDurationError, InvalidOptionError } from "../../job/errors.ts";
import { type AnyJobClass, nameOf } from "../../job/job.ts";
import { countOf } from "../../job/options.ts";
import { isPromise } from "../../job/schema.ts";
import { siteOf } from "../assertions/assertion-error.ts";
import type { KitCore } from "../kit-core.ts";
import { knownNames } from "../records.ts";
import type { Stubs } from "../stubs.ts";
import { kill } from "./callbacks.ts";
import {
  answerOfTheDead,
  type EffectCall,
  Effects,
  forever,
  isAsync,
  type MethodOf,
  nameOfEffect,
  unlessDead,
} from "./effects.ts";
import { CrashSignal } from "./errors.ts";
import { keepMembers } from "./keep-members.ts";
import { type AnyPoint, type Place, placeOf } from "./place-of.ts";
import { Redeliveries } from "./redeliveries.ts";
import { requireReplaceable } from "./replace-methods.ts";
import { SkewedClock } from "./skewed-clock.ts";
import { STORE_VERBS, StoreFaults, type StoreVerb } from "./store-faults.ts";
import { takeBack } from "./take-back.ts";
import { type WaitingFault, WaitingFaults } from "./waiting-faults.ts";

/**
 * Where in the walk of a job a fault strikes: at its claim, before the handler starts; before or after a call on an
 * effect; or when the handler has returned and its outcome is not stored yet. `nth`: the how-manieth time a job of the
 * class comes by, 1 unless told. A fault strikes once. One that never does fails the test when its kit is disposed.
 */
export type FaultPoint<E = object> = { readonly nth?: number | undefined } & (
  | { readonly at: "claim" | "settle"; readonly before?: undefined; readonly after?: undefined }
  | { readonly before: readonly [effect: E, method: MethodOf<E>]; readonly at?: undefined; readonly after?: undefined }
  | { readonly after: readonly [effect: E, method: MethodOf<E>]; readonly at?: undefined; readonly before?: undefined }
);

export interface FailStoreOptions {
  /** Whether the call did what it was asked before it failed: `"after"` loses only the answer. `"before"` unless told. */
  readonly when?: "before" | "after" | undefined;
  /** Which call is the first to fail; 1 unless told. */
  readonly nth?: number | undefined;
  /** How many calls fail in a row; 1 unless told. */
  readonly times?: number | undefined;
  /** What the call rejects with; a StoreUnavailableError unless given. */
  readonly error?: Error | undefined;
}

const OPTIONS = {
  duplicate: new Set(["nth"]),
  failStore: new Set(["when", "nth", "times", "error"]),
  rollback: new Set(["nth"]),
};

/** A fault at a point of a class's jobs, until it has struck. */
interface Armed {
  readonly jobs: readonly string[];
  readonly place: Place;
  readonly effect: object | null;
  readonly method: string;
  readonly waiting: WaitingFault;
  /** Does the harm. Gives true where the handler goes on. */
  readonly strike: (attempt: Attempt, where: string) => Promise<boolean> | boolean;
}

/**
 * The faults of one kit. Each call arms one, and gives the faults back, so that they can be told in a row:
 *
 * ```ts
 * kit.faults.crash(ChargeJob, { after: [gateway, "charge"] }).failStore("settle", { times: 2 });
 * ```
 * A fault that strikes has its line in `kit.timeline()`. Dispose puts everything back, and rejects with KitDisposeError
 * for a fault that waited for its point and never struck: a test that arms one and does not meet it proves nothing.
 * `storeAway` and `skewClock` last for a time and are not meant. Every method throws InvalidOptionError, UnknownJobError
 * and FaultUsageError for what cannot be done.
 */
export class Faults {
  readonly #core: KitCore;
  readonly #stubs: Stubs;
  readonly #effects: Effects;
  readonly #store: StoreFaults;
  readonly #clock: SkewedClock;
  readonly #waiting = new WaitingFaults();
  #armed: Armed[] = [];
  readonly #watched = new Map<string, () => void>();
  /** Why each dead attempt died. */
  readonly #signals = new WeakMap<Attempt, CrashSignal>();
  /** Take-backs that were begun. A synchronous call cannot wait for one, so the end of its attempt does. */
  readonly #takeBacks = new WeakMap<Attempt, Promise<unknown>>();
  #redeliveries: Redeliveries | null = null;

  constructor(core: KitCore, stubs: Stubs) {
    this.#core = core;
    this.#stubs = stubs;
    const isOurs = (attempt: Attempt): boolean => attempt.engine.events === core.engine.events;
    this.#effects = new Effects(isOurs, (call, proceed) => this.#effectCalled(call, proceed));
    this.#store = new StoreFaults(core, this.#waiting);
    this.#clock = new SkewedClock(core.clock);
  }

  /**
   * Kills the worker at a point, when the handler has returned unless told: the handler never goes on, nothing is
   * stored, and the job is taken back when its lease ends, which counts the attempt (R25).
   *
   * An awaited call is left pending for ever. A synchronous one throws CrashSignal, and whatever the handler tries after
   * that is refused.
   */
  crash<E extends object = object>(job: AnyJobClass, point: FaultPoint<E> = { at: "settle" }): this {
    return this.#arm("crash", this.crash, job, point, (attempt, where) => {
      this.#mark(attempt, `the worker dies ${where}`);
      this.#kill(attempt, where);
      return false;
    });
  }

  /**
   * Takes the claim back at a point, at its claim unless told, as a rescue on another machine would: the handler goes on,
   * its outcome comes too late, and the job is tried again (R24).
   */
  loseLease<E extends object = object>(job: AnyJobClass, point: FaultPoint<E> = { at: "claim" }): this {
    return this.#arm("loseLease", this.loseLease, job, point, async (attempt, where) => {
      this.#mark(attempt, `its lease is lost ${where}`);
      const takenBack = takeBack(attempt.engine, this.#store.past, attempt.claim);
      this.#takeBacks.set(attempt, takenBack);
      await takenBack;
      return true;
    });
  }

  /**
   * Delivers a job again though its handler has returned, as when the worker dies before it can say so. That is the next
   * attempt, as in production, but does not count against maxRetries. `nth`: which job of the class that returns; 1
   * unless told.
   */
  duplicate(job: AnyJobClass, options: { readonly nth?: number | undefined } = {}): this {
    requireKnown(options, "duplicate", OPTIONS.duplicate);
    const point = { at: "settle", nth: options.nth } as const;
    return this.#arm("duplicate", this.duplicate, job, point, async (attempt, where) => {
      this.#mark(attempt, "is delivered again: nobody heard that it has ended");
      this.#redeliveries ??= Redeliveries.of(this.#core, this.#store.past);
      await this.#redeliveries.redeliver(attempt.claim, this.#core.engine.clock.now());
      this.#kill(attempt, where);
      return false;
    });
  }

  /** Makes calls of the store fail; a drain goes on as a worker would. `verb`: one of them, or several. */
  failStore(verb: StoreVerb | readonly StoreVerb[], options: FailStoreOptions = {}): this {
    this.#core.requireOpen("fail its store");
    requireKnown(options, "failStore", OPTIONS.failStore);
    const { when = "before", nth = 1, times = 1, error } = options;
    const verbs = [verb].flat();
    const unknown = verbs.find((one) => !STORE_VERBS.includes(one));
    if (unknown !== undefined || verbs.length === 0)
      throw new InvalidOptionError("failStore's verb", unknown ?? verb, `one of ${STORE_VERBS.join(", ")}`);
    if (when !== "before" && when !== "after")
      throw new InvalidOptionError("failStore's when", when, '"before" or "after"');
    if (times !== Number.POSITIVE_INFINITY) countOf(times, "failStore's times", 1);
    // Of any realm: jest's tests have an Error that is not ours.
    if (error !== undefined && !types.isNativeError(error) && !((error as unknown) instanceof Error))
      throw new InvalidOptionError("failStore's error", error, 'an Error: new Error("deadlock")');
    const site = siteOf(this.failStore);
    this.#store.fail({ verbs, nth: countOf(nth, "failStore's nth", 1), times, when, error }, site);
    return this;
  }

  /** Takes the database away for a stretch of the kit's time: until it is over nothing is enqueued, claimed or settled. */
  storeAway(duration: Duration): this {
    this.#core.requireOpen("take its store away");
    this.#store.away(durationMs(duration, "storeAway's duration"));
    return this;
  }

  /**
   * Rolls a transaction of the store back when its function has succeeded: `store.transaction(…)` rejects, and what was
   * enqueued in it never was. `nth`: which transaction from now on; 1 unless told.
   */
  rollback(options: { readonly nth?: number | undefined } = {}): this {
    this.#core.requireOpen("roll back a transaction");
    requireKnown(options, "rollback", OPTIONS.rollback);
    this.#store.rollBack(countOf(options.nth ?? 1, "rollback's nth", 1), siteOf(this.rollback));
    return this;
  }

  /** Lets the engine's clock be ahead of the kit's by so much; behind with a leading minus: `"-5s"`. `"0s"` puts it right. */
  skewClock(by: Duration): this {
    this.#core.requireOpen("skew its clock");
    const ms = skewMs(by);
    const engine = this.#core.engine as { clock: Engine["clock"] }; // `as`: read-only to the steps, which ask for it each time
    engine.clock = this.#clock;
    this.#clock.skewMs = ms;
    this.#core.journal.fault(
      "the engine",
      "",
      ms === 0 ? "its clock is right again" : `its clock is off by ${String(by)}`,
    );
    return this;
  }

  /** Takes back every fault that has not struck, and lets store and clock be well again. */
  clear(): this {
    this.#armed = [];
    this.#waiting.clear();
    for (const end of this.#watched.values()) end();
    this.#watched.clear();
    this.#effects.restore();
    this.#store.clear();
    this.#clock.skewMs = 0;
    return this;
  }

  /** For the end of the kit: the faults that never struck, in words. @internal */
  neverStruck(): readonly string[] {
    return this.#waiting.tell();
  }

  /** For a drain: milliseconds that the engine's clock is ahead. @internal */
  get skewedMs(): number {
    return this.#clock.skewMs;
  }

  /** For a drain: when the store is back; null while it is there. @internal */
  get storeAwayUntil(): number | null {
    return this.#store.awayUntil;
  }

  /** For a drain: whether a store's error is a fault of this kit. @internal */
  caused(error: unknown): boolean {
    return this.#store.caused(error);
  }

  #arm(verb: string, callee: Callee, job: AnyJobClass, point: AnyPoint, strike: Armed["strike"]): this {
    this.#core.requireOpen("arm a fault");
    const jobs = knownNames(this.#core, job);
    const { place, effect, method } = placeOf(verb, point);
    const nth = countOf(point.nth ?? 1, `${verb}'s nth`, 1);
    if (effect !== null) {
      const what = `the effect of kit.faults.${verb}(${nameOf(job)}, …)`;
      requireReplaceable(effect, what, method);
      this.#effects.watch(effect, null, what);
    }
    const [name] = jobs;
    const waiting = this.#waiting.add({
      text: `kit.faults.${verb}(${name}, ${pointText(place, effect, method, point.nth)})`,
      absence: `no ${name} came to that point`,
      nth,
      site: siteOf(callee),
    });
    this.#armed.push({ jobs, place, effect, method, waiting, strike });
    if (!this.#watched.has(name))
      this.#watched.set(name, this.#stubs.watch(name, { perform: (proceed) => this.#performed(proceed) }));
    return this;
  }

  /** Around a handler: what is to strike before it starts, and when it has returned. */
  #performed(proceed: () => unknown): unknown {
    const attempt = currentScope()?.attempt as Attempt | null | undefined; // `as`: the engine's scopes are its attempts
    if (!attempt) return proceed();
    const start = this.#take("claim", attempt, null);
    const begin = (goesOn: boolean): unknown => (goesOn ? this.#returned(attempt, proceed) : forever());
    if (start === null) return begin(true);
    return after(start.strike(attempt, "at the claim, before its handler starts"), begin);
  }

  #returned(attempt: Attempt, proceed: () => unknown): unknown {
    const result = this.#afterTakeBack(attempt, proceed);
    const end = (value: unknown): unknown => {
      const armed = this.#take("settle", attempt, null);
      if (armed === null) return value;
      const goesOn = armed.strike(attempt, "when its handler has returned, before the outcome is stored");
      return after(goesOn, (on) => (on ? value : forever()));
    };
    return isPromise(result) ? Promise.resolve(result).then(end) : end(result);
  }

  /** Were the outcome stored first, the claim would not have been lost. */
  #afterTakeBack(attempt: Attempt, proceed: () => unknown): unknown {
    let result: unknown;
    try {
      result = proceed();
    } catch (error) {
      if (!this.#takeBacks.has(attempt)) throw error;
      result = Promise.reject(error);
    }
    if (isPromise(result)) return Promise.resolve(result).finally(() => this.#takeBacks.get(attempt));
    return this.#takeBacks.get(attempt)?.then(() => result) ?? result;
  }

  #effectCalled(call: EffectCall, proceed: () => unknown): unknown {
    const { attempt } = call;
    const signal = this.#signals.get(attempt);
    if (signal !== undefined) return answerOfTheDead(call, signal);
    const before = this.#take("before", attempt, call);
    if (before === null) return this.#proceeded(call, proceed);
    const goesOn = before.strike(attempt, `before ${call.text}`);
    if (goesOn === false) return this.#dead(call);
    if (goesOn === true || isAsync(call) !== true) return this.#proceeded(call, proceed);
    return goesOn.then((on) => (on ? this.#proceeded(call, proceed) : this.#dead(call)));
  }

  #proceeded(call: EffectCall, proceed: () => unknown): unknown {
    const result = proceed();
    if (!isPromise(result)) return this.#answered(call, result);
    return keepMembers(call, result, (answer) =>
      unlessDead(call.attempt, answer, (value) => this.#answered(call, value)),
    );
  }

  #answered(call: EffectCall, value: unknown): unknown {
    const armed = this.#take("after", call.attempt, call);
    if (armed === null) return value;
    const goesOn = armed.strike(call.attempt, `after ${call.text}`);
    if (goesOn === false) return this.#dead(call);
    if (goesOn === true || isAsync(call) !== true) return value;
    return goesOn.then((on) => (on ? value : this.#dead(call)));
  }

  #dead(call: EffectCall): unknown {
    const signal = this.#signals.get(call.attempt);
    return signal === undefined ? forever() : answerOfTheDead(call, signal);
  }

  /** The first fault that strikes here. All that wait for this point count it. */
  #take(place: Place, { claim }: Attempt, call: EffectCall | null): Armed | null {
    let found: Armed | null = null;
    for (const armed of this.#armed) {
      if (armed.place !== place || !armed.jobs.includes(claim.jobClass)) continue;
      if (call !== null && (armed.effect !== call.effect || armed.method !== call.method)) continue;
      armed.waiting.came++;
      if (armed.waiting.came === armed.waiting.nth) found ??= armed;
    }
    if (found === null) return null;
    this.#waiting.struck(found.waiting);
    this.#armed = this.#armed.filter(({ waiting }) => waiting.came < waiting.nth);
    return found;
  }

  #kill(attempt: Attempt, where: string): void {
    const signal = new CrashSignal(where);
    this.#signals.set(attempt, signal);
    kill(attempt, signal);
  }

  #mark({ claim }: Attempt, text: string): void {
    this.#core.journal.fault(claim.jobClass, claim.id, text);
  }
}

/** `{ after: [Gateway, "charge"], nth: 2 }`. */
function pointText(place: Place, effect: object | null, method: string, nth: number | undefined): string {
  const count = nth === undefined ? "" : `, nth: ${nth}`;
  if (effect === null) return `{ at: "${place}"${count} }`;
  return `{ ${place}: [${nameOfEffect(effect) ?? "…"}, "${method}"]${count} }`;
}

/** Milliseconds of a duration that may be negative: `"-5s"`. Throws: InvalidDurationError. */
export function skewMs(by: Duration): number {
  const what = "skewClock's duration";
  if (typeof by !== "string" || !by.startsWith("-")) return durationMs(by, what);
  try {
    return -durationMs(by.slice(1), what);
  } catch {
    throw new InvalidDurationError(by, what); // What was given, not what is left of it.
  }
}

function after(goesOn: Promise<boolean> | boolean, then: (goesOn: boolean) => unknown): unknown {
  return typeof goesOn === "boolean" ? then(goesOn) : goesOn.then(then);
}
