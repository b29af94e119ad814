// The test kit: production's engine on a store and a clock of its own, and the verbs that play it.

import type { Clock } from "../clock/clock.ts";
import type { DrainStep } from "../engine/channels.ts";
import { asDrain } from "../engine/drain-step.ts";
import type { Jobs } from "../engine/jobs.ts";
import { runInScope, shared } from "../job/ambient.ts";
import { type Callee, calledAs, pointed } from "../job/caller.ts";
import { type Duration, durationMs } from "../job/duration.ts";
import { InvalidOptionError } from "../job/errors.ts";
import { type AnyJob, type AnyJobClass, type DataOf, nameOf } from "../job/job.ts";
import type { EnqueueArgs } from "../job/json-type.ts";
import type { JobRecord } from "../job/record.ts";
import type { JobStore } from "../store/job-store.ts";
import { CallSite, siteOf } from "./assertions/assertion-error.ts";
import { begun } from "./begun.ts";
import { type Destination, Drain } from "./drain.ts";
import { type DrainOptions, type DrainReport, drainPlan } from "./drain-options.ts";
import { type During, during } from "./during.ts";
import { KitUsageError } from "./errors.ts";
import type { FailureMatch } from "./expected-failures.ts";
import { Faults } from "./faults/faults.ts";
import { type EventFilter, filterEvents, filterLines, type LogFilter } from "./filters.ts";
import type { KitEvent, KitLogLine } from "./journal.ts";
import { KIT_CORE, type KitCore } from "./kit-core.ts";
import type { KitHost } from "./kit-host.ts";
import type { TestKitOptions } from "./kit-options.ts";
import type { DataMatch } from "./match.ts";
import { nothingRan } from "./nothing-ran.ts";
import { type KitParts, openKit } from "./open-kit.ts";
import { performAlone } from "./perform-alone.ts";
import { knownNames, type RecordOf, readJobs } from "./records.ts";
import { reportFailures } from "./report-failures.ts";
import type { Stub, Watcher } from "./stubs.ts";
import { renderTimeline, type TimelineOptions } from "./timeline.ts";
import { refuseHandlers } from "./turns.ts";
import { waitFor } from "./wait-for.ts";
import { pointing } from "./watched-calls.ts";
import { KitWorker } from "./workers/kit-worker.ts";
import { workerNames } from "./workers/worker-names.ts";

/** Time travel: drain options but for those that only end a drainUntilIdle. */
export type AdvanceOptions = Omit<DrainOptions, "maxVirtualTime" | "allowEmpty">;
/** For one job at a time. */
export type RunNextOptions = Pick<
  DrainOptions,
  "queue" | "only" | "except" | "includeSchedules" | "allowEmpty" | "failures" | "retries"
>;

/**
 * A kit of one test. Nothing a job does in it is different from production: only store, clock and randomness are handed in.
 *
 * ```ts
 * const kit = await createTestKit({ jobs: [SendEmailJob] });
 * await signUp("ada@example.org");
 * await expectEnqueued(kit, SendEmailJob, { to: "ada@example.org" });
 * await kit.drainUntilIdle();
 * ```
 * Every promise it gives rejects with KitUsageError once it is disposed (R44).
 */
export class TestKit {
  readonly #parts: KitParts;
  readonly #core: KitCore;

  constructor(parts: KitParts) {
    this.#parts = parts;
    this.#core = parts.core;
    Object.defineProperty(this, KIT_CORE, { value: parts.core });
  }

  /** What jobs are enqueued to and looked after with, as in production. */
  get jobs(): Jobs {
    return this.#parts.jobs;
  }

  get store(): JobStore {
    return this.#core.engine.store;
  }

  /** Read-only: the kit's verbs move it. */
  get clock(): Pick<Clock, "now"> {
    return { now: () => this.now() };
  }

  get label(): string {
    return this.#core.label;
  }

  /** The kit's instant, real time let in where the clock follows it. */
  now(): Date {
    this.#core.follow();
    return this.#core.clock.now();
  }

  /**
   * Runs `fn`, and all it awaits, with this kit as what `SomeJob.enqueue()` finds. Runs may be nested, of one kit or of
   * several: the innermost counts. A thenable that starts when it is awaited, as supertest's requests do, is started
   * here: what is returned for it is a plain promise.
   */
  run<T>(fn: () => T): T {
    this.#core.requireOpen("run code");
    const scope = { jobs: this.#parts.jobs, attempt: null, kit: this.#core.engine.kit };
    return runInScope(scope, () => begun(fn()));
  }

  /**
   * Makes this kit what every enqueue of the process finds, until it is disposed: for servers whose requests carry no
   * scope. One kit at a time. Throws: KitUsageError when another is installed.
   */
  install(): this {
    this.#core.requireOpen("install itself");
    const { installed } = shared;
    if (installed !== null && installed !== this.#parts.open) {
      throw new KitUsageError(
        `${this.label} cannot be installed: ${installed.label} is. Dispose it first; tests that run at once use kit.run(…).`,
      );
    }
    shared.installed = this.#parts.open;
    return this;
  }

  /** Runs all that is due now, follow-ups too; the clock stands still. Throws: NothingRanError, JobFailedError, RunawayError, StuckHandlerError. */
  drain(options: DrainOptions = {}): Promise<DrainReport> {
    return this.#play("drain", this.drain, options, (drain) => drain.runDue(false), report);
  }

  /** Runs all that is due, and skips time to the next due job, until none is pending or asleep. Throws as `drain`. */
  drainUntilIdle(options: DrainOptions = {}): Promise<DrainReport> {
    return this.#play("drainUntilIdle", this.drainUntilIdle, options, (drain) => drain.travel(null), report);
  }

  /** Moves time forward, running each job at its own due instant on the way. Nothing due is no error. */
  advance(duration: Duration, options: AdvanceOptions = {}): Promise<DrainReport> {
    return this.#travel("advance", this.advance, options, () => this.#after("advance", duration));
  }

  /** `advance` to an instant. Throws: InvalidOptionError for one in the past. */
  advanceTo(date: Date | string, options: AdvanceOptions = {}): Promise<DrainReport> {
    return this.#travel("advanceTo", this.advanceTo, options, () => {
      const at = new Date(date).getTime();
      if (Number.isNaN(at)) throw new InvalidOptionError("advanceTo's date", date, "a valid Date");
      const now = this.#core.clock.now();
      if (at >= now.getTime()) return { at };
      throw new InvalidOptionError("advanceTo's date", date, `an instant not before the kit's ${now.toISOString()}`);
    });
  }

  /** Moves time and runs nothing: every worker was down. Leases may end; sleepers go on at the next drain. */
  jump(duration: Duration): Promise<void> {
    return this.#parts.turns.take(this.#core, "jump", siteOf(this.jump), async () => {
      this.#core.clock.arrive(this.#after("jump", duration).offsetMs);
    });
  }

  /** Runs the first due job until it ends or sleeps. Returns it as it is then. Throws as `drain`; null with `allowEmpty`. */
  runNext(options: RunNextOptions = {}): Promise<JobRecord | null> {
    return this.#play(
      "runNext",
      this.runNext,
      options,
      (drain) => drain.runOne(),
      (drain) => drain.latest(),
    );
  }

  /**
   * Performs one job without the queue, with all that production puts around a handler: a class, or an instance of
   * your making. A stub of the class stands in here too. `attempt`: which attempt to be, 1 unless told.
   * Rejects with: the handler's own error.
   */
  perform<C extends AnyJobClass | AnyJob>(
    job: C,
    ...args: EnqueueArgs<DataOf<C>, { readonly attempt?: number }>
  ): Promise<void> {
    const { engine, handlers } = this.#core;
    const work = async (): Promise<void> => {
      await this.#core.catchUp("perform a job");
      await handlers.guard(shared.runClean(performAlone, engine, job, args[0], args[1]?.attempt ?? 1));
    };
    const called = { text: `kit.perform(${nameOf(job)}, …)`, kind: "verb", site: siteOf(this.perform) } as const;
    return this.#core.watchCall(called, work);
  }

  /**
   * Lets a function, `"complete"` or `{ fails: 2, with: error }` stand in for a class's perform, in this kit only.
   * Returns: what takes it away again. Throws: UnknownJobError.
   */
  stub<C extends AnyJobClass>(jobClass: C, stub: Stub<DataOf<C>>): () => void {
    return refusing(this.stub, () => {
      this.#core.requireOpen("stub a job");
      const [name] = knownNames(this.#core, jobClass);
      return this.#parts.stubs.stub(name, stub as Stub<never>); // `as`: the class ties the data
    });
  }

  /** Watches the calls of a class's perform and enqueue that this kit's engine makes. Returns: what ends it. */
  watch<C extends AnyJobClass>(jobClass: C, watcher: Watcher): () => void {
    return refusing(this.watch, () => {
      this.#core.requireOpen("watch a job");
      const [name] = knownNames(this.#core, jobClass);
      return this.#parts.stubs.watch(name, watcher);
    });
  }

  /** What can be made to go wrong: crashes, lost leases, a store that fails (see Faults). */
  get faults(): Faults {
    if (this.#core.faults !== null) return this.#core.faults;
    const faults = new Faults(this.#core, this.#parts.stubs);
    this.#core.faults = faults;
    this.#core.atDispose(() => faults.clear());
    return faults;
  }

  /**
   * Workers over the kit's store that take a step when they are told to: so many, or one for each name. The kit's own
   * drains run beside them, as one more. Throws: InvalidOptionError.
   */
  workers(count: number): readonly KitWorker[];
  workers<Names extends readonly string[]>(...names: Names): { readonly [Index in keyof Names]: KitWorker };
  workers(...names: readonly [number] | readonly string[]): readonly KitWorker[] {
    return refusing(this.workers, () => {
      this.#core.requireOpen("make workers");
      return workerNames(names).map((name) => new KitWorker(this.#core, name));
    });
  }

  /** Says, before a drain, that a job of this class is going to end `failed`. Never met, it fails the test at dispose. */
  expectFailure(jobClass: AnyJobClass, match?: FailureMatch): void {
    refusing(this.expectFailure, () => {
      this.#core.requireOpen("expect a failure");
      this.#core.expectedFailures.expect(knownNames(this.#core, jobClass), match);
    });
  }

  /** Calls `fn` in the kit's scope and tells what was enqueued meanwhile, whatever had been enqueued before. */
  during<T>(fn: () => T | Promise<T>): Promise<During<T>> {
    return during(this.#core, () => this.run(fn));
  }

  /** All jobs of the kit, or of a class, whatever has become of them; oldest first. */
  async enqueued<C extends AnyJobClass = AnyJobClass>(
    jobClass?: C,
    match?: DataMatch<DataOf<C>>,
  ): Promise<readonly RecordOf<C>[]> {
    return pointing(readJobs(this.#core, jobClass, match), siteOf(this.enqueued));
  }

  /** The jobs that wait to be run. */
  async pending<C extends AnyJobClass = AnyJobClass>(
    jobClass?: C,
    match?: DataMatch<DataOf<C>>,
  ): Promise<readonly RecordOf<C>[]> {
    return pointing(readJobs(this.#core, jobClass, match, "pending"), siteOf(this.pending));
  }

  /** Waits, in real time (2 s unless told), until a job of the class has been enqueued, by a server say. Resolves with the latest. */
  waitFor<C extends AnyJobClass>(
    jobClass: C,
    match?: DataMatch<DataOf<C>>,
    options: { readonly within?: Duration } = {},
  ): Promise<RecordOf<C>> {
    const look = async (): Promise<RecordOf<C> | undefined> => (await readJobs(this.#core, jobClass, match)).at(-1);
    const called = { text: `kit.waitFor(${nameOf(jobClass)})`, kind: "verb", site: siteOf(this.waitFor) } as const;
    return this.#core.watchCall(called, () => waitFor(this.#core, nameOf(jobClass), options.within ?? "2s", look));
  }

  /** What the engine told, in order; on a database also of enqueues that are rolled back later. */
  events(filter: EventFilter = {}): readonly KitEvent[] {
    return filterEvents(this.#core.journal.events(), filter);
  }

  /** The lines that handlers and engine logged (R47). */
  logs(filter: LogFilter = {}): readonly KitLogLine[] {
    return filterLines(this.#core.journal.lines(), filter);
  }

  /**
   * What happened, as text to print. An enqueue that was rolled back is not in it. A database does not tell of that: the
   * kit looks for such jobs at each of its verbs and assertions, so await one after the transaction.
   */
  timeline(options: TimelineOptions = {}): string {
    return renderTimeline(this.#core.journal, options);
  }

  /**
   * Ends the kit: waits for enqueues and busy handlers, gives store, clock and app back, and fails for what the test
   * did not look at. Handlers that sleep never go on. Calling it again does nothing. Throws: KitDisposeError.
   */
  async dispose(): Promise<void> {
    refuseHandlers(this.#core, "dispose");
    return this.#parts.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #after(verb: string, duration: Duration): { readonly offsetMs: number } {
    const { clock } = this.#core;
    const offsetMs = clock.offsetMs + durationMs(duration, `${verb}'s duration`);
    if (!Number.isNaN(new Date(clock.instantAt(offsetMs)).getTime())) return { offsetMs };
    throw new InvalidOptionError(`${verb}'s duration`, duration, "one that ends at an instant a Date can tell");
  }

  #travel(
    verb: DrainStep["verb"],
    callee: Callee,
    options: AdvanceOptions,
    to: () => Destination,
  ): Promise<DrainReport> {
    return this.#play(verb, callee, { ...options, allowEmpty: true }, (drain) => drain.travel(to()), report);
  }

  /** Not an async function, nor are its callers: whether anybody awaits the promise is looked at. */
  #play<T>(
    verb: DrainStep["verb"],
    callee: Callee,
    options: DrainOptions,
    play: (drain: Drain) => Promise<void>,
    result: (drain: Drain) => Promise<T>,
  ): Promise<T> {
    const core = this.#core;
    const { turns } = this.#parts;
    const { until } = options;
    const bound = typeof until === "function" ? { ...options, until: turns.asked(verb, until) } : options;
    return turns.take(core, verb, siteOf(callee), async () => {
      const plan = drainPlan(verb, bound, (jobClass, what) => knownNames(core, jobClass, what));
      const drain = new Drain(core, plan);
      try {
        await asDrain(
          verb,
          plan.queues,
          () => play(drain),
          () => drain.ran,
        );
        await core.catchUp(`end kit.${verb}()`);
      } finally {
        drain.end();
      }
      await reportFailures(core, verb, plan, drain);
      if (drain.ranNothing && !plan.allowEmpty) throw await nothingRan(core, verb, plan);
      return result(drain);
    });
  }
}

/** What `work` throws points to the caller of `callee`. */
function refusing<T>(callee: Callee, work: () => T): T {
  return calledAs(callee, () => {
    try {
      return work();
    } catch (error) {
      throw pointed(error);
    }
  });
}

function report(drain: Drain): Promise<DrainReport> {
  return drain.report();
}

/** Makes a kit. Throws: KitUsageError in production; InvalidOptionError; what createJobs throws for its classes. */
export function createTestKit(options: TestKitOptions): Promise<TestKit> {
  return makeKit(options, new CallSite(createTestKit));
}

/** Makes a kit that a proof plays, whose errors advise what can be done there. */
export function createHostedKit(options: TestKitOptions, host: KitHost): Promise<TestKit> {
  return makeKit({ ...options, label: `the kit of ${host.name}` }, new CallSite(createHostedKit), host);
}

/** `madeAt` tells whose kit it is, for the messages about kits that were left open. */
export async function makeKit(
  options: TestKitOptions,
  madeAt: { readonly where: string | null },
  host: KitHost | null = null,
): Promise<TestKit> {
  const parts = await openKit(options, madeAt, host);
  const kit = new TestKit(parts);
  parts.handOver(kit);
  return kit;
}
