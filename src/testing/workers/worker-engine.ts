// Production's engine once more, over a kit's store: a worker of its own name, clock and leases.

import type { Attempt } from "../../engine/attempt.ts";
import type { Engine, EngineKit } from "../../engine/engine.ts";
import { Watchdog } from "../../engine/watchdog.ts";
import type { JobStore } from "../../store/job-store.ts";
import type { KitCore } from "../kit-core.ts";
import { WorkerClock } from "./worker-clock.ts";

export interface WorkerEngine extends Engine {
  readonly clock: WorkerClock;
}

/** What a worker hears of its attempts, in place of the kit. */
export type AttemptHooks = Pick<EngineKit, "attemptStarted" | "attemptEnded" | "sleepOpened" | "sleepClosed">;

/** Makes the call itself, with the arguments of the worker unless others are given. */
export type StoreCall = (args?: readonly unknown[]) => unknown;

/** A method of the store as the worker calls it. */
export type StoreHook = (method: string, args: readonly unknown[], call: StoreCall) => unknown;

export function workerEngine(core: KitCore, name: string, hooks: AttemptHooks, storeHook: StoreHook): WorkerEngine {
  const { engine } = core;
  const watchdog = new Watchdog(null, engine.leaseMs);
  return {
    ...engine,
    store: hookedStore(engine, storeHook),
    clock: new WorkerClock(core.clock),
    workerId: name,
    watchdog,
    watchdogs: new Set([watchdog]),
    kit: engine.kit === null ? null : hookedKit(engine.kit, hooks),
  };
}

/** The kit's own stubs and watchers count here as well; what its drains wait for does not. */
function hookedKit(kit: EngineKit, hooks: AttemptHooks): EngineKit {
  const own: AttemptHooks = {
    attemptStarted: (attempt: Attempt) => hooks.attemptStarted(attempt),
    attemptEnded: (attempt: Attempt) => hooks.attemptEnded(attempt),
    sleepOpened: (attempt: Attempt) => hooks.sleepOpened(attempt),
    sleepClosed: (attempt: Attempt) => hooks.sleepClosed(attempt),
  };
  return Object.assign(Object.create(kit) as EngineKit, own); // `as`: it inherits the rest
}

function hookedStore(engine: Engine, hook: StoreHook): JobStore {
  return new Proxy(engine.store, {
    get(_target, property) {
      const { store } = engine; // Asked for each time: a fault may have put another in its place.
      const member: unknown = Reflect.get(store, property);
      if (typeof property !== "string" || typeof member !== "function") return member;
      return (...args: unknown[]) => hook(property, args, (sent = args) => send(engine.store, property, sent));
    },
  });
}

/** The method is looked up when the call goes out: a fault armed while the hook held it back stands in for it by then. */
function send(store: JobStore, method: string, args: readonly unknown[]): unknown {
  // biome-ignore lint/complexity/noBannedTypes: any method
  return Reflect.apply(Reflect.get(store, method) as Function, store, args); // `as`: the hooked store gave it as a function
}
