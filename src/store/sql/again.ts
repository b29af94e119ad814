// Runs again what a deadlock or a serialization failure has undone: a bounded number of times, after jittered waits.

import { SystemClock } from "../../clock/system-clock.ts";

const TRIES = 12;
const LONGEST_WAIT_MS = 400;

export interface Retrying {
  isTransient(error: unknown): boolean;
  /** Numbers in [0, 1). */
  random(): number;
}

/** Rejects with the last error when it is not transient, or after the last try. */
export async function untilSettled<T>(retrying: Retrying, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= TRIES || !retrying.isTransient(error)) throw error;
    }
    const most = Math.min(4 * 2 ** attempt, LONGEST_WAIT_MS);
    await pause(most * (0.5 + retrying.random() / 2));
  }
}

/** Real time: a deadlock or a lock is between real connections, whatever clock the jobs keep. */
export function pause(ms: number): Promise<void> {
  const clock = new SystemClock();
  return new Promise((resolve) => {
    clock.wakeAt(new Date(clock.now().getTime() + ms), resolve);
  });
}
