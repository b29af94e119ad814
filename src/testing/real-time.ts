// Real time, captured when the package is loaded: what a test fakes later does not reach it.

import * as timers from "node:timers";

// Constants, not named imports: in the CommonJS build those would be looked up at each call, in a module that sinon fakes.
const { clearInterval, setImmediate, setInterval } = timers;

/** Milliseconds of real time since some start. */
export const elapsedMs: () => number = performance.now.bind(performance);

const originMs = performance.timeOrigin;

/** The real instant, in milliseconds since 1970, whatever `Date` says. */
export function realNowMs(): number {
  return originMs + elapsedMs();
}

/** The longest a timer can be set for; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Calls `fn` when the event loop has turned once. */
export function afterTurn(fn: () => void): void {
  setImmediate(fn);
}

/** Calls `fn` again and again; keeps the process alive meanwhile. Returns: what stops it. */
export function every(ms: number, fn: () => void): () => void {
  const timer = setInterval(fn, Math.min(ms, MAX_TIMER_MS));
  return () => clearInterval(timer);
}

/** Resolves when the promise is fulfilled, or after so long. */
export function atMost(ms: number, promise: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      stop();
      resolve();
    };
    const stop = every(ms, end);
    void promise.then(end);
  });
}
