// What a test was given to await: an assertion it never did await is told at dispose (R48).

import { WatchedPromise } from "./watched-promise.ts";

interface Call {
  readonly text: string;
  readonly promise: WatchedPromise<unknown>;
  /** What it was rejected with, if it was. */
  failure: { readonly error: unknown } | null;
}

/** Calls are let go of once they have been looked at, in batches of this many. */
const BATCH = 256;

export class WatchedCalls {
  #calls: Call[] = [];
  #sweepAt = BATCH;

  watch<T>(text: string, run: () => Promise<T>): WatchedPromise<T> {
    const running = run();
    const promise = WatchedPromise.follow(running);
    const call: Call = { text, promise, failure: null };
    running.then(undefined, (error: unknown) => {
      call.failure = { error };
    });
    this.#calls.push(call);
    if (this.#calls.length >= this.#sweepAt) {
      this.#calls = this.unseen();
      this.#sweepAt = this.#calls.length + BATCH;
    }
    return promise;
  }

  /** The calls nobody has awaited. */
  unseen(): Call[] {
    return this.#calls.filter(({ promise }) => !promise.seen);
  }
}
