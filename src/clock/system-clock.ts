// The system's time and timers, captured when the package is loaded, so that a test that fakes the globals later does
// not stop an engine.

import * as timers from "node:timers";
import type { Clock, WakeOptions } from "./clock.ts";
import { instantMs } from "./instant.ts";

// Constants, not named imports: in the CommonJS build those would be looked up at each call, in a module that can be faked.
const { setTimeout, clearTimeout } = timers;
const RealDate = Date;
const realNow = Date.now;

/** The longest a timer can be set for; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** A timer that is early by more than this is not early: the clock was put back. */
const PUT_BACK_MS = 1000;

/** The clock of production. Waits longer than a timer can hold are split (R46). */
export class SystemClock implements Clock {
  now(): Date {
    return new RealDate(realNow());
  }

  /** With rank "poll" it wakes early when the clock was put back. Throws: InvalidOptionError for an invalid Date. */
  wakeAt(date: Date, wake: () => void, options: WakeOptions = {}): () => void {
    const at = instantMs(date, "wakeAt's date");
    let timer: NodeJS.Timeout;
    let waitMs = 0;
    const fire = (): void => {
      // A timer may fire a millisecond before the clock says so, and the clock may have been put back meanwhile. Whoever
      // polls looks around all the same then: an hour that comes again must not be an hour without a look.
      const early = at - realNow();
      const isBack = options.rank === "poll" && waitMs < MAX_TIMER_MS && early > PUT_BACK_MS;
      if (early <= 0 || isBack) wake();
      else arm();
    };
    const arm = (): void => {
      waitMs = Math.min(Math.max(at - realNow(), 0), MAX_TIMER_MS);
      timer = setTimeout(fire, waitMs);
      if (options.background === true) timer.unref();
    };
    arm();
    return () => clearTimeout(timer);
  }
}
