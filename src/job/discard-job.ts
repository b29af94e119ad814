// Thrown by a handler to fail at once.

import { brand, isInstance } from "./brand.ts";

/** `throw new DiscardJob("order was deleted")`: the job has failed, whatever maxRetries says; the attempt counts (R23). */
export class DiscardJob extends Error {
  constructor(reason = "discarded", options?: ErrorOptions) {
    super(reason, options);
    this.name = "DiscardJob";
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, "discard-job", value);
  }
}
brand(DiscardJob.prototype, "discard-job");
