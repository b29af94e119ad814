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

/** The clock of production. Waits longer than a timer can hold are split (R46). */
export class SystemClock implements Clock {
  now(): Date {
    return new RealDate(realNow());
  }

  /** Throws: InvalidOptionError for an invalid Date. */
  wakeAt(date: Date, wake: () => void, options: WakeOptions = {}): () => void {
    const at = instantMs(date, "wakeAt's date");
    let timer: NodeJS.Timeout;
    // A timer may fire a millisecond before the clock says so, and the clock may have been put back meanwhile.
    const fire = (): void => (realNow() < at ? arm() : wake());
    const arm = (): void => {
      timer = setTimeout(fire, Math.min(Math.max(at - realNow(), 0), MAX_TIMER_MS));
      if (options.background === true) timer.unref();
    };
    arm();
    return () => clearTimeout(timer);
  }
}
