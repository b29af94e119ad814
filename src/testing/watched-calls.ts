// What a test was given to await: an assertion it never did await is told at dispose (R48).

import { WatchedPromise } from "./watched-promise.ts";

interface Call {
  readonly text: string;
  readonly promise: WatchedPromise<unknown>;
}

/** Calls are let go of once they have been looked at, in batches of this many. */
const BATCH = 256;

export class WatchedCalls {
  #calls: Call[] = [];
  #sweepAt = BATCH;

  watch<T>(text: string, run: () => Promise<T>): WatchedPromise<T> {
    const promise = WatchedPromise.follow(run());
    this.#calls.push({ text, promise });
    if (this.#calls.length >= this.#sweepAt) {
      this.#calls = this.#calls.filter((call) => !call.promise.seen);
      this.#sweepAt = this.#calls.length + BATCH;
    }
    return promise;
  }

  /** The calls nobody has awaited. */
  unseen(): readonly string[] {
    return this.#calls.filter(({ promise }) => !promise.seen).map(({ text }) => text);
  }
}
