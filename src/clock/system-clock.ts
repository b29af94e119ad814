// The system's time and timers, captured when the package is loaded, so that a test that fakes the globals later does
// not stop an engine.

import { clearTimeout, setTimeout } from "node:timers";
import type { Clock, WakeOptions } from "./clock.ts";

/** The longest a timer can be set for; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const RealDate = Date;

/** The clock of production. Waits longer than a timer can hold are split (R46). */
export class SystemClock implements Clock {
  now(): Date {
    return new RealDate();
  }

  wakeAt(date: Date, wake: () => void, options: WakeOptions = {}): () => void {
    const at = date.getTime();
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const left = at - RealDate.now();
      timer = setTimeout(() => (left > MAX_TIMER_MS ? arm() : wake()), Math.min(Math.max(left, 0), MAX_TIMER_MS));
      if (options.background === true) timer.unref();
    };
    arm();
    return () => clearTimeout(timer);
  }
}
