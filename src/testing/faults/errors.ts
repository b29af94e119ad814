// What the faults of a kit throw: into a handler, out of a store, and at whoever asks for one that cannot be.

import { brandErrors, StoreUnavailableError, WheelwrightError } from "../../job/errors.ts";

/**
 * Thrown out of a synchronous effect where its worker is to die: there is no other way to end a handler there. An
 * awaited call is left pending for ever instead. A handler must not catch it.
 */
export class CrashSignal extends WheelwrightError {
  override readonly code = "CRASH";

  constructor(where: string) {
    super(
      `The worker died ${where}: a fault of this test. Nothing after it is to run, so let the error pass; an effect that is async is left pending instead.`,
    );
  }
}

/** The store could not do what it was asked, because a fault of this test says so. Code and kind are those of a real one. */
export class InjectedStoreError extends StoreUnavailableError {}

/** The fault cannot be made with what was given: a frozen effect, a store without transactions, no such method. */
export class FaultUsageError extends WheelwrightError {
  override readonly code = "FAULT_USAGE";
}

brandErrors(CrashSignal, InjectedStoreError, FaultUsageError);
