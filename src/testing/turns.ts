// One drain at a time: a kit's verbs play in the order of the calls.

import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { currentScope, shared } from "../job/ambient.ts";
import type { CallSite } from "./assertions/assertion-error.ts";
import { KitUsageError } from "./errors.ts";
import type { KitCore } from "./kit-core.ts";

/** The drain whose `until` runs here. */
const asking = new AsyncLocalStorage<{ readonly turns: Turns; readonly verb: string }>();

export class Turns {
  #last: Promise<void> = Promise.resolve();
  #playing: string | null = null;

  /** The verb that plays now, or null: time is then the verb's alone to move. */
  get playing(): string | null {
    return this.#playing;
  }

  /**
   * Plays `work` in the clean context, when the verbs before have ended and the kit has caught up.
   * Rejects with: KitUsageError when a handler of the kit asks, which would wait for itself, or when the kit is disposed
   * meanwhile; what `work` rejects with.
   */
  take<T>(core: KitCore, verb: string, site: CallSite, work: () => Promise<T>): Promise<T> {
    return core.watchCall({ text: `kit.${verb}()`, kind: "verb", site }, () => this.#take(core, verb, work));
  }

  /**
   * Resolves when the verbs that were called have ended; at once in the until of one, which would wait for itself.
   * Never rejects.
   */
  async over(): Promise<void> {
    if (asking.getStore()?.turns !== this) await this.#last;
  }

  /** A drain's `until`: asked in the context of the test, not in the clean one of handlers. */
  asked<Args extends unknown[], T>(verb: string, until: (...args: Args) => T): (...args: Args) => T {
    return AsyncResource.bind((...args: Args) => asking.run({ turns: this, verb }, () => until(...args)));
  }

  async #take<T>(core: KitCore, verb: string, work: () => Promise<T>): Promise<T> {
    refuseHandlers(core, verb);
    const asker = asking.getStore();
    if (asker?.turns === this) {
      throw new KitUsageError(
        `kit.${verb}() was called by the until of kit.${asker.verb}(), which would wait for itself. Say true, and call it after the drain.`,
      );
    }
    const before = this.#last;
    let done = (): void => undefined;
    this.#last = new Promise((resolve) => {
      done = resolve;
    });
    try {
      await before;
      await core.catchUp(`run kit.${verb}()`);
      this.#playing = verb;
      return await shared.runClean(work);
    } finally {
      this.#playing = null;
      done();
    }
  }
}

/** Throws: KitUsageError in the scope of a handler that this kit runs. */
export function refuseHandlers(core: KitCore, verb: string): void {
  const scope = currentScope();
  const running = scope?.attempt as { readonly engine?: { readonly events: object } } | null | undefined; // `as`: an engine's attempt
  if (running?.engine?.events !== core.engine.events) return;
  throw new KitUsageError(
    `kit.${verb}() was called by a handler that this kit is running: it would wait for itself. Enqueue instead; the drain that runs the handler goes on.`,
  );
}
