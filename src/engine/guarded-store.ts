// A store as a worker sees it: a call that never answers fails after a while, and once it is closed nothing reaches the
// store any more.

import type { Clock } from "../clock/clock.ts";
import { formatDuration } from "../job/duration.ts";
import { StoreUnavailableError } from "../job/errors.ts";
import type { Claim } from "../job/record.ts";
import type { JobStore } from "../store/job-store.ts";

type Method = (...args: readonly unknown[]) => unknown;

/** What can answer at once, or never does: not for a loop that guards its calls. */
const LEFT_OUT: ReadonlySet<string> = new Set(["insertSync", "atOnce", "listen", "close"]);

export class StoreGuard {
  /** The store to call; everything below happens to its calls. */
  readonly store: JobStore;
  readonly #clock: Clock;
  readonly #patienceMs: number;
  readonly #lateClaims: (claims: readonly Claim[]) => void;
  readonly #open = new Set<(error: Error) => void>();
  #closed = false;

  /**
   * `patienceMs`: how long to wait for an answer. `lateClaims` gets the claims that came after that: nobody waits for
   * them, and somebody has to hand them back.
   */
  constructor(inner: JobStore, clock: Clock, patienceMs: number, lateClaims: (claims: readonly Claim[]) => void) {
    this.#clock = clock;
    this.#patienceMs = patienceMs;
    this.#lateClaims = lateClaims;
    this.store = this.#wrap(inner);
  }

  /** Calls that are under way fail now, and later ones without having been made. */
  close(): void {
    this.#closed = true;
    for (const fail of [...this.#open]) fail(new StoreUnavailableError("The worker has stopped."));
  }

  #wrap<Part extends object>(inner: Part): Part {
    const wrapped = new Map<PropertyKey, unknown>();
    const of = (property: PropertyKey): unknown => {
      const member: unknown = Reflect.get(inner, property);
      if (typeof property !== "string" || LEFT_OUT.has(property)) return undefined;
      if (property === "schedules" && member instanceof Object) return this.#wrap(member);
      if (typeof member !== "function") return member;
      // Looked up at each call: a method may be replaced meanwhile, by a spy say.
      return (...args: readonly unknown[]) =>
        this.#call(property, () => Reflect.apply(Reflect.get(inner, property) as Method, inner, args)); // `as`: it was one
    };
    // The target is empty, so that a frozen store can be wrapped, too.
    return new Proxy({} as Part, {
      get: (_target, property) => {
        if (!wrapped.has(property)) wrapped.set(property, of(property));
        return wrapped.get(property);
      },
    }); // `as`: what it has is looked up in the store
  }

  #call(method: string, call: () => unknown): Promise<unknown> {
    if (this.#closed) return Promise.reject(new StoreUnavailableError("The worker has stopped."));
    return new Promise((resolve, reject) => {
      let isOver = false;
      const end = (): boolean => {
        if (isOver) return false;
        isOver = true;
        this.#open.delete(fail);
        unset();
        return true;
      };
      const fail = (error: unknown): void => {
        if (end()) reject(error);
      };
      const answer = (value: unknown): void => {
        if (end()) resolve(value);
        else this.#late(method, value);
      };
      const until = new Date(this.#clock.now().getTime() + this.#patienceMs);
      const unset = this.#clock.wakeAt(until, () => fail(this.#unanswered(method)), { rank: "poll", background: true });
      this.#open.add(fail);
      try {
        Promise.resolve(call()).then(answer, fail);
      } catch (error) {
        fail(error); // A store that throws where it should reject is a store that failed.
      }
    });
  }

  #unanswered(method: string): StoreUnavailableError {
    return new StoreUnavailableError(`The store has not answered ${method} for ${formatDuration(this.#patienceMs)}.`);
  }

  #late(method: string, value: unknown): void {
    if (method === "claim" && !this.#closed) this.#lateClaims(value as readonly Claim[]); // `as`: what claim gives
  }
}
