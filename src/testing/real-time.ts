// Real time, captured when the package is loaded: what a test fakes later does not reach it.

import { clearInterval, setImmediate, setInterval } from "node:timers";

/** Calls `fn` when the event loop has turned once. */
export function afterTurn(fn: () => void): void {
  setImmediate(fn);
}

/** Calls `fn` again and again; keeps the process alive meanwhile. Returns: what stops it. */
export function every(ms: number, fn: () => void): () => void {
  const timer = setInterval(fn, ms);
  return () => clearInterval(timer);
}
