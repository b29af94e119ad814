// Enqueues that are under way in a kit, and those that were refused without anybody looking (R43).

import { failureMessage } from "../job/failure-message.ts";
import { WatchedPromise } from "./watched-promise.ts";

export interface RefusedEnqueue {
  readonly error: unknown;
  readonly message: string;
}

export class EnqueueWatch {
  readonly #open = new Set<WatchedPromise<unknown>>();
  readonly #refused: { readonly promise: WatchedPromise<unknown>; readonly error: unknown }[] = [];

  /** Returns: what the caller gets in the promise's place. */
  watch<T>(enqueue: Promise<T>): Promise<T> {
    const watched = WatchedPromise.follow(enqueue);
    this.#open.add(watched);
    const close = (): void => void this.#open.delete(watched);
    enqueue.then(close, (error: unknown) => {
      close();
      this.#refused.push({ promise: watched, error });
    });
    return watched;
  }

  /** Resolves when no enqueue is under way any more. */
  async settled(): Promise<void> {
    while (this.#open.size > 0) {
      await Promise.all([...this.#open].map((open) => Promise.prototype.then.call(open, undefined, () => undefined)));
      await Promise.resolve();
    }
  }

  /** The refusals nobody has looked at so far; each is told once. */
  takeUnseen(): readonly RefusedEnqueue[] {
    const unseen = this.#refused.filter(({ promise }) => !promise.seen);
    this.#refused.length = 0;
    return unseen.map(({ error }) => ({ error, message: failureMessage(error) }));
  }
}
