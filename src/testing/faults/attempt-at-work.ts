// Whose enqueue it is: the attempt of a handler that goes on when the job is stored.

import type { Attempt } from "../../engine/attempt.ts";
import { currentScope } from "../../job/ambient.ts";
import { isInsideOfEffect } from "./callbacks.ts";

/**
 * The attempt whose handler enqueues, and at whose enqueue its worker may stop or die. Null where nobody may: outside of an
 * attempt's scope; in an effect's own work, which is none of the handler's; and in a transaction, which stores the job at
 * its commit.
 */
export function attemptAtWork(options: object | undefined): Attempt | null {
  if (isInsideOfEffect() || (options !== undefined && Reflect.get(options, "transaction") !== undefined)) return null;
  return (currentScope()?.attempt ?? null) as Attempt | null; // `as`: the engine's scopes are its attempts
}
