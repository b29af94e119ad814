// One run of a job, from an empty world to the end: unharmed, or with a worker that dies at one point.

import type { Attempt } from "../../engine/attempt.ts";
import type { Jobs } from "../../engine/jobs.ts";
import { currentScope } from "../../job/ambient.ts";
import { failureMessage } from "../../job/failure-message.ts";
import type { AnyJobClass } from "../../job/job.ts";
import type { EnqueuedJob, JobRecord } from "../../job/record.ts";
import { isPromise } from "../../job/schema.ts";
import { literal } from "../assertions/literal.ts";
import { callAround, kill } from "../faults/callbacks.ts";
import { answerOfTheDead, type EffectCall, Effects, forever, unlessDead } from "../faults/effects.ts";
import { enqueuesAtWork } from "../faults/enqueues-at-work.ts";
import { CrashSignal } from "../faults/errors.ts";
import { keepMembers } from "../faults/keep-members.ts";
import { Redeliveries } from "../faults/redeliveries.ts";
import { createHostedKit, type TestKit } from "../kit.ts";
import { KIT_CORE, type KitCore } from "../kit-core.ts";
import { checkIdempotentHost } from "../kit-host.ts";
import { afterTurn } from "../real-time.ts";
import type { HeldAnswers } from "./held-answers.ts";

/** Where the worker dies: before or after the call of this index, after an enqueue, or when a handler has returned. */
export type CrashPoint = { readonly type: "before" | "after" | "enqueued" | "returned"; readonly index: number };

/** A call on an effect that was made, or that the worker died before; or an enqueue of a handler. */
export interface MadeCall {
  readonly kind: "effect" | "enqueue" | "deduplicated";
  /** `gateway.charge({ cents: 1999 })`, `MailJob.enqueue({ to: "ada@example.com" })`. */
  readonly text: string;
  /** The same and all of its arguments: two calls are the same when this is. */
  readonly whole: string;
  readonly jobId: string;
  /** `#1 ChargeJob`. */
  readonly job: string;
  /** The call in whose callback it was made: `db.transaction(…)`. */
  readonly around: MadeCall | null;
}

export interface World {
  /** What the kit is made with: classes, or the app. */
  readonly jobs: { readonly jobs: readonly AnyJobClass[] } | { readonly app: Jobs };
  readonly enqueue: () => unknown;
  readonly reset: () => unknown;
  readonly observe: () => unknown;
  /** With the name that each is called by, if it has one. */
  readonly effects: readonly (readonly [name: string | null, effect: object])[];
  readonly now: Date | string;
  readonly store: string | undefined;
}

export type Redelivery = "at once" | "when its lease is over";

export interface Played {
  /** How many jobs were enqueued to be tried, not by handlers. */
  readonly given: number;
  /** The calls on effects: points to die at are told by their index. */
  readonly calls: readonly MadeCall[];
  /** The enqueues, those that were deduplicated as well. */
  readonly enqueues: readonly MadeCall[];
  /** Both, in order. */
  readonly made: readonly MadeCall[];
  /** Those that answered, or failed: a query may be built and never awaited. */
  readonly answered: ReadonlySet<MadeCall>;
  /** Of these the ones that answered when their attempt was over: nobody had awaited them. */
  readonly late: readonly MadeCall[];
  /** Handlers that returned, in order. */
  readonly returned: readonly MadeCall[];
  readonly observed: unknown;
  /** Jobs that failed for good: class and message. */
  readonly failed: readonly string[];
  /** How much of `made` there was when the worker died; null where it did not. */
  readonly diedAfter: number | null;
  /** The call, or the handler, at which it died. */
  readonly diedAt: MadeCall | null;
  readonly redelivery: Redelivery;
  /** Whether a handler caught the crash, which a synchronous effect can only throw. */
  readonly caughtAt: string | null;
  readonly timeline: string;
}

/** So many characters of each argument tell two calls apart. */
const WHOLE = 4000;

/**
 * `when`: the job is delivered again at once, or when its lease is over, and all else that was due has had its turn.
 * `held`: holds the answers of calls back, to find one that nobody awaits.
 * Throws: what reset, enqueue and observe throw; NothingRanError when nothing was enqueued.
 */
export async function play(
  world: World,
  point: CrashPoint | null,
  when: Redelivery = "at once",
  held: HeldAnswers | null = null,
): Promise<Played> {
  await world.reset();
  const { jobs, store, now } = world;
  const kit = await createHostedKit({ ...jobs, store, now, leftovers: "ignore" }, checkIdempotentHost);
  const run = new Run(kit, point, when, held);
  try {
    run.begin(world);
    await kit.run(world.enqueue);
    await kit.drainUntilIdle({ failures: point === null ? "throw" : "collect" });
    // A handler that was thrown out of a synchronous call may not have come to its end yet.
    await new Promise<void>(afterTurn);
    await held?.settled();
    run.end();
    return await run.result(await world.observe());
  } finally {
    run.end();
    await kit.dispose();
  }
}

class Run {
  readonly #kit: TestKit;
  readonly #core: KitCore;
  readonly #point: CrashPoint | null;
  readonly #when: Redelivery;
  readonly #effects: Effects;
  readonly #held: HeldAnswers | null;
  readonly #redeliveries: Redeliveries;
  readonly #made: MadeCall[] = [];
  readonly #answered = new Set<MadeCall>();
  readonly #late: MadeCall[] = [];
  readonly #returned: MadeCall[] = [];
  readonly #labels = new Map<string, string>();
  readonly #madeOf = new WeakMap<object, MadeCall>();
  /** By id of the job, the last that was told of. */
  readonly #enqueueOf = new Map<string, MadeCall>();
  #given = 0;
  #called = 0;
  #died: { readonly attempt: Attempt; readonly signal: CrashSignal } | null = null;
  #diedAfter: number | null = null;
  #diedAt: MadeCall | null = null;
  #hasThrown = false;
  #caughtAt: string | null = null;

  constructor(kit: TestKit, point: CrashPoint | null, when: Redelivery, held: HeldAnswers | null) {
    this.#held = held;
    this.#kit = kit;
    this.#when = when;
    this.#core = Reflect.get(kit, KIT_CORE) as KitCore; // `as`: where every kit keeps its inside
    this.#point = point;
    this.#redeliveries = Redeliveries.of(this.#core);
    const isOurs = (attempt: Attempt): boolean => attempt.engine.events === this.#core.engine.events;
    this.#effects = new Effects(isOurs, (call, proceed) => this.#onCall(call, proceed));
  }

  /** Throws: FaultUsageError for an effect that cannot be watched; `end` puts back those before it. */
  begin({ effects }: World): void {
    const { events } = this.#core.engine;
    events.on("enqueued", ({ job }) => this.#enqueued("enqueue", job));
    events.on("deduplicated", ({ job }) => this.#enqueued("deduplicated", job));
    Object.assign(this.#core.engine, {
      ambient: enqueuesAtWork(this.#core.engine.ambient, { stored: (...told) => this.#stored(...told) }),
    });
    for (const [name, effect] of effects)
      this.#effects.watch(effect, name, `the effect ${name ?? ""} of checkIdempotent`.replace("  ", " "));
    this.#effects.watchTransactions(this.#core.engine.store);
    for (const { jobClass } of this.#core.engine.registry.all)
      this.#kit.watch(jobClass, { perform: (proceed) => this.#performed(proceed) });
  }

  end(): void {
    this.#effects.restore();
  }

  async result(observed: unknown): Promise<Played> {
    const failed = await this.#kit.jobs.list({ status: "failed", limit: 1000 });
    return {
      given: this.#given,
      calls: this.#made.filter(({ kind }) => kind === "effect"),
      enqueues: this.#enqueues,
      made: this.#made,
      answered: this.#answered,
      late: this.#late,
      returned: this.#returned,
      observed,
      failed: failed.map(({ jobClass, lastError }) => `${jobClass}: ${lastError}`),
      diedAfter: this.#diedAfter,
      diedAt: this.#diedAt,
      redelivery: this.#when,
      caughtAt: this.#caughtAt,
      timeline: this.#kit.timeline(),
    };
  }

  #performed(proceed: () => unknown): unknown {
    const attempt = currentScope()?.attempt as Attempt; // `as`: perform runs in its attempt's scope
    let result: unknown;
    try {
      result = proceed();
    } catch (error) {
      this.#ended(attempt, error);
      throw error;
    }
    if (!isPromise(result)) return this.#end(attempt, result);
    return Promise.resolve(result).then(
      (value) => this.#end(attempt, value),
      (error: unknown) => {
        this.#ended(attempt, error);
        throw error;
      },
    );
  }

  #end(attempt: Attempt, value: unknown): unknown {
    this.#ended(attempt, undefined);
    if (attempt.died) return value;
    const { type, index } = this.#point ?? {};
    const made = this.#madeBy(attempt, "effect", "", []);
    const isHere = type === "returned" && index === this.#returned.length;
    this.#returned.push(made);
    if (!isHere) return value;
    this.#crash(attempt, made, "when its handler has returned, before the outcome is stored");
    return forever();
  }

  /** A handler that ends with anything but the crash it was thrown has caught it. */
  #ended(attempt: Attempt, error: unknown): void {
    const died = this.#died;
    if (died === null || died.attempt !== attempt || !this.#hasThrown || error === died.signal) return;
    this.#caughtAt = error === undefined ? "and returned" : `and threw "${failureMessage(error)}" in its place`;
  }

  #onCall(call: EffectCall, proceed: () => unknown): unknown {
    const { attempt, text, args } = call;
    if (this.#died?.attempt === attempt) return this.#dead(call);
    const index = this.#called++;
    const made = this.#madeBy(attempt, "effect", text, args);
    this.#madeOf.set(call, made);
    const point = this.#point?.index === index ? this.#point.type : null;
    if (point === "before") {
      this.#crash(attempt, made, `before ${text}`);
      return this.#dead(call);
    }
    this.#made.push(made);
    // An error is an answer as well: the handler is about to hear it.
    const hear = (answer: () => unknown): unknown => {
      this.#hear(attempt, made);
      if (point !== "after" || attempt.ended) return answer();
      this.#crash(attempt, made, `after ${text}`);
      return this.#dead(call);
    };
    let result: unknown;
    try {
      result = proceed();
    } catch (error) {
      return this.#failed(attempt, error, hear);
    }
    if (!isPromise(result)) return hear(() => result);
    const fail = (error: unknown): unknown =>
      hear(() => {
        throw error;
      });
    return keepMembers(call, result, (answer) =>
      unlessDead(attempt, this.#held?.hold(answer) ?? answer, (value) => hear(() => value), fail),
    );
  }

  /** A call that fails at once, maybe because the worker died in its callback, or is to die now, cannot be left pending. */
  #failed(attempt: Attempt, error: unknown, hear: (answer: () => unknown) => unknown): never {
    if (this.#died?.attempt !== attempt) hear(() => undefined);
    const died = this.#died?.attempt === attempt ? this.#died : null;
    if (died === null) throw error;
    this.#hasThrown = true;
    throw died.signal;
  }

  #dead(call: EffectCall): unknown {
    const signal = this.#died?.signal;
    if (signal === undefined) return forever();
    try {
      return answerOfTheDead(call, signal);
    } catch (error) {
      this.#hasThrown = true;
      throw error;
    }
  }

  /** The worker dies, and the job is delivered again, which does not count against maxRetries. */
  #crash(attempt: Attempt, made: MadeCall, where: string): void {
    if (attempt.ended) return;
    this.#diedAfter = this.#made.length;
    this.#diedAt = made;
    const signal = new CrashSignal(where);
    this.#died = { attempt, signal };
    this.#core.journal.fault(attempt.claim.jobClass, attempt.claim.id, `the worker dies ${where}`);
    // Watched, so that the drain does not take the job for done where the store answers later.
    const { clock, leaseMs } = this.#core.engine;
    const now = clock.now();
    const again = this.#when === "at once" ? now : new Date(now.getTime() + leaseMs);
    const redelivery = this.#redeliveries.redeliver(attempt.claim, now, again);
    void this.#core.enqueues.watch(redelivery, attempt.claim.jobClass);
    kill(attempt, signal);
  }

  #hear(attempt: Attempt, made: MadeCall): void {
    if (!attempt.ended) this.#answered.add(made);
    // Another attempt comes after one that failed, or was timed out.
    else if (attempt.overBecause === null) this.#late.push(made);
  }

  get #enqueues(): readonly MadeCall[] {
    return this.#made.filter(({ kind }) => kind !== "effect");
  }

  #stored(attempt: Attempt, stored: EnqueuedJob): EnqueuedJob | Promise<EnqueuedJob> {
    const made = this.#enqueueOf.get(stored.id);
    if (made === undefined) return stored;
    if (this.#held !== null)
      return this.#held.hold(Promise.resolve(stored)).then((later) => {
        this.#hear(attempt, made);
        return later;
      });
    this.#hear(attempt, made);
    const { type, index } = this.#point ?? {};
    if (type !== "enqueued" || index !== this.#enqueues.indexOf(made) || this.#died !== null) return stored;
    this.#crash(attempt, made, `after ${made.text}`);
    return forever();
  }

  /** Of an enqueue is told in the scope of its handler, if it has one. */
  #enqueued(kind: MadeCall["kind"], { id, jobClass, data }: JobRecord): void {
    const attempt = currentScope()?.attempt as Attempt | null | undefined; // `as`: the engine's scopes are its attempts
    if (!attempt) {
      if (kind === "enqueue") this.#given++;
      return;
    }
    const shown = Object.keys(data).length === 0 ? "" : literal(data, 60);
    const made = this.#madeBy(attempt, kind, `${jobClass}.enqueue(${shown})`, [data]);
    this.#made.push(made);
    this.#enqueueOf.set(id, made);
  }

  #madeBy(attempt: Attempt, kind: MadeCall["kind"], text: string, args: readonly unknown[]): MadeCall {
    const { id, jobClass } = attempt.claim;
    const label = this.#labels.get(id) ?? `#${this.#labels.size + 1} ${jobClass}`;
    this.#labels.set(id, label);
    const call = callAround(attempt);
    const whole = `${text} ${args.map((arg) => literal(arg, WHOLE)).join(", ")}`;
    return { kind, text, whole, jobId: id, job: label, around: (call && this.#madeOf.get(call)) ?? null };
  }
}
