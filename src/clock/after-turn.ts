// The turn of the event loop: no time, only room for timers and sockets. Captured when the package is loaded, as the
// system clock's timers are.

import * as timers from "node:timers";

// A constant, not a named import: in the CommonJS build that would be looked up at each call, in a module that can be faked.
const { setImmediate } = timers;

/** Calls `fn` when the event loop has turned once. */
export function afterTurn(fn: () => void): void {
  setImmediate(fn);
}
