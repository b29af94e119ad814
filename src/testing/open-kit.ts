// Puts a kit together, and takes it apart again.

import { createEngine, type JobsOptions, optionsOf } from "../engine/create-jobs.ts";
import type { EngineKit } from "../engine/engine.ts";
import { EngineJobs, engineJobsOf, type Jobs } from "../engine/jobs.ts";
import { idsFrom } from "../engine/system-random.ts";
import { type OpenKit, shared } from "../job/ambient.ts";
import { durationMs } from "../job/duration.ts";
import { InvalidOptionError } from "../job/errors.ts";
import type { IdSource } from "../job/id.ts";
import type { JobStore } from "../store/job-store.ts";
import { MemoryJobStore } from "../store/memory/memory-job-store.ts";
import { EnqueueWatch } from "./enqueue-watch.ts";
import { KitDisposeError, KitUsageError } from "./errors.ts";
import { ExpectedFailures } from "./expected-failures.ts";
import { fakeDate } from "./fake-date.ts";
import { Handlers } from "./handlers.ts";
import { Journal } from "./journal.ts";
import { KitClock } from "./kit-clock.ts";
import { KIT, type KitCore } from "./kit-core.ts";
import { checkKitOptions, startOf, type TestKitOptions } from "./kit-options.ts";
import { ownOnDispose } from "./runner-hooks.ts";
import { seededRandom } from "./seeded-random.ts";
import { Stubs } from "./stubs.ts";
import { WatchedPromise } from "./watched-promise.ts";

export interface KitParts {
  readonly core: KitCore;
  readonly jobs: Jobs;
  readonly stubs: Stubs;
  readonly open: OpenKit;
  dispose(): Promise<void>;
  /** Lets the runner dispose the kit at the end of its test, where it can. */
  handOver(kit: { dispose(): Promise<void> }): void;
}

/** A kit's ids take their time bits from here, plus the time advanced (R39). */
const ID_EPOCH_MS = Date.UTC(2030, 0, 1);
const DEFAULT_HISTORY = 250_000;
let kitCount = 0;

export async function openKit(options: TestKitOptions): Promise<KitParts> {
  checkKitOptions(options);
  const label = options.label ?? `kit ${++kitCount}`;
  const frozen = options.now !== undefined || options.seed !== undefined || options.fakeDate === true;
  const clock = new KitClock(startOf(options.now), !frozen);
  const { store, ownsStore } = await storeOf(options.store);
  const random = seededRandom(options.seed ?? 1);
  const journal = new Journal(clock, options.history ?? DEFAULT_HISTORY);
  const handlers = new Handlers(durationMs(options.stuckAfter ?? "2s", "stuckAfter"), () => engine.watchdog.running());
  const enqueues = new EnqueueWatch();
  const expectedFailures = new ExpectedFailures();
  const stubs = new Stubs();
  const assertions: { readonly call: string; readonly promise: WatchedPromise<unknown> }[] = [];
  let disposed: Promise<void> | null = null;

  const requireOpen = (attempted: string): void => {
    if (disposed !== null)
      throw new KitUsageError(
        `${label} is disposed and cannot ${attempted}. Make a kit per test, and await what it does before the test ends.`,
      );
  };
  const follow = (): void => {
    // Never while a handler runs: to it time stands still.
    if (handlers.openCount === 0) clock.follow();
  };

  const engineKit: EngineKit = {
    beforeEnqueue() {
      requireOpen("enqueue");
      follow();
    },
    watchEnqueue: (enqueue) => enqueues.watch(enqueue),
    attemptStarted: () => handlers.started(),
    attemptEnded: (attempt) => handlers.ended(attempt),
    sleepOpened: (attempt) => handlers.sleepOpened(attempt),
    sleepClosed: (attempt) => handlers.sleepClosed(attempt),
    guardLoop: (work) => handlers.guard(work),
    get standsIn() {
      return stubs.any;
    },
    perform: (jobName, data, context, proceed) => stubs.perform(jobName, data, context, proceed),
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
  journal.listenTo(engine.events);

  const core: KitCore = {
    label,
    engine,
    clock,
    journal,
    handlers,
    enqueues,
    expectedFailures,
    requireOpen,
    async catchUp(attempted) {
      requireOpen(attempted);
      follow();
      await enqueues.settled();
      const refused = enqueues.takeUnseen();
      if (refused.length > 0) throw refusedEnqueue(refused);
    },
    watchAssertion(call, run) {
      const promise = WatchedPromise.follow(run());
      assertions.push({ call, promise });
      return promise;
    },
  };

  const giveDateBack = options.fakeDate === true ? fakeDate(clock, label) : null;
  const giveAppBack = app === null ? null : app.jobs.replace(engineKit, label, engine);
  const open: OpenKit = { label, jobs };
  shared.kits.add(open);

  const takeApart = async (): Promise<void> => {
    const problems: string[] = [];
    const causes: unknown[] = [];
    await enqueues.settled();
    for (const { error, message } of enqueues.takeUnseen()) {
      problems.push(`An enqueue was refused and nobody caught it: ${message}`);
      causes.push(error);
    }
    for (const { call, promise } of assertions) {
      if (!promise.seen)
        problems.push(`${call} was never awaited, so it checked nothing in time. Write: await ${call}`);
    }
    for (const unmet of expectedFailures.unmet())
      problems.push(`kit.expectFailure(${unmet}) was never met: no such job failed.`);
    const leftover = await leftovers(store);
    if (leftover !== null && options.leftovers === "fail") problems.push(leftover);
    else if (leftover !== null && options.leftovers !== "ignore")
      process.stderr.write(`wheelwright: ${label}: ${leftover}\n`);
    handlers.stop();
    giveDateBack?.();
    giveAppBack?.();
    shared.kits.delete(open);
    if (shared.installed === open) shared.installed = null;
    if (ownsStore) await store.close();
    if (problems.length > 0) throw new KitDisposeError(problems, causes);
  };

  return {
    core,
    jobs,
    stubs,
    open,
    dispose() {
      disposed ??= takeApart();
      return disposed;
    },
    handOver(kit) {
      // Assertions and drains that name no kit find it by way of the list of open ones.
      Object.defineProperty(open, KIT, { value: kit });
      ownOnDispose(kit);
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

async function storeOf(store: string | JobStore | undefined): Promise<{ store: JobStore; ownsStore: boolean }> {
  if (store === undefined || store === "memory:") return { store: new MemoryJobStore(), ownsStore: true };
  if (typeof store === "string") throw new InvalidOptionError("store", store, '"memory:", or a JobStore');
  return { store, ownsStore: false };
}

function kitIds(random: () => number, clock: KitClock): IdSource {
  const ids = idsFrom(random);
  return { next: () => ids.next(ID_EPOCH_MS + clock.offsetMs) };
}

function refusedEnqueue(refused: readonly { error: unknown; message: string }[]): KitUsageError {
  const list = refused.map(({ message }) => message).join("\n  ");
  return new KitUsageError(
    `An enqueue was refused and nobody caught it:\n  ${list}\nAwait the enqueue in the code under test.`,
    { cause: refused[0]?.error },
  );
}

async function leftovers(store: JobStore): Promise<string | null> {
  const pending = await store.list({ status: "pending", limit: 1000 });
  if (pending.length === 0) return null;
  const counts = new Map<string, number>();
  for (const { jobClass } of pending) counts.set(jobClass, (counts.get(jobClass) ?? 0) + 1);
  const list = [...counts].map(([jobClass, count]) => (count === 1 ? jobClass : `${jobClass} × ${count}`)).join(", ");
  return `${pending.length} ${pending.length === 1 ? "job was" : "jobs were"} left unrun: ${list}`;
}
