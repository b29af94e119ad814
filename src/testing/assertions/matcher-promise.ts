// What a matcher returns to its runner: a promise that is watched in the caller's hands, and points to the caller.

import type { KitCore } from "../kit-core.ts";
import type { CallSite } from "./assertion-error.ts";

/** What a runner makes an assertion's end of. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
  readonly actual?: unknown;
  readonly expected?: unknown;
}

type OnResult = ((result: MatcherResult) => unknown) | null | undefined;
type OnError = ((error: unknown) => unknown) | null | undefined;

/**
 * A runner calls `then` itself and hands what that returns to the test. So what `then` returns is watched (R48), and
 * an error that the runner makes, late and far from the test, gets the stack of the line that called the matcher.
 */
export class MatcherPromise implements PromiseLike<MatcherResult> {
  readonly #result: Promise<MatcherResult>;
  readonly #core: KitCore | null;
  readonly #call: string;
  readonly #site: CallSite;

  constructor(result: Promise<MatcherResult>, core: KitCore | null, call: string, site: CallSite) {
    this.#result = result;
    this.#core = core;
    this.#call = call;
    this.#site = site;
  }

  // biome-ignore lint/suspicious/noThenProperty: runners tell asynchronous matchers by it
  then(onResult?: OnResult, onError?: OnError): Promise<never> {
    const settled = this.#result.then((result) => {
      try {
        return onResult?.(result);
      } catch (error) {
        throw this.#pointed(error);
      }
    }, onError);
    return this.#watched(settled) as Promise<never>; // `as`: the runner knows what it made of the result
  }

  #watched(settled: Promise<unknown>): Promise<unknown> {
    if (this.#core === null) return settled;
    const called = { text: this.#call, kind: "assertion", site: this.#site } as const;
    const watched = this.#core.watchCall(called, () => settled);
    // jest adds a handler of its own and hands out what that gives.
    Reflect.defineProperty(watched, "catch", {
      value: (handle: OnError) => this.#watched(watched.then(undefined, handle)),
    });
    return watched;
  }

  #pointed(error: unknown): unknown {
    if (error !== null && typeof error === "object" && "stack" in error) {
      const { name, message } = error as Error; // `as`: it has a stack
      Object.defineProperty(error, "stack", {
        value: this.#site.stackOf(name, message),
        configurable: true,
        writable: true,
      });
    }
    return error;
  }
}
