// Thirty days of jobs in virtual time: the kit's way, and by hand on faked timers.

import { load } from "./peers.ts";

export interface Simulation {
  play(): Promise<void>;
  /** Calls of the handler, those that failed included. */
  attempts(): number;
}

/** Sets up n jobs spread over thirty days; every third fails twice and is tried again after 4 and 8 seconds. */
export type Simulate = (n: number) => Promise<Simulation>;

const DAYS_30_MS = 30 * 86_400_000;

interface FakeClock {
  setTimeout(callback: () => void, ms: number): void;
  tickAsync(ms: number): Promise<number>;
  runAllAsync(): Promise<number>;
}

const simulators = {
  "wheelwright drainUntilIdle": async () => {
    const { Job } = await import("wheelwright");
    const { createTestKit } = await import("wheelwright/testing");
    let attempts = 0;
    class ThirdFailsTwiceJob extends Job<{ i: number }> {
      async perform(data: { i: number }, context: { readonly attempt: number }): Promise<void> {
        attempts++;
        if (data.i % 3 === 0 && context.attempt <= 2) throw new Error("not yet");
      }
    }
    return async (n) => {
      const kit = await createTestKit({ jobs: [ThirdFailsTwiceJob], now: new Date(0) });
      for (let i = 0; i < n; i++)
        await kit.jobs.enqueue(ThirdFailsTwiceJob, { i }, { runAt: new Date((i * DAYS_30_MS) / n) });
      return {
        play: async () => {
          await kit.drainUntilIdle({ maxJobs: Number.POSITIVE_INFINITY });
        },
        attempts: () => attempts,
      };
    };
  },
  "fake-timers tickAsync": async () => onFakeTimers((clock) => clock.tickAsync(DAYS_30_MS)),
  "fake-timers runAllAsync": async () => onFakeTimers((clock) => clock.runAllAsync()),
} satisfies Record<string, () => Promise<Simulate>>;

export type SimulatorName = keyof typeof simulators;

export const OUR_SIMULATOR: SimulatorName = "wheelwright drainUntilIdle";
export const PEER_SIMULATORS: readonly SimulatorName[] = ["fake-timers tickAsync", "fake-timers runAllAsync"];

export async function simulatorOf(name: string): Promise<Simulate> {
  return simulators[name as SimulatorName](); // `as`: the parts pass the names above
}

/** No store, no record, no JSON: a timer per attempt and a retry by hand. */
async function onFakeTimers(play: (clock: FakeClock) => Promise<number>): Promise<Simulate> {
  const { createClock } = await load<{ createClock(now: number, loopLimit: number): FakeClock }>(
    "@sinonjs/fake-timers",
  );
  return async (n) => {
    const clock = createClock(0, n * 4);
    let attempts = 0;
    const perform = async (i: number, attempt: number): Promise<void> => {
      attempts++;
      if (i % 3 === 0 && attempt <= 2) throw new Error("not yet");
    };
    const runIn = (ms: number, i: number, attempt: number): void => {
      // A timer of more than 2^31 - 1 ms fires at once, faked or not: a long wait is two.
      const waitMs = Math.min(ms, 2 ** 31 - 1);
      clock.setTimeout(() => {
        if (waitMs < ms) runIn(ms - waitMs, i, attempt);
        else perform(i, attempt).catch(() => runIn(2000 * 2 ** attempt, i, attempt + 1));
      }, waitMs);
    };
    for (let i = 0; i < n; i++) runIn((i * DAYS_30_MS) / n, i, 1);
    return {
      play: async () => {
        await play(clock);
      },
      attempts: () => attempts,
    };
  };
}
