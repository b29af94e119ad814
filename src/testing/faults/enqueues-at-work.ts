// The enqueues of handlers, at which a worker may stop or die: when the job is stored, before the handler goes on.

import type { Attempt } from "../../engine/attempt.ts";
import { type AmbientJobs, currentScope } from "../../job/ambient.ts";
import type { EnqueuedJob } from "../../job/record.ts";
import { WatchedPromise } from "../watched-promise.ts";
import { isInsideOfEffect } from "./callbacks.ts";
import { forever } from "./effects.ts";

export interface EnqueueHook {
  /** What the handler gets of its job; it hears nothing until then. Not called where its worker has died meanwhile. */
  readonly stored: (attempt: Attempt, job: EnqueuedJob) => EnqueuedJob | Promise<EnqueuedJob>;
  /** An enqueue is under way. Returns: what is to be called when it is no more. */
  readonly begun?: ((enqueue: object) => () => void) | undefined;
}

/** Enqueues as `ambient` does. A handler whose worker died while it waited never hears the answer, nor a refusal. */
export function enqueuesAtWork(ambient: AmbientJobs, { stored, begun }: EnqueueHook): AmbientJobs {
  return {
    enqueueFrom: (job, data, options) => {
      const enqueue = ambient.enqueueFrom(job, data, options);
      const attempt = attemptAtWork(options);
      if (attempt === null) return enqueue;
      const end = begun?.(enqueue);
      return WatchedPromise.after(
        enqueue,
        (answer) => {
          end?.();
          return attempt.died ? forever() : stored(attempt, answer);
        },
        (error) => {
          end?.();
          if (attempt.died) return forever();
          throw error;
        },
      );
    },
  };
}

/**
 * The attempt whose handler enqueues. Null where nobody may stop: outside of an attempt's scope; in an effect's own work,
 * which is none of the handler's; and in a transaction, which stores the job at its commit.
 */
function attemptAtWork(options: object | undefined): Attempt | null {
  if (isInsideOfEffect() || (options !== undefined && Reflect.get(options, "transaction") !== undefined)) return null;
  return (currentScope()?.attempt ?? null) as Attempt | null; // `as`: the engine's scopes are its attempts
}
