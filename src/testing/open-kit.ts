// Puts a kit together: a core for its verbs, an engine of production's making, and its place in the process.

import { idsFrom } from "../clock/system-random.ts";
import { createEngine, type JobsOptions, optionsOf } from "../engine/create-jobs.ts";
import type { EngineKit } from "../engine/engine.ts";
import { EngineJobs, engineJobsOf, type Jobs } from "../engine/jobs.ts";
import { ScheduleRound } from "../engine/schedule-round.ts";
import { type OpenKit, shared } from "../job/ambient.ts";
import { InvalidOptionError, WheelwrightError } from "../job/errors.ts";
import type { IdSource } from "../job/id.ts";
import { siteOf } from "./assertions/assertion-error.ts";
import { disposeKit } from "./dispose-kit.ts";
import { EnqueueWatch } from "./enqueue-watch.ts";
import { KitUsageError } from "./errors.ts";
import { ExpectedFailures } from "./expected-failures.ts";
import { fakeDate } from "./fake-date.ts";
import { Handlers } from "./handlers.ts";
import { Journal } from "./journal.ts";
import { KitClock } from "./kit-clock.ts";
import { KIT, type KitCore } from "./kit-core.ts";
import type { KitHost } from "./kit-host.ts";
import { checkKitOptions, startOf, stuckAfterOf, type TestKitOptions } from "./kit-options.ts";
import { kitStore } from "./kit-store.ts";
import { ownOnDispose } from "./runner-hooks.ts";
import { seededRandom } from "./seeded-random.ts";
import { Stubs } from "./stubs.ts";
import { Turns } from "./turns.ts";
import { Uncommitted } from "./uncommitted.ts";
import { WatchedCalls } from "./watched-calls.ts";
import { WatchedPromise } from "./watched-promise.ts";

export interface KitParts {
  readonly core: KitCore;
  readonly jobs: Jobs;
  readonly stubs: Stubs;
  readonly turns: Turns;
  readonly open: OpenKit;
  dispose(): Promise<void>;
  /** Lets the runner dispose the kit at the end of its test, where it can. */
  handOver(kit: { dispose(): Promise<void> }): void;
}

/** A kit's ids take their time bits from here, plus the time advanced (R39). */
const ID_EPOCH_MS = Date.UTC(2030, 0, 1);
const DEFAULT_HISTORY = 250_000;
let kitCount = 0;

/** `madeAt` tells where it was made, when somebody asks; `host` is the proof that makes it, if one does. */
export async function openKit(
  options: TestKitOptions,
  madeAt: { readonly where: string | null },
  host: KitHost | null,
): Promise<KitParts> {
  checkKitOptions(options);
  const label = options.label ?? `kit ${++kitCount}`;
  const frozen = options.now !== undefined || options.seed !== undefined || options.fakeDate === true;
  const clock = new KitClock(startOf(options.now), !frozen);
  const { store, ownsStore } = await kitStore(options.store);
  const random = seededRandom(options.seed ?? 1);
  const stuckAfterMs = stuckAfterOf(options);
  const handlers = new Handlers(stuckAfterMs, () => engine.watchdog.running(), host !== null);
  const enqueues = new EnqueueWatch(stuckAfterMs);
  const uncommitted = new Uncommitted();
  const journal = new Journal(clock, options.history ?? DEFAULT_HISTORY, uncommitted);
  const stubs = new Stubs();
  const turns = new Turns();
  const calls = new WatchedCalls();
  const endings = new Set<(error: Error) => void>();
  let disposed: Promise<void> | null = null;

  const engineKit: EngineKit = {
    follow: () => core.follow(),
    refuseLoop: (what) =>
      new KitUsageError(
        `${label} cannot ${what}: in a test the kit itself runs the jobs, when it is told to (kit.drain(), kit.advance(…), kit.drainUntilIdle()). Start workers where the program starts, not where its tests come by. To test a worker's own behaviour give createJobs a TestClock.`,
      ),
    beforeEnqueue() {
      core.requireOpen("enqueue");
      core.follow();
    },
    // Whoever enqueues to a kit that is over has to hear of it, as nobody else will.
    watchEnqueue(enqueue, what) {
      if (!core.isOpen) return enqueue;
      const site = siteOf(engineKit.watchEnqueue);
      enqueue.then(undefined, (error: unknown) => {
        if (error instanceof WheelwrightError) site.point(error);
      });
      return enqueues.watch(enqueue, what);
    },
    enqueuedInTransaction: (job) => uncommitted.begun(job),
    transactionEnded: (job, state) => uncommitted.ended(job, state),
    enqueuedInForeignTransaction: (job) => uncommitted.begunForeign(job),
    attemptStarted(attempt) {
      handlers.started();
      if (!clock.following) return;
      clock.plan(attempt.deadline);
      if (attempt.claim.lockedUntil !== null) clock.plan(attempt.claim.lockedUntil.getTime());
    },
    attemptEnded: (attempt) => handlers.ended(attempt),
    sleepOpened: (attempt) => handlers.sleepOpened(attempt),
    sleepClosed: (attempt) => handlers.sleepClosed(attempt),
    guardLoop(begin) {
      core.requireOpen("work a queue");
      core.follow();
      return core.handOut(handlers.guard(begin()));
    },
    get standsIn() {
      return stubs.any;
    },
    perform: (jobName, data, context, proceed, instance) => stubs.perform(jobName, data, context, proceed, instance),
    enqueueCalled: (jobName, data, enqueueOptions) => stubs.enqueued(jobName, data, enqueueOptions),
  };

  const app = options.app === undefined ? null : appOf(options.app);
  const jobs = new EngineJobs((ambient) =>
    createEngine(app === null ? (options as Omit<JobsOptions, "store">) : app.options, ambient, {
      store,
      clock,
      random,
      ids: kitIds(random, clock),
      log: (level, message, fields, from) => journal.writeLine(level, message, fields, from ?? "engine"),
      kit: engineKit,
    }),
  );
  const engine = jobs.engine();
  if (app === null) engine.registry.listedIn = host?.listedIn ?? ((jobName) => `createTestKit({ jobs: [${jobName}] })`);
  journal.listenTo(engine.events);

  let scheduler: ScheduleRound | null = null;

  const core: KitCore = {
    label,
    host,
    engine,
    clock,
    journal,
    handlers,
    enqueues,
    expectedFailures: new ExpectedFailures(journal),
    uncommitted,
    faults: null,
    stuckAfterMs,
    testHasFailed: false,
    scheduler() {
      scheduler ??= new ScheduleRound(engine);
      return scheduler;
    },
    get isOpen() {
      return disposed === null;
    },
    requireOpen(attempted) {
      if (disposed === null) return;
      throw new KitUsageError(
        `${label} is disposed and cannot ${attempted}. Make a kit per test, and await what it does before the test ends.`,
      );
    },
    follow() {
      if (handlers.openCount === 0 && turns.playing === null) clock.follow();
    },
    async catchUp(attempted) {
      core.requireOpen(attempted);
      core.follow();
      await enqueues.settled();
      if (uncommitted.hasUnseen) await uncommitted.look(store);
      const [refused, ...more] = await enqueues.takeUnseen();
      if (refused === undefined) return;
      const list = [refused, ...more].map(({ message }) => message).join("\n  ");
      throw new KitUsageError(
        `An enqueue was refused and nobody caught it:\n  ${list}\nAwait the enqueue in the code under test.`,
        { cause: refused.error },
      );
    },
    watchCall: (called, run) => calls.watch(called, run),
    handOut: (promise) => WatchedPromise.follow(promise, () => disposed !== null),
    atDispose(end) {
      endings.add(end);
      return () => void endings.delete(end);
    },
  };

  const giveDateBack = options.fakeDate === true ? fakeDate(clock, label) : null;
  const giveAppBack = app === null ? null : app.jobs.replace(engineKit, label, engine);
  const open: OpenKit = {
    label,
    jobs,
    get where() {
      return madeAt.where;
    },
  };
  shared.kits.add(open);

  const giveBack = async (): Promise<void> => {
    giveDateBack?.();
    giveAppBack?.();
    shared.kits.delete(open);
    if (shared.installed === open) shared.installed = null;
    if (ownsStore) await store.close();
  };

  return {
    core,
    jobs,
    stubs,
    turns,
    open,
    dispose() {
      if (disposed !== null) return disposed.catch(() => undefined); // Its first caller has been told.
      const leftovers = options.leftovers ?? "list";
      const hasFailed = (): boolean => core.testHasFailed || calls.endedInFailure;
      const own = { turns, calls, leftovers, hasFailed, endings, giveBack };
      disposed = Promise.resolve().then(() => disposeKit(core, own));
      return disposed;
    },
    handOver(kit) {
      // Assertions and drains that name no kit find it by way of the list of open ones.
      Object.defineProperty(open, KIT, { value: kit });
      endings.add(ownOnDispose(kit));
    },
  };
}

function appOf(app: Jobs): { jobs: EngineJobs; options: JobsOptions } {
  const jobs = engineJobsOf(app);
  const options = optionsOf(app);
  if (jobs === null || options === undefined)
    throw new InvalidOptionError("app", app, "the Jobs that createJobs returned");
  return { jobs, options };
}

function kitIds(random: () => number, clock: KitClock): IdSource {
  const ids = idsFrom(random);
  return { next: () => ids.next(ID_EPOCH_MS + clock.offsetMs) };
}
