// What came of an attempt: as the handler left it (performance) and as it was decided (outcome).

/**
 * How an attempt ended, before any rule is applied. Whatever was thrown is in `error`, `null` and `undefined` included.
 * `stopped`: the worker's shutdown did not wait for it, or it never started.
 */
export type Performance =
  | { readonly type: "ok" }
  | { readonly type: "error"; readonly error: unknown }
  | { readonly type: "stopped"; readonly error: unknown };

/** What is to be written about an attempt. `released` hands back a claim that a shutdown cut short (R25). */
export type Outcome =
  | { readonly type: "completed" }
  | { readonly type: "retry"; readonly runAt: Date; readonly error: string }
  | { readonly type: "failed"; readonly error: string }
  | { readonly type: "released" };
