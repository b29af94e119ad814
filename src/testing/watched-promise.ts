// A promise that knows whether anybody has looked at it.

/**
 * A promise whose `then` tells when somebody waits for it: `await`, `then`, `catch` and the combinators all do.
 * What `then` returns is a plain promise: a rejection that is passed on there and not caught is the runtime's to report.
 */
export class WatchedPromise<T> extends Promise<T> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  #seen = false;
  #source: Promise<unknown> | null = null;

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
    this.#source?.then(undefined, () => undefined);
    return super.then(onFulfilled, onRejected);
  }

  /**
   * What becomes of a watched promise: whoever looks at it has looked at that. Its rejections are that one's to be told of.
   */
  static after<T, U>(
    source: Promise<T>,
    then: (value: T) => U | PromiseLike<U>,
    otherwise: (error: unknown) => U | PromiseLike<U>,
  ): WatchedPromise<U> {
    const next: Promise<U> = Promise.prototype.then.call(source, then as never, otherwise) as never; // `as`: no look at it, unlike source.then
    const watched = WatchedPromise.follow(next);
    watched.#source = source;
    return watched;
  }

  /**
   * Follows another promise. `isTold`: for which rejections the kit tells the test, so that the runtime need not report
   * them when nobody waits; for all unless given.
   */
  static follow<T>(source: PromiseLike<T>, isTold: (error: unknown) => boolean = () => true): WatchedPromise<T> {
    const watched: WatchedPromise<T> = new WatchedPromise((resolve, reject) => {
      source.then(resolve, (error: unknown) => {
        if (!watched.seen && isTold(error)) Promise.prototype.then.call(watched, undefined, () => undefined);
        reject(error);
      });
    });
    return watched;
  }
}
