// The time an engine is given. Nothing else in this package reads a clock or sets a timer.

/** Tells the time and wakes at an instant. Handed in: the system's in production, a test's in a test. */
export interface Clock {
  now(): Date;
  /**
   * Calls `wake` once, when the time has come, never before the call has returned. An instant in the past is now.
   * Returns: a function that cancels it; calling it later, or twice, is no error.
   */
  wakeAt(date: Date, wake: () => void, options?: WakeOptions): () => void;
}

export interface WakeOptions {
  /**
   * A test's clock wakes a lower rank first where several are due at one instant: `"sleep"`, `"timeout"`, then `"poll"`.
   * A poll only looks around: the system's clock wakes it in time even where it was itself put back meanwhile.
   */
  readonly rank?: WakeRank;
  /** Do not keep the process alive for this alone. */
  readonly background?: boolean;
}

export type WakeRank = "sleep" | "timeout" | "poll";
