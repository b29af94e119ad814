// What explore rejects with.

import { brandErrors, WheelwrightError } from "../../job/errors.ts";
import { report, wrap } from "../assertions/report.ts";
import { StuckHandlerError } from "../errors.ts";

const MAX_STEPS_TOLD = 20;

/** A schedule was found after which the invariant does not hold. The cause is what the invariant threw. */
export class InvariantBrokenError extends WheelwrightError {
  override readonly code = "INVARIANT_BROKEN";
  /** Hand it to `explore({ …, replay })` to play the schedule again. */
  readonly replay: string;
  /** What happened, step by step. */
  readonly schedule: readonly string[];

  constructor(
    message: string,
    found: { readonly replay: string; readonly schedule: readonly string[]; readonly cause: unknown },
  ) {
    super(message, { cause: found.cause });
    this.replay = found.replay;
    this.schedule = found.schedule;
  }
}

/** Of a worker that does nothing more. `openCall`: the call on an effect whose answer it waits for; null where it waits for none. */
export function stuck(
  worker: string,
  openCall: string | null,
  ms: number,
  trace: readonly string[],
): StuckHandlerError {
  const hints =
    openCall === null
      ? ["Does its handler await something that is no effect and never comes?"]
      : [
          `It waits for ${openCall}. Is that a lock? Let it take its work as a callback, lock.with(work), so that others have their turn while one waits, and a worker that dies lets it go; or let acquire() reject while it is held.`,
          "Is it none, let it answer without real waiting.",
        ];
  const what = `${worker} of explore has neither called an effect nor slept nor ended for ${ms / 1000} s of real time.`;
  return new StuckHandlerError(
    report(what, [
      { name: "hint", lines: hints.flatMap((line) => wrap(line)) },
      { name: "schedule", lines: trace.slice(-MAX_STEPS_TOLD) },
    ]),
  );
}

brandErrors(InvariantBrokenError);
