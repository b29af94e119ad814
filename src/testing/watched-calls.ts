// What a test was given to await: an assertion or a verb that it never did await is told at dispose (R48).

import { WheelwrightError } from "../job/errors.ts";
import type { CallSite } from "./assertions/assertion-error.ts";
import { WatchedPromise } from "./watched-promise.ts";

/** One call of the test's. */
export interface Called {
  /** As the test would write it: `kit.drain()`. */
  readonly text: string;
  readonly kind: "assertion" | "verb";
  readonly site: CallSite;
}

export interface WatchedCall<T = unknown> extends Called {
  readonly promise: WatchedPromise<T>;
  hasEnded: boolean;
  /** Resolves when it has ended, however it did. */
  readonly settled: Promise<void>;
  /** What it was rejected with, if it was. */
  failure: { readonly error: unknown } | null;
}

/** Calls are let go of once they have been looked at, in batches of this many. */
const BATCH = 256;

export class WatchedCalls {
  #calls: WatchedCall[] = [];
  #latest: WatchedCall | null = null;
  #sweepAt = BATCH;

  watch<T>(called: Called, run: () => Promise<T>): WatchedPromise<T> {
    const call = watchedCall(called, run);
    this.#latest = call;
    this.#calls.push(call);
    if (this.#calls.length >= this.#sweepAt) {
      this.#calls = this.unseen();
      this.#sweepAt = this.#calls.length + BATCH;
    }
    return call.promise;
  }

  /** The calls nobody has awaited. */
  unseen(): WatchedCall[] {
    return this.#calls.filter(({ promise }) => !promise.seen);
  }

  /** Whether the latest call was rejected and the test was told: it has most likely failed with that, and asked no more. */
  get endedInFailure(): boolean {
    return this.#latest !== null && this.#latest.failure !== null && this.#latest.promise.seen;
  }
}

/**
 * Makes a call that is watched. A rejection of a verb with an error of ours points to the test's own line: where it is
 * found is far from there. `isTold`: as of WatchedPromise.follow.
 */
export function watchedCall<T>(called: Called, run: () => Promise<T>, isTold?: () => boolean): WatchedCall<T> {
  const running = run();
  const pointed = called.kind === "assertion" ? running : pointing(running, called.site);
  const promise = WatchedPromise.follow(pointed, isTold);
  const settled = pointed.then(
    () => {
      call.hasEnded = true;
    },
    (error: unknown) => {
      call.hasEnded = true;
      call.failure = { error };
    },
  );
  const call: WatchedCall<T> = { ...called, promise, settled, hasEnded: false, failure: null };
  return call;
}

/** The same promise, but an error of ours points to the site: where it is made is far from there. */
export function pointing<T>(running: Promise<T>, site: CallSite): Promise<T> {
  return running.then(undefined, (error: unknown) => {
    if (error instanceof WheelwrightError) site.point(error);
    throw error;
  });
}
