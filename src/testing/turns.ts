// One drain at a time: a kit's verbs play in the order of the calls.

import { currentScope, shared } from "../job/ambient.ts";
import { KitUsageError } from "./errors.ts";
import type { KitCore } from "./kit-core.ts";

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
  take<T>(core: KitCore, verb: string, work: () => Promise<T>): Promise<T> {
    return core.handOut(this.#take(core, verb, work));
  }

  async #take<T>(core: KitCore, verb: string, work: () => Promise<T>): Promise<T> {
    refuseHandlers(core, verb);
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
  if (!scope?.attempt || scope.kit !== core.engine.kit) return;
  throw new KitUsageError(
    `kit.${verb}() was called by a handler that this kit is running: it would wait for itself. Enqueue instead; the drain that runs the handler goes on.`,
  );
}
