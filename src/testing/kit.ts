// The test kit: production's engine on a store and a clock of its own, and the verbs that play it.

import type { Clock } from "../clock/clock.ts";
import type { JobEventType } from "../engine/events.ts";
import type { Jobs } from "../engine/jobs.ts";
import type { LogLevel } from "../engine/log.ts";
import { rescue } from "../engine/rescue.ts";
import { runAttempt } from "../engine/run-attempt.ts";
import { currentScope, runInScope, shared } from "../job/ambient.ts";
import { type Duration, durationMs } from "../job/duration.ts";
import { InvalidOptionError } from "../job/errors.ts";
import { type AnyJob, type AnyJobClass, type DataOf, isJob, isJobClass, nameOf } from "../job/job.ts";
import type { EnqueueArgs } from "../job/json-type.ts";
import type { JobRecord } from "../job/record.ts";
import type { JobStore } from "../store/job-store.ts";
import { Drain } from "./drain.ts";
import { type DrainOptions, type DrainReport, drainPlan } from "./drain-options.ts";
import { type During, during } from "./during.ts";
import { KitUsageError } from "./errors.ts";
import type { FailureMatch } from "./expected-failures.ts";
import type { KitEvent, KitLogLine } from "./journal.ts";
import type { KitCore } from "./kit-core.ts";
import type { TestKitOptions } from "./kit-options.ts";
import type { DataMatch } from "./match.ts";
import { nothingRan } from "./nothing-ran.ts";
import { type KitParts, openKit } from "./open-kit.ts";
import { performAlone } from "./perform-alone.ts";
import { type RecordOf, readRecords, storedNames, withData } from "./records.ts";
import { reportFailures } from "./report-failures.ts";
import type { Stub, Watcher } from "./stubs.ts";
import { renderTimeline, type TimelineOptions } from "./timeline.ts";
import { waitFor } from "./wait-for.ts";

/** Where a kit keeps its inside, for the assertions of this or another copy of the package. */
export const KIT_CORE: symbol = Symbol.for("wheelwright/kit-core");

export interface EventFilter {
  readonly type?: JobEventType | readonly JobEventType[] | undefined;
  readonly jobClass?: AnyJobClass | undefined;
  readonly jobId?: string | undefined;
}

export interface LogFilter {
  readonly level?: LogLevel | undefined;
  readonly jobId?: string | undefined;
  /** Part of the message, or a pattern. */
  readonly message?: string | RegExp | undefined;
  readonly from?: "handler" | "engine" | undefined;
}

/** Time travel: drain options but for those that only end a drainUntilIdle. */
export type AdvanceOptions = Omit<DrainOptions, "maxVirtualTime" | "allowEmpty">;

/**
 * A kit of one test. Nothing a job does in it is different from production: only store, clock and randomness are handed in.
 *
 * ```ts
 * const kit = await createTestKit({ jobs: [SendEmailJob] });
 * await signUp("ada@example.org");
 * await expectEnqueued(kit, SendEmailJob, { to: "ada@example.org" });
 * await kit.drainUntilIdle();
 * ```
 */
export class TestKit {
  readonly #parts: KitParts;
  readonly #core: KitCore;
  /** Drains run one after the other. */
  #turn: Promise<void> = Promise.resolve();

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
    this.#follow();
    return this.#core.clock.now();
  }

  /** Runs `fn`, and all it awaits, with this kit as what `SomeJob.enqueue()` finds. */
  run<T>(fn: () => T): T {
    this.#core.requireOpen("run code");
    return runInScope({ jobs: this.#parts.jobs, attempt: null, kit: this.#core.engine.kit }, fn);
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
    return this.#drain("drain", options, (drain) => drain.runDue(false));
  }

  /** Runs all that is due, and skips time to the next due job, until none is pending. Throws as `drain`. */
  drainUntilIdle(options: DrainOptions = {}): Promise<DrainReport> {
    return this.#drain("drainUntilIdle", options, (drain) => drain.travel(null));
  }

  /** Moves time forward, running each job at its own due instant on the way. Nothing due is no error. */
  advance(duration: Duration, options: AdvanceOptions = {}): Promise<DrainReport> {
    const ms = durationMs(duration, "advance's duration");
    return this.#travel("advance", options, () => this.#core.clock.now().getTime() + ms);
  }

  /** `advance` to an instant. Throws: InvalidOptionError for one in the past. */
  advanceTo(date: Date | string, options: AdvanceOptions = {}): Promise<DrainReport> {
    const target = new Date(date).getTime();
    if (Number.isNaN(target)) throw new InvalidOptionError("advanceTo's date", date, "a valid Date");
    return this.#travel("advanceTo", options, () => {
      const now = this.#core.clock.now();
      if (target < now.getTime())
        throw new InvalidOptionError("advanceTo's date", date, `an instant not before the kit's ${now.toISOString()}`);
      return target;
    });
  }

  /** Moves time and runs nothing: every worker was down. Leases may end; sleepers go on at the next drain. */
  async jump(duration: Duration): Promise<void> {
    const ms = durationMs(duration, "jump's duration");
    await this.#inTurn("jump", async () => {
      const { clock } = this.#core;
      clock.arrive(new Date(clock.now().getTime() + ms), clock.offsetMs + ms);
    });
  }

  /** Runs the first due job until it ends or sleeps. Returns it as it is then. Throws: NothingRanError. */
  async runNext(
    options: Pick<DrainOptions, "queue" | "allowEmpty" | "failures" | "retries"> = {},
  ): Promise<JobRecord | null> {
    let ran: JobRecord | null = null;
    await this.#drain("runNext", options, async (_drain, plan) => {
      const { engine, clock, handlers } = this.#core;
      await rescue(engine);
      const [claim] = await engine.store.claim({
        queues: plan.queues,
        limit: 1,
        now: clock.now(),
        workerId: engine.workerId,
        leaseMs: engine.leaseMs,
      });
      if (claim === undefined) return;
      void runAttempt(engine, claim); // It never rejects; `rest` waits for it, or for its sleep.
      await handlers.rest();
      ran = await engine.store.get(claim.id);
    });
    return ran;
  }

  /**
   * Performs one job without the queue, with all that production puts around a handler. `attempt`: which attempt to be, 1 unless told.
   * Rejects with: the handler's own error.
   */
  async perform<C extends AnyJobClass | AnyJob>(
    job: C,
    ...args: EnqueueArgs<DataOf<C>, { readonly attempt?: number }>
  ): Promise<void> {
    await this.#core.catchUp("perform a job");
    await this.#core.handlers.guard(
      shared.runClean(performAlone, this.#core.engine, job, args[0], args[1]?.attempt ?? 1),
    );
  }

  /**
   * Lets a function, `"complete"` or `{ fails: 2, with: error }` stand in for a class's perform, in this kit only.
   * Returns: what takes it away again. Throws: UnknownJobError.
   */
  stub<C extends AnyJobClass>(jobClass: C, stub: Stub<DataOf<C>>): () => void {
    this.#core.requireOpen("stub a job");
    return this.#parts.stubs.stub(this.#known(jobClass), stub as Stub<never>); // `as`: the class ties the data
  }

  /** Watches the calls of a class's perform and enqueue that this kit's engine makes. Returns: what ends it. */
  watch<C extends AnyJobClass>(jobClass: C, watcher: Watcher): () => void {
    this.#core.requireOpen("watch a job");
    return this.#parts.stubs.watch(this.#known(jobClass), watcher);
  }

  /** Says, before a drain, that a job of this class is going to end `failed`. Never met, it fails the test at dispose. */
  expectFailure(jobClass: AnyJobClass, match?: FailureMatch): void {
    this.#core.requireOpen("expect a failure");
    this.#core.expectedFailures.expect(this.#known(jobClass), match);
  }

  /** Calls `fn` in the kit's scope and tells what it enqueued, whatever had been enqueued before. */
  during<T>(fn: () => T | Promise<T>): Promise<During<T>> {
    return during(this.#core, () => this.run(fn));
  }

  /** All jobs of the kit, or of a class, whatever has become of them; oldest first. */
  async enqueued<C extends AnyJobClass = AnyJobClass>(
    jobClass?: C,
    match?: DataMatch<DataOf<C>>,
  ): Promise<readonly RecordOf<C>[]> {
    return this.#read<C>(jobClass, match, undefined);
  }

  /** The jobs that wait to be run. */
  async pending<C extends AnyJobClass = AnyJobClass>(
    jobClass?: C,
    match?: DataMatch<DataOf<C>>,
  ): Promise<readonly RecordOf<C>[]> {
    return this.#read<C>(jobClass, match, "pending");
  }

  /** Waits, in real time (2 s unless told), until a job of the class has been enqueued, by a server say. Resolves with it. */
  async waitFor<C extends AnyJobClass>(
    jobClass: C,
    match?: DataMatch<DataOf<C>>,
    options: { readonly within?: Duration } = {},
  ): Promise<RecordOf<C>> {
    const withinMs = durationMs(options.within ?? "2s", "waitFor's within");
    this.#known(jobClass);
    return waitFor(this.#core.journal, nameOf(jobClass), withinMs, async () =>
      (await this.#read<C>(jobClass, match, undefined)).at(-1),
    );
  }

  /** What happened, in order. */
  events(filter: EventFilter = {}): readonly KitEvent[] {
    const types = filter.type === undefined ? null : [filter.type].flat();
    const names = filter.jobClass === undefined ? null : storedNames(filter.jobClass);
    return this.#core.journal
      .events()
      .filter((event) => (types?.includes(event.type) ?? true) && (names?.includes(event.jobClass) ?? true))
      .filter((event) => filter.jobId === undefined || event.jobId === filter.jobId);
  }

  /** The lines that handlers and engine logged (R47). */
  logs(filter: LogFilter = {}): readonly KitLogLine[] {
    const { level, jobId, message, from } = filter;
    return this.#core.journal
      .lines()
      .filter((line) => (level === undefined || line.level === level) && (from === undefined || line.from === from))
      .filter((line) => jobId === undefined || line.fields.jobId === jobId)
      .filter(
        (line) =>
          message === undefined ||
          (typeof message === "string" ? line.message.includes(message) : message.test(line.message)),
      );
  }

  /** What happened, as text to print. */
  timeline(options: TimelineOptions = {}): string {
    return renderTimeline(this.#core.journal, options);
  }

  /**
   * Ends the kit: waits for enqueues, gives store, clock and app back, and fails for what the test did not look at.
   * Calling it again does nothing. Throws: KitDisposeError.
   */
  dispose(): Promise<void> {
    return this.#parts.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #travel(verb: string, options: AdvanceOptions, target: () => number): Promise<DrainReport> {
    return this.#drain(verb, { ...options, allowEmpty: true }, async (drain) => {
      const { clock } = this.#core;
      const until = target();
      const offset = clock.offsetMs + (until - clock.now().getTime());
      await drain.travel(until);
      if (!drain.stopped) clock.arrive(new Date(until), offset);
    });
  }

  async #drain(
    verb: string,
    options: DrainOptions,
    play: (drain: Drain, plan: Drain["plan"]) => Promise<void>,
  ): Promise<DrainReport> {
    const plan = drainPlan(verb, options);
    return this.#inTurn(verb, async () => {
      const core = this.#core;
      const drain = new Drain(core, plan);
      try {
        await play(drain, plan);
        await core.catchUp(`end kit.${verb}()`);
      } finally {
        drain.end();
      }
      reportFailures(core, verb, plan, drain);
      if (drain.ranNothing && !plan.allowEmpty) throw await nothingRan(core, verb, plan);
      return drain.report();
    });
  }

  /** One at a time, in the order of the calls. A handler that drains its own kit would wait for itself: refused. */
  async #inTurn<T>(verb: string, work: () => Promise<T>): Promise<T> {
    const scope = currentScope();
    if (scope?.attempt && scope.kit === this.#core.engine.kit) {
      throw new KitUsageError(
        `kit.${verb}() was called by a handler that this kit is running: it would wait for itself. Enqueue instead; the drain that runs the handler goes on.`,
      );
    }
    const before = this.#turn;
    let done = (): void => undefined;
    this.#turn = new Promise((resolve) => {
      done = resolve;
    });
    try {
      await before;
      await this.#core.catchUp(`kit.${verb}()`);
      return await shared.runClean(work);
    } finally {
      done();
    }
  }

  async #read<C extends AnyJobClass>(
    jobClass: C | undefined,
    match: DataMatch<DataOf<C>> | undefined,
    status: "pending" | undefined,
  ): Promise<readonly RecordOf<C>[]> {
    if (jobClass !== undefined) this.#known(jobClass);
    await this.#core.catchUp("read its jobs");
    const records = await readRecords(this.store, {
      ...(status && { status }),
      ...(jobClass && { jobClass: storedNames(jobClass) }),
    });
    return withData<C>(records, match);
  }

  /** The stored name of a class of this kit. Throws: UnknownJobError with a suggestion. */
  #known(jobClass: AnyJobClass): string {
    if (!isJobClass(jobClass))
      throw new InvalidOptionError(
        "the job class",
        isJob(jobClass) ? "an instance" : jobClass,
        "a class that extends Job, or is made by defineJob",
      );
    return this.#core.engine.registry.byClass(jobClass).name;
  }

  #follow(): void {
    if (this.#core.handlers.busyCount === 0) this.#core.clock.follow();
  }
}

/** Makes a kit. Throws: KitUsageError in production; InvalidOptionError; what createJobs throws for its classes. */
export async function createTestKit(options: TestKitOptions): Promise<TestKit> {
  const parts = await openKit(options);
  const kit = new TestKit(parts);
  parts.handOver(kit);
  return kit;
}
