// An app as production wires it (createJobs, no kit), on a memory store, with a clock that the test moves.

import { setImmediate } from "node:timers/promises";
import {
  createJobs,
  type Duration,
  type JobEvent,
  type JobEventType,
  type JobStore,
  type Jobs,
  type JobsOptions,
  MemoryJobStore,
  TestClock,
} from "wheelwright";
import { durationMs } from "../../src/job/duration.ts";

/** When every app's clock starts. */
export const START: Date = new Date("2030-01-01T00:00:00.000Z");

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface App {
  readonly jobs: Jobs;
  readonly store: JobStore;
  readonly clock: TestClock;
  /** What was logged, by handlers and by the engine. */
  readonly lines: LogLine[];
  /** What the clock says, in milliseconds since START. */
  elapsed(): number;
  /** Moves the clock from one waking to the next, and lets everybody woken go on until they wait again. */
  advance(duration: Duration): Promise<void>;
  /** Collects the events of these types from now on. */
  record(...types: JobEventType[]): JobEvent[];
}

export type AppOptions = Omit<JobsOptions, "store" | "clock" | "logger"> &
  Partial<Pick<JobsOptions, "store" | "logger">> & { readonly clock?: TestClock };

export function anApp(options: AppOptions): App {
  const { clock = new TestClock(START), store = new MemoryJobStore() } = options;
  const lines: LogLine[] = [];
  const jobs = createJobs({ logger: logInto(lines), ...options, clock, store });
  return {
    jobs,
    store,
    clock,
    lines,
    elapsed: () => clock.now().getTime() - START.getTime(),
    advance: (duration) => advance(clock, duration),
    record(...types) {
      const events: JobEvent[] = [];
      for (const type of types) jobs.on(type, (event) => events.push(event));
      return events;
    },
  };
}

/** Lets everything go on that waits for nothing but promises. No time passes. */
export async function turn(): Promise<void> {
  await setImmediate();
}

async function advance(clock: TestClock, duration: Duration): Promise<void> {
  const target = new Date(clock.now().getTime() + durationMs(duration, "advance's duration"));
  for (;;) {
    await turn();
    const next = clock.nextWakeAt();
    if (next === null || next > target) break;
    clock.moveTo(next > clock.now() ? next : clock.now()); // A clock that was set has left some behind.
  }
  clock.moveTo(target);
  await turn();
}

function logInto(lines: LogLine[]): JobsOptions["logger"] {
  const at = (level: LogLine["level"]) => (message: string, fields: Readonly<Record<string, unknown>>) => {
    lines.push({ level, message, fields });
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
