// Store calls that fail, before they took effect or after it, when only the answer is lost; a store that is away.

import { isPromise } from "../../job/schema.ts";
import type { JobStore } from "../../store/job-store.ts";
import type { CallSite } from "../assertions/assertion-error.ts";
import type { KitCore } from "../kit-core.ts";
import { FaultUsageError, InjectedStoreError } from "./errors.ts";
import { replaceMethods } from "./replace-methods.ts";
import type { WaitingFault, WaitingFaults } from "./waiting-faults.ts";

/** The calls of a store that can be made to fail. */
export type StoreVerb =
  | "insert"
  | "due"
  | "claim"
  | "extend"
  | "settle"
  | "expired"
  | "retry"
  | "retryFailed"
  | "purge"
  | "remove"
  | "get"
  | "list"
  | "stats";

export const STORE_VERBS: readonly StoreVerb[] = [
  "insert",
  "due",
  "claim",
  "extend",
  "settle",
  "expired",
  "retry",
  "retryFailed",
  "purge",
  "remove",
  "get",
  "list",
  "stats",
];

/** Look-ups of the kit's own, and of a test. */
const LOOKS: readonly StoreVerb[] = ["due", "get", "list", "stats"];
/** What a worker and an app cannot do while the store is away. */
const WORK: readonly string[] = STORE_VERBS.filter((verb) => !LOOKS.includes(verb));

/** Verbs that a store may do by another method. */
const VERB_OF: Readonly<Record<string, StoreVerb>> = { insertSync: "insert", settleMany: "settle" };

export interface StoreFault {
  readonly verbs: readonly string[];
  /** Which call is the first to fail, from 1. */
  readonly nth: number;
  readonly times: number;
  readonly when: "before" | "after";
  readonly error: Error | undefined;
}

interface ArmedStoreFault extends StoreFault {
  readonly waiting: WaitingFault;
}

export class StoreFaults {
  readonly #core: KitCore;
  #restore: (() => void) | null = null;
  readonly #waiting: WaitingFaults;
  #faults: ArmedStoreFault[] = [];
  #rollbacks: WaitingFault[] = [];
  /** Milliseconds since 1970 on the kit's clock. */
  #awayUntil = Number.NEGATIVE_INFINITY;
  /** Inside of a call of the store: what it calls of itself is no call of the engine's. */
  #depth = 0;
  readonly #caused = new WeakSet<object>();

  constructor(core: KitCore, waiting: WaitingFaults) {
    this.#core = core;
    this.#waiting = waiting;
  }

  /** The store without its faults: for what another fault does to it itself, which neither fails nor counts as a call. */
  readonly past: Pick<JobStore, "expired" | "settle"> = {
    expired: (request) => this.#within(() => this.#core.engine.store.expired(request)),
    settle: (key, outcome, at) => this.#within(() => this.#core.engine.store.settle(key, outcome, at)),
  };

  fail(fault: StoreFault, site: CallSite): void {
    this.#wrap();
    const { verbs, when, nth } = fault;
    const [verb, ...others] = verbs.map((one) => `"${one}"`);
    const options = [...(when === "after" ? ['when: "after"'] : []), ...(nth === 1 ? [] : [`nth: ${nth}`])];
    const asked = options.length === 0 ? "" : `, { ${options.join(", ")} }`;
    const waiting = this.#waiting.add({
      text: `kit.faults.failStore(${others.length === 0 ? verb : `[${[verb, ...others].join(", ")}]`}${asked})`,
      absence: `the store's ${verbs.join(", ")} ${others.length === 0 ? "was" : "were"} not called`,
      nth,
      site,
    });
    this.#faults.push({ ...fault, waiting });
  }

  away(ms: number): void {
    this.#wrap();
    const { clock, journal } = this.#core;
    this.#awayUntil = Math.max(this.#awayUntil, clock.now().getTime() + ms);
    clock.plan(this.#awayUntil);
    journal.fault("the store", "", "is away");
  }

  /** Throws: FaultUsageError for a store that begins no transactions. */
  rollBack(nth: number, site: CallSite): void {
    const { store } = this.#core.engine;
    if (typeof Reflect.get(store, "transaction") !== "function")
      throw new FaultUsageError(
        `kit.faults.rollback() needs a store that begins its transactions itself, as the memory store does; on ${store.name} it is your own client whose COMMIT has to fail.`,
      );
    this.#wrap();
    const text = `kit.faults.rollback(${nth === 1 ? "" : `{ nth: ${nth} }`})`;
    const absence = "no transaction of the store came to its commit";
    this.#rollbacks.push(this.#waiting.add({ text, absence, nth, site }));
  }

  /** When the store is back, in milliseconds since 1970; null while it is there. */
  get awayUntil(): number | null {
    return this.#awayUntil > this.#core.clock.now().getTime() ? this.#awayUntil : null;
  }

  /** Whether a fault made this error. */
  caused(error: unknown): boolean {
    return typeof error === "object" && error !== null && this.#caused.has(error);
  }

  clear(): void {
    this.#faults = [];
    this.#rollbacks = [];
    this.#awayUntil = Number.NEGATIVE_INFINITY;
    this.#restore?.();
    this.#restore = null;
  }

  #wrap(): void {
    const { store } = this.#core.engine;
    this.#restore ??= replaceMethods(store, `the ${store.name} store`, (name, original) => {
      if (name === "transaction")
        return (self, args) => Reflect.apply(original, self, [this.#transaction(args[0]), ...args.slice(1)]);
      const verb: string = VERB_OF[name] ?? name;
      if (!STORE_VERBS.includes(verb as StoreVerb)) return null; // `as`: includes asks for a verb
      const isSync = name === "insertSync";
      return (self, args) => {
        const call = (): unknown => this.#within(() => Reflect.apply(original, self, [...args]));
        if (this.#depth > 0) return call();
        return isSync ? this.#sync(verb, args, call) : this.#async(verb, args, call);
      };
    });
  }

  /** Only what is called before the store first waits is known to be its own; that is all that ours call. */
  #within<T>(call: () => T): T {
    this.#depth++;
    try {
      return call();
    } finally {
      this.#depth--;
    }
  }

  #sync(verb: string, args: readonly unknown[], call: () => unknown): unknown {
    const struck = this.#struck(verb, args);
    if (struck?.when === "before") throw struck.error;
    const answer = call();
    if (struck !== null) throw struck.error;
    return answer;
  }

  async #async(verb: string, args: readonly unknown[], call: () => unknown): Promise<unknown> {
    const struck = this.#struck(verb, args);
    if (struck?.when === "before") throw struck.error;
    const answer = await call();
    if (struck !== null) throw struck.error;
    return answer;
  }

  #struck(verb: string, args: readonly unknown[]): { readonly when: "before" | "after"; readonly error: Error } | null {
    if (this.awayUntil !== null && WORK.includes(verb)) {
      const error = new InjectedStoreError(`${verb}: the store is away (a fault of this test).`);
      this.#caused.add(error);
      return { when: "before", error };
    }
    let struck: ArmedStoreFault | null = null;
    for (const fault of this.#faults) {
      if (!fault.verbs.includes(verb)) continue;
      const call = ++fault.waiting.came;
      if (call >= fault.nth && call < fault.nth + fault.times) struck ??= fault;
    }
    if (struck === null) return null;
    const { when, waiting } = struck;
    this.#waiting.struck(waiting);
    const how = when === "before" ? "before it took effect" : "after it took effect";
    this.#tell(`the store's ${verb} fails ${how}`, args);
    const error =
      struck.error ??
      new InjectedStoreError(`${verb}: the connection was lost ${when} it took effect (a fault of this test).`);
    this.#caused.add(error);
    return { when, error };
  }

  #transaction(work: unknown): unknown {
    if (typeof work !== "function") return work;
    return (transaction: unknown): unknown => {
      const answer: unknown = work(transaction);
      return isPromise(answer) ? answer.then((value) => this.#commit(value)) : this.#commit(answer);
    };
  }

  #commit(value: unknown): unknown {
    for (const rollback of this.#rollbacks) {
      if (++rollback.came !== rollback.nth) continue;
      this.#waiting.struck(rollback);
      this.#core.journal.fault("the store", "", "rolls the transaction back in place of its commit");
      throw new InjectedStoreError("commit: the transaction was rolled back (a fault of this test).");
    }
    return value;
  }

  #tell(text: string, [first]: readonly unknown[]): void {
    const job: unknown = Array.isArray(first) ? first[0] : first;
    const jobClass = textIn(job, "jobClass");
    const isKnown = textIn(job, "token") !== null; // A job that is only being enqueued has no number yet.
    this.#core.journal.fault(jobClass ?? "the store", isKnown ? (textIn(job, "id") ?? "") : "", text);
  }
}

function textIn(value: unknown, key: string): string | null {
  if (value === null || typeof value !== "object") return null;
  const text: unknown = Reflect.get(value, key);
  return typeof text === "string" ? text : null;
}
