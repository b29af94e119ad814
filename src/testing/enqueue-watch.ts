// Enqueues that are under way in a kit, and those that were refused without anybody looking (R43).

import { failureMessage } from "../job/failure-message.ts";
import { Patience } from "./patience.ts";
import { afterTurn } from "./real-time.ts";
import { WatchedPromise } from "./watched-promise.ts";

export interface RefusedEnqueue {
  readonly error: unknown;
  readonly message: string;
}

export class EnqueueWatch {
  /** What is enqueued, by the promise of it. */
  readonly #open = new Map<object, string>();
  #refused: { readonly promise: WatchedPromise<unknown>; readonly error: unknown }[] = [];
  readonly #patience: Patience;

  constructor(stuckAfterMs: number) {
    this.#patience = new Patience(
      stuckAfterMs,
      (ms) => this.#describe(ms),
      () => this.#open.clear(),
    );
  }

  /** `what` is enqueued. Returns: what the caller gets in the promise's place. */
  watch<T>(enqueue: Promise<T>, what: string): Promise<T> {
    const watched = WatchedPromise.follow(enqueue);
    this.#open.set(watched, what);
    const close = (): void => {
      if (!this.#open.delete(watched)) return; // Given up before.
      if (this.#open.size === 0) this.#patience.done();
      else this.#patience.moved();
    };
    enqueue.then(close, (error: unknown) => {
      this.#refused.push({ promise: watched, error });
      close();
    });
    return watched;
  }

  /** Whether no enqueue is under way. */
  get isIdle(): boolean {
    return this.#open.size === 0;
  }

  /** Resolves when no enqueue is under way any more. Rejects with StuckHandlerError, as handlers.rest does. */
  async settled(impatient = false): Promise<void> {
    while (this.#open.size > 0) await this.#patience.wait(impatient);
  }

  /** The refusals nobody has looked at so far; each is told once. */
  async takeUnseen(): Promise<readonly RefusedEnqueue[]> {
    if (this.#refused.length === 0) return [];
    // One that is caught a few promises further up has not been looked at yet.
    if (this.#refused.some(({ promise }) => !promise.seen)) await new Promise<void>(afterTurn);
    const unseen = this.#refused.filter(({ promise }) => !promise.seen);
    this.#refused = [];
    return unseen.map(({ error }) => ({ error, message: failureMessage(error) }));
  }

  /** The kit is over: whoever still waits is told so. */
  end(error: Error): void {
    this.#patience.end(error);
  }

  #describe(ms: number): string {
    const names = [...new Set(this.#open.values())].join(", ");
    return `an enqueue of ${names} has been under way for ${ms / 1000} s of real time. Does its schema await something that never comes, or does an open transaction hold its unique key?`;
  }
}
