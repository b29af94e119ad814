// What a clock takes for an instant: the same for every clock, so that a test refuses what production would.

import { types } from "node:util";
import { InvalidOptionError } from "../job/errors.ts";

/** The milliseconds of a Date, of whichever realm. Throws: InvalidOptionError for an invalid one, or anything else. */
export function instantMs(date: Date, what: string): number {
  const ms = types.isDate(date) ? Date.prototype.getTime.call(date) : Number.NaN;
  if (Number.isNaN(ms)) throw new InvalidOptionError(what, date, "a valid Date");
  return ms;
}
