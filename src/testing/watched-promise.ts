// A promise that knows whether anybody has looked at it.

/**
 * A promise whose `then` tells when somebody waits for it: `await`, `then`, `catch` and the combinators all do.
 * Derived promises are plain ones.
 */
export class WatchedPromise<T> extends Promise<T> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  #seen = false;

  /** Whether somebody waits, or has waited, for it. */
  get seen(): boolean {
    return this.#seen;
  }

  // biome-ignore lint/suspicious/noThenProperty: being waited for is what is watched
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#seen = true;
    return super.then(onFulfilled, onRejected);
  }

  /** Follows another promise. A rejection nobody waits for is not reported to the process: the kit does that. */
  static follow<T>(source: PromiseLike<T>): WatchedPromise<T> {
    const watched = new WatchedPromise<T>((resolve, reject) => {
      source.then(resolve, reject);
    });
    Promise.prototype.then.call(watched, undefined, () => undefined);
    return watched;
  }
}
