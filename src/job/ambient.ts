// Where `SomeJob.enqueue()` finds its Jobs: the async scope, then what the process has. The engine fills the interface.

import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { AmbiguousJobsError, NoJobsError } from "./errors.ts";
import type { EnqueuedJob } from "./record.ts";

/** What an enqueue from a job class or instance needs of a `Jobs`. */
export interface AmbientJobs {
  /** `job` is a class or an instance; `delay` overrides the class's. */
  enqueueFrom(job: object, data: unknown, options: object | undefined): Promise<EnqueuedJob>;
}

/** What travels with the async context. */
export interface Scope {
  readonly jobs: AmbientJobs;
  /** The attempt that is running here, if one is. Its owner refuses work once the attempt is over. */
  readonly attempt: { refuse(attempted: string): Error | null } | null;
  /** The kit whose scope this is, if it is one's. */
  readonly kit: object | null;
}

/** A kit that is open in this process. */
export interface OpenKit {
  readonly label: string;
  /** File and line of the call that made it, or the test whose fixture it is; null where neither is known. */
  readonly where?: string | null;
  readonly jobs: AmbientJobs;
}

interface Shared {
  readonly scopes: AsyncLocalStorage<Scope>;
  /** Runs a function in the context the process had when the package was first loaded (R17). */
  readonly runClean: <Args extends unknown[], T>(fn: (...args: Args) => T, ...args: Args) => T;
  readonly kits: Set<OpenKit>;
  installed: OpenKit | null;
  processDefault: AmbientJobs | null;
}

// ESM and CommonJS copies, bundles and hot reloads of one app share this, so they meet in one scope.
const KEY = Symbol.for("wheelwright/1");
const host = globalThis as { [KEY]?: Shared };
host[KEY] ??= {
  scopes: new AsyncLocalStorage<Scope>(),
  runClean: AsyncLocalStorage.snapshot(),
  kits: new Set(),
  installed: null,
  processDefault: null,
};
export const shared: Shared = host[KEY];

/** The scope this code runs in, or undefined outside of any. */
export function currentScope(): Scope | undefined {
  return shared.scopes.getStore();
}

/** Runs `fn`, and all it awaits, in a scope. */
export function runInScope<T>(scope: Scope, fn: () => T): T {
  return shared.scopes.run(scope, fn);
}

/**
 * Runs `fn` so that what it does to its async context ends with it: a handler that calls `enterWith`, as tracers do,
 * would else leave its value to the jobs after it. Costs 0.15 µs on Node 20, half of what a snapshot does.
 */
export function runApart<Arg, T>(fn: (arg: Arg) => T, arg: Arg): T {
  return new AsyncResource("wheelwright.Attempt", APART).runInAsyncScope<undefined, T>(fn, undefined, arg);
}
const APART = { requireManualDestroy: true }; // Nobody listens for its destruction.

/**
 * The Jobs an enqueue from here goes to: the async scope's, the installed kit's, the only open kit's, the process default.
 * Throws: AmbiguousJobsError with several open kits and no scope; NoJobsError where there is nothing to find.
 * That an attempt is over (R16) is for the Jobs found to refuse.
 */
export function currentJobs(jobName: string): AmbientJobs {
  const scope = shared.scopes.getStore();
  if (scope !== undefined) return scope.jobs;
  if (shared.installed !== null) return shared.installed.jobs;
  if (shared.kits.size === 1) for (const kit of shared.kits) return kit.jobs;
  if (shared.kits.size > 1) throw ambiguous(jobName, [...shared.kits]);
  if (shared.processDefault !== null) return shared.processDefault;
  throw new NoJobsError(
    `Cannot enqueue ${jobName}: no Jobs is in reach. In an app call createJobs({ … }).useAsDefault() at start; in a test make a kit with createTestKit({ jobs: [${jobName}] }).`,
  );
}

/**
 * Runs `fn` outside the running attempt, with the same Jobs: what it enqueues is accepted even after the attempt is
 * over (R16). Use it for work that is meant to outlive its attempt.
 */
export function detached<T>(fn: () => T): T {
  const scope = shared.scopes.getStore();
  if (scope === undefined || scope.attempt === null) return fn();
  return shared.scopes.run({ jobs: scope.jobs, kit: scope.kit, attempt: null }, fn);
}

function ambiguous(jobName: string, kits: readonly OpenKit[]): AmbiguousJobsError {
  return new AmbiguousJobsError(
    `Cannot enqueue ${jobName}: ${kits.length} test kits are open (${shownKits(kits)}) and this code runs in the scope of none. ${FORGOTTEN} If both are meant to be open, wrap the call in kit.run(() => …), or use the kit fixture.`,
  );
}

/** `kit 1, made at test/sign-up.test.ts:12; kit 2, made at …`. */
export function shownKits(kits: Iterable<OpenKit>): string {
  return [...kits].map(({ label, where }) => (where ? `${label}, made at ${where}` : label)).join("; ");
}

/** What most often leaves a second kit open. */
export const FORGOTTEN = "Was `await using` or `dispose()` forgotten?";
