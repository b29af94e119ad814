// As SQLite is tested: each scenario is played once for every store call that it makes, which fails, before or after it
// took effect; then nothing fails any more, and everything has to hold.

import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type EnqueueOptions, type JobStore, StoreUnavailableError } from "wheelwright";
import { Machine, type Wire } from "./machine.ts";
import { Rules } from "./rules.ts";
import { type Act, SimJob } from "./sim-job.ts";
import { openStoreFor, type StoreName } from "./stores.ts";

const STORES: readonly StoreName[] = process.env.TEST_THOROUGH === "1" ? ["memory", "sqlite"] : ["memory"];
const START_MS = Date.parse("2030-01-01T00:00:00.000Z");

interface Failure {
  /** Which call fails, 1 for the first; 0 for none. */
  readonly call: number;
  readonly how: "before" | "after";
}

/** One or two processes on one store, played by hand. */
class Stage implements Wire {
  nowMs = START_MS;
  violation: unknown = null;
  calls = 0;
  readonly rules: Rules;
  readonly #store: JobStore;
  readonly #failure: Failure;
  readonly #machines: Machine[] = [];
  #last: Promise<unknown> = Promise.resolve();

  constructor(store: JobStore, failure: Failure) {
    this.rules = new Rules(store);
    this.#store = store;
    this.#failure = failure;
  }

  start(): Machine {
    const machine = new Machine({
      name: `w${this.#machines.length + 1}`,
      network: this,
      skewMs: 0,
      concurrency: 2,
      random: () => 0.5,
      engineSide: (store) => store,
    });
    this.#machines.push(machine);
    return machine;
  }

  tell(): void {}

  seamOf(machine: Machine): JobStore {
    return new Proxy({} as JobStore, {
      get: (_target, property) => {
        const member: unknown = Reflect.get(this.#store, property);
        if (typeof property !== "string" || typeof member !== "function" || property === "insertSync") return undefined;
        return (...args: readonly unknown[]) => this.#call(machine, property, args);
      },
    }); // `as`: what it has is looked up in the store
  }

  /** One after the other: the rules look at the rows between two calls. */
  #call(machine: Machine, method: string, args: readonly unknown[]): Promise<unknown> {
    const answer = this.#last.then(() => this.#play(machine, method, args));
    this.#last = answer.catch(() => undefined);
    return answer.finally(() => (machine.isAlive ? undefined : new Promise(() => undefined)));
  }

  async #play(machine: Machine, method: string, args: readonly unknown[]): Promise<unknown> {
    const { call, how } = this.#failure;
    const fails = ++this.calls === call;
    const lost = new StoreUnavailableError(`${method}: the connection was lost`);
    if (fails && how === "before") throw lost;
    const work = Reflect.get(this.#store, method) as (...all: unknown[]) => Promise<unknown>; // `as`: a store's methods
    const answer = await work.apply(this.#store, [...args]);
    try {
      await this.rules.observe({ method, args, answer, who: machine.name });
    } catch (violation) {
      this.violation ??= violation;
    }
    if (fails) throw lost;
    return answer;
  }

  /** A client's call: it hears of a store that failed, and goes its way. */
  async client(work: Promise<unknown>): Promise<void> {
    await work.catch(ignoringTheStore);
    await this.advance(0);
  }

  enqueue(at: Machine, tag: string, attempts: readonly (readonly Act[])[], options?: EnqueueOptions): Promise<void> {
    const enqueued = at.jobs.enqueue(SimJob, { tag, attempts }, options);
    return this.client(enqueued.then((job) => this.rules.acknowledged(job)));
  }

  /** Lets time go on, waking everybody at their own instants. */
  async advance(ms: number): Promise<void> {
    const target = this.nowMs + ms;
    for (;;) {
      await setImmediate();
      if (this.violation !== null) throw this.violation;
      const alive = this.#machines.filter(({ isAlive }) => isAlive);
      const steps = alive.flatMap((machine) => machine.steps.splice(0));
      for (const goOn of steps) goOn();
      if (steps.length > 0) continue;
      const due = alive.map(({ clock }) => clock.nextWakeAt()?.getTime() ?? Number.POSITIVE_INFINITY);
      const next = Math.min(...due);
      this.nowMs = Math.max(this.nowMs, Math.min(next, target));
      for (const { clock } of alive) clock.set(new Date(this.nowMs));
      if (next > target) return;
      alive[due.indexOf(next)]?.clock.wakeNext();
    }
  }
}

type Scenario = (stage: Stage, machine: Machine) => Promise<void>;

const MINUTE = 60_000;
const OK: readonly (readonly Act[])[] = [["step"]];
const FAILS: readonly (readonly Act[])[] = [["throw"]];

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "runs a job": async (stage, machine) => {
    await stage.enqueue(machine, "a", OK);
    await stage.advance(MINUTE);
  },
  "runs jobs of several priorities, now and later": async (stage, machine) => {
    await stage.enqueue(machine, "a", OK, { priority: -1 });
    await stage.enqueue(machine, "b", OK, { priority: 5, delay: 7 });
    await stage.enqueue(machine, "c", OK);
    await stage.advance(MINUTE);
  },
  "R7 enqueues with a given id, and again": async (stage, machine) => {
    await stage.enqueue(machine, "a", OK, { id: "a" });
    await stage.enqueue(machine, "a", OK, { id: "a" });
    await stage.advance(MINUTE);
  },
  "R8 enqueues with a unique key, twice, and again when it is free": async (stage, machine) => {
    const options = { uniqueKey: "key" };
    await stage.enqueue(machine, "a", [["nap"]], options);
    await stage.enqueue(machine, "b", OK, options);
    await stage.advance(MINUTE);
    await stage.enqueue(machine, "c", OK, options);
    await stage.advance(MINUTE);
  },
  "R10 enqueues many": async (stage, machine) => {
    const drafts = ["a", "b", "c"].map((tag) => [SimJob, { tag, attempts: OK }] as const);
    const stored = machine.jobs.enqueueMany(drafts);
    await stage.client(stored.then((jobs) => jobs.map((job) => stage.rules.acknowledged(job))));
    await stage.advance(MINUTE);
  },
  "R20 retries until it succeeds": async (stage, machine) => {
    await stage.enqueue(machine, "a", [["throw"], ["step", "throw"], ["step"]]);
    await stage.advance(MINUTE);
  },
  "R20 fails for good, by retries and by DiscardJob": async (stage, machine) => {
    await stage.enqueue(machine, "a", FAILS, { maxRetries: 2 });
    await stage.enqueue(machine, "b", [["discard"]]);
    await stage.advance(MINUTE);
  },
  "R16 times out": async (stage, machine) => {
    await stage.enqueue(machine, "a", [["hang"], ["step"]], { timeout: 4 });
    await stage.advance(MINUTE);
  },
  "R25 outlasts its lease by heartbeats": async (stage, machine) => {
    await stage.enqueue(machine, "a", [["sleep", "progress", "sleep"]]);
    await stage.advance(MINUTE);
  },
  "R25 is rescued from a worker that dies": async (stage, machine) => {
    await stage.enqueue(machine, "a", [["sleep"], ["step"]]);
    await stage.advance(5000);
    machine.die();
    stage.start();
    await stage.advance(MINUTE);
  },
  "R25 is handed back at a shutdown": async (stage, machine) => {
    await stage.enqueue(machine, "a", [["sleep"], ["step"]]);
    machine.stopAndStart(true);
    await stage.advance(MINUTE);
  },
  "enqueues a follow-up while it runs": async (stage, machine) => {
    await stage.enqueue(machine, "a", [["follow", "step"]]);
    await stage.advance(MINUTE);
  },
  "R28 fails and is retried by hand": async (stage, machine) => {
    await stage.enqueue(machine, "a", FAILS, { maxRetries: 1 });
    await stage.advance(1000);
    await stage.client(machine.jobs.retryFailed());
    await stage.advance(MINUTE);
  },
  "R30 R29 is cancelled, and others are purged": async (stage, machine) => {
    await stage.enqueue(machine, "a", OK, { id: "a", delay: 50 });
    await stage.enqueue(machine, "b", OK);
    await stage.advance(1000);
    await stage.client(machine.jobs.cancel("a").catch(ignoringMissing));
    await stage.client(machine.jobs.purge({ status: ["completed", "failed"], days: 0 }));
    await stage.advance(MINUTE);
  },
  "R14 is performed by processQueue beside a worker": async (stage, machine) => {
    await stage.enqueue(machine, "a", [["nap"], ["step"]]);
    await stage.enqueue(machine, "b", [["throw"], ["step"]], { delay: 3 });
    const other = stage.start();
    const worked = other.jobs.processQueue().catch(ignoringTheStore);
    await stage.advance(MINUTE);
    await worked;
  },
};

function ignoringTheStore(error: unknown): void {
  if (!(error instanceof StoreUnavailableError)) throw error;
}

/** The enqueue itself may have been what failed. */
function ignoringMissing(error: unknown): void {
  if (!(error instanceof Error) || !/JobNotFound/.test(error.name)) throw error;
}

/** Plays a scenario with one failure, then heals. Returns how many store calls it made. */
async function play(scenario: Scenario, store: JobStore, failure: Failure): Promise<number> {
  const stage = new Stage(store, failure);
  const machine = stage.start();
  await stage.advance(0);
  await scenario(stage, machine);
  const { calls } = stage;
  if (failure.call > calls) return calls;
  await stage.advance(5 * MINUTE);
  await stage.rules.end();
  return calls;
}

describe.each(STORES)("on %s, whichever store call fails, before or after it took effect, a job that", (name) => {
  it.each(Object.entries(SCENARIOS))("%s", async (_, scenario) => {
    const opened = await openStoreFor(name);
    const calls = await play(scenario, await opened.fresh(), { call: 0, how: "before" });
    expect(calls).toBeGreaterThan(3);

    for (const how of ["before", "after"] as const) {
      for (let call = 1; call <= calls; call++) {
        const failing = await play(scenario, await opened.fresh(), { call, how }).catch((error: unknown) => error);
        expect(failing, `with call ${call} of ${calls} failing ${how} it took effect`).toEqual(expect.any(Number));
      }
    }
    await opened.close();
  });
});
