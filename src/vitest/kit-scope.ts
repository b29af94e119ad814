// Puts a test into its kit's scope, as far as a fixture can, and takes the scope's meaning away when the test is over.

import { type AmbientJobs, currentJobs, type Scope, shared } from "../job/ambient.ts";
import { nameOf } from "../job/job.ts";
import { KitUsageError } from "../testing/errors.ts";
import type { TestKit } from "../testing/kit.ts";
import { KIT_CORE, type KitCore } from "../testing/kit-core.ts";

/**
 * One test's scope. A fixture cannot wrap the test, it can only enter. What it enters reaches the test on some versions
 * of Node.js and vitest only, so the test enters once more itself, when it reads `kit` from its context. And it may
 * reach what the runner does after the test, so a scope that is over means nothing any more.
 */
export class KitScope {
  readonly #scope: { -readonly [Key in keyof Scope]: Scope[Key] } = { jobs: NOT_READY, attempt: null, kit: null };

  /** To be called before the first `await` of a fixture, where it reaches furthest. */
  enter(): void {
    shared.scopes.enterWith(this.#scope);
  }

  /** Gives the scope its kit, and lets whoever reads `kit` from the test's context enter it. */
  begin(kit: TestKit, context: object): void {
    this.#scope.jobs = kit.jobs;
    this.#scope.kit = (Reflect.get(kit, KIT_CORE) as KitCore).engine.kit; // `as`: every kit has it there
    Object.defineProperty(context, "kit", {
      configurable: true,
      enumerable: true,
      get: () => {
        if (this.#scope.kit !== null) this.enter();
        return kit;
      },
      set: () => undefined, // vitest stores the fixture's value, which is the same kit.
    });
  }

  end(): void {
    this.#scope.jobs = ASIDE;
    this.#scope.kit = null;
  }
}

const NOT_READY: AmbientJobs = {
  enqueueFrom: (job) =>
    Promise.reject(new KitUsageError(`Cannot enqueue ${nameOf(job)}: the test's kit is still being made.`)),
};

/** After the test the scope stands aside, for what the runner does next may still be in it. */
const ASIDE: AmbientJobs = {
  enqueueFrom: (job, data, options) =>
    shared.scopes.exit(() => currentJobs(nameOf(job)).enqueueFrom(job, data, options)),
};
