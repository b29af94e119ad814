// Runs a handler: finds its class, makes its instance, hands it data and context, and waits for its end.

import { runApart, shared } from "../job/ambient.ts";
import { brandErrors, WheelwrightError } from "../job/errors.ts";
import type { AnyJob } from "../job/job.ts";
import type { Performance } from "../job/outcome.ts";
import { isPromise, validate } from "../job/schema.ts";
import { type Attempt, AttemptContext } from "./attempt.ts";
import { fillSettings } from "./fill-settings.ts";
import type { RegisteredJob } from "./registry.ts";
import { restoreCarried } from "./restore-carried.ts";

/** A row's data is no JSON object: the attempt fails with this (R19). */
export class BrokenDataError extends WheelwrightError {
  override readonly code = "BROKEN_DATA";

  constructor(text: string) {
    const shown = text.length <= 60 ? text : `${text.slice(0, 57)}…`;
    super(`The row's data is no JSON object: ${JSON.stringify(shown)}`);
  }
}

brandErrors(BrokenDataError);

const OK: Performance = { type: "ok" };

/**
 * Performs a claimed job. Whatever goes wrong, an unknown class and broken data included, is the attempt's error (R19).
 * The attempt hears of the end: at once when the handler returns something that is no promise. Never throws.
 *
 * Call it in the clean context (`shared.runClean`), so that nothing of the code that drains leaks into the handler
 * (R17). Each loop enters that once: on Node 20 entering it for every job costs as much as the job.
 */
export function perform(attempt: Attempt): void {
  try {
    const returned = runApart(enterScope, attempt);
    if (!isPromise(returned)) {
      attempt.end(OK);
      return;
    }
    // A thenable of some library may hand out another promise, which only a real one follows to its end.
    const ending = returned instanceof Promise ? returned : Promise.resolve(returned);
    ending.then(
      () => attempt.end(OK),
      (error: unknown) => attempt.end({ type: "error", error }),
    );
  } catch (error) {
    attempt.end({ type: "error", error });
  }
}

function enterScope(attempt: Attempt): unknown {
  return shared.scopes.run(attempt, enter, attempt);
}

function enter(attempt: Attempt): unknown {
  const { engine, claim } = attempt;
  const job = engine.registry.byName(claim.jobClass);
  if (claim.brokenData !== undefined) throw new BrokenDataError(claim.brokenData);
  const instance = engine.registry.create(job.jobClass);
  attempt.instance = instance;
  fillSettings(instance, job.settings());
  if (engine.carry === undefined) return checkedPerform(attempt, job, instance);
  return restoreCarried(engine.carry, claim.carried, () => checkedPerform(attempt, job, instance));
}

function checkedPerform(attempt: Attempt, job: RegisteredJob, instance: AnyJob): unknown {
  if (job.schema === undefined) return callHandler(attempt, job, instance, attempt.claim.data);
  const output = validate(job.name, job.schema, attempt.claim.data);
  if (!isPromise(output)) return callHandler(attempt, job, instance, output);
  // An attempt that was aborted while its data was being checked does not start any more.
  return output.then((later) => (attempt.ended ? undefined : callHandler(attempt, job, instance, later)));
}

function callHandler(attempt: Attempt, job: RegisteredJob, instance: AnyJob, data: unknown): unknown {
  const context = new AttemptContext(attempt);
  const { kit } = attempt.engine;
  if (kit === null || !kit.standsIn) return instance.perform(data, context);
  return kit.perform(job.name, data, context, () => instance.perform(data, context), instance);
}
