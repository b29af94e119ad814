// How a property says what does not hold; fast-check adds the counterexample.

import { brandErrors, WheelwrightError } from "../job/errors.ts";

/** A rule does not hold of a job class or a store. The message says which, with the values, and what to do. */
export class PropertyFailedError extends WheelwrightError {
  override readonly code = "PROPERTY_FAILED";
}

brandErrors(PropertyFailedError);
