// What explore rejects with.

import { brandErrors, WheelwrightError } from "../../job/errors.ts";

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

brandErrors(InvariantBrokenError);
