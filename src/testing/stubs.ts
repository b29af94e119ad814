// Stand-ins for `perform`, and watchers of it, in one kit only: no prototype is touched.

import type { JobContext } from "../job/context.ts";
import { InvalidOptionError } from "../job/errors.ts";

/** What stands in for a job's perform: a function, `"complete"`, or an object that fails so many times first. */
export type Stub<Data = unknown> =
  | ((data: Data, context: JobContext) => unknown)
  | "complete"
  | {
      /** How many attempts fail before one completes; `Infinity` for all. */
      readonly fails: number;
      /** What they throw; an Error that says it is a stub's unless given. */
      readonly with?: unknown;
    };

type Standin = (data: unknown, context: JobContext) => unknown;

/** Watches the calls a kit's engine makes: what `wheelwright/sinon` is built on. */
export interface Watcher {
  /** Wraps perform: call `proceed` for the job's own (or its stub's). `instance` is the one that performs. */
  perform?(proceed: () => unknown, data: unknown, context: JobContext, instance: object): unknown;
  enqueue?(data: unknown, options: object | undefined): void;
}

export class Stubs {
  /** By job name; the latest stub counts, and what it hid counts again when it is taken away. */
  readonly #standins = new Map<string, readonly Standin[]>();
  readonly #watchers = new Map<string, Set<Watcher>>();

  /** Returns: what takes the stub away. */
  stub(jobName: string, stub: Stub<never>): () => void {
    const standin = standinFor(jobName, stub);
    this.#standins.set(jobName, [...(this.#standins.get(jobName) ?? []), standin]);
    return () => {
      const others = (this.#standins.get(jobName) ?? []).filter((other) => other !== standin);
      if (others.length > 0) this.#standins.set(jobName, others);
      else this.#standins.delete(jobName);
    };
  }

  watch(jobName: string, watcher: Watcher): () => void {
    const set = this.#watchers.get(jobName) ?? new Set();
    this.#watchers.set(jobName, set.add(watcher));
    return () => {
      set.delete(watcher);
      if (set.size === 0 && this.#watchers.get(jobName) === set) this.#watchers.delete(jobName);
    };
  }

  /** Whether there is any stub or watcher at all. */
  get any(): boolean {
    return this.#standins.size > 0 || this.#watchers.size > 0;
  }

  perform(jobName: string, data: unknown, context: JobContext, proceed: () => unknown, instance: object): unknown {
    const standin = this.#standins.get(jobName)?.at(-1);
    let call = standin === undefined ? proceed : () => standin(data, context);
    for (const watcher of this.#watchers.get(jobName) ?? []) {
      const inner = call;
      if (watcher.perform !== undefined) call = () => watcher.perform?.(inner, data, context, instance);
    }
    return call();
  }

  enqueued(jobName: string, data: unknown, options: object | undefined): void {
    if (this.#watchers.size === 0) return;
    for (const watcher of this.#watchers.get(jobName) ?? []) watcher.enqueue?.(data, options);
  }
}

function standinFor(jobName: string, stub: Stub<never>): Standin {
  if (typeof stub === "function") return stub as Standin; // `as`: the kit's own method ties data and job class together
  if (stub === "complete") return () => undefined;
  if (stub === null || typeof stub !== "object" || typeof stub.fails !== "number" || !(stub.fails >= 0)) {
    throw new InvalidOptionError(
      `the stub of ${jobName}`,
      stub,
      'a function, "complete", or { fails: number, with?: error }',
    );
  }
  const failures = new Map<string, number>();
  return (_data, context) => {
    const failed = failures.get(context.job.id) ?? 0;
    if (failed >= stub.fails) return;
    failures.set(context.job.id, failed + 1);
    throw "with" in stub ? stub.with : new Error(`${jobName} was stubbed to fail (${failed + 1} of ${stub.fails})`);
  };
}
