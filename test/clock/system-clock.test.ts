import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SystemClock } from "../../src/clock/system-clock.ts";
import { InvalidOptionError } from "../../src/job/errors.ts";

interface Timer {
  readonly fire: () => void;
  readonly ms: number;
  cleared: boolean;
  background: boolean;
}

// The clock takes its timers and its Date when it is loaded, so both are faked before; and it is loaded anew here, and
// after this file, where files share their modules.
const system = vi.hoisted(() => {
  vi.resetModules();
  vi.useFakeTimers({ toFake: ["Date"], now: 0 });
  return { timers: [] as Timer[] };
});

vi.mock("node:timers", () => ({
  setTimeout: (fire: () => void, ms: number) => {
    const timer: Timer = { fire, ms, cleared: false, background: false };
    system.timers.push(timer);
    return Object.assign(timer, {
      unref: () => {
        timer.background = true;
      },
    });
  },
  clearTimeout: (timer: Timer) => {
    timer.cleared = true;
  },
}));

const MAX_TIMER_MS = 2 ** 31 - 1;
const START = Date.UTC(2030, 0, 1);
const at = (ms: number): Date => new Date(START + ms);

/** Lets the newest timer fire, when the system's clock shows `ms`. */
function fireAt(ms: number): void {
  const timer = system.timers.at(-1);
  vi.setSystemTime(at(ms));
  if (timer?.cleared === false) timer.fire();
}

beforeEach(() => {
  system.timers.length = 0;
  vi.setSystemTime(START);
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => {
  vi.useRealTimers();
  vi.resetModules();
});

describe("SystemClock", () => {
  it("tells the system's time", () => {
    vi.setSystemTime(at(5));

    expect(new SystemClock().now()).toEqual(at(5));
  });

  it("wakes once, when the time has come, and not before wakeAt has returned", () => {
    const wake = vi.fn();

    new SystemClock().wakeAt(at(1500), wake);
    expect(system.timers.map((timer) => timer.ms)).toEqual([1500]);
    expect(wake).not.toHaveBeenCalled();

    fireAt(1500);
    expect(wake).toHaveBeenCalledTimes(1);
    expect(system.timers).toHaveLength(1);
  });

  it("takes an instant in the past for now", () => {
    const wake = vi.fn();

    new SystemClock().wakeAt(at(-60_000), wake);

    expect(system.timers.map((timer) => timer.ms)).toEqual([0]);
    expect(wake).not.toHaveBeenCalled();
    fireAt(0);
    expect(wake).toHaveBeenCalledTimes(1);
  });

  it("R46 splits a wait that is longer than a timer can hold", () => {
    const wake = vi.fn();

    new SystemClock().wakeAt(at(2 * MAX_TIMER_MS + 7), wake);
    fireAt(MAX_TIMER_MS);
    fireAt(2 * MAX_TIMER_MS);
    expect(wake).not.toHaveBeenCalled();
    fireAt(2 * MAX_TIMER_MS + 7);

    expect(system.timers.map((timer) => timer.ms)).toEqual([MAX_TIMER_MS, MAX_TIMER_MS, 7]);
    expect(wake).toHaveBeenCalledTimes(1);
  });

  it.each([MAX_TIMER_MS - 1, MAX_TIMER_MS, MAX_TIMER_MS + 1, 8.64e15 - START])(
    "R46 never sets a timer that Node.js would fire at once, for %d ms",
    (ms) => {
      new SystemClock().wakeAt(at(ms), vi.fn());

      expect(system.timers.map((timer) => timer.ms)).toEqual([Math.min(ms, MAX_TIMER_MS)]);
    },
  );

  it("waits on where a timer fires early or the system's clock was put back", () => {
    const wake = vi.fn();

    new SystemClock().wakeAt(at(1000), wake);
    fireAt(999);
    fireAt(-5000);
    expect(wake).not.toHaveBeenCalled();
    fireAt(1000);

    expect(system.timers.map((timer) => timer.ms)).toEqual([1000, 1, 6000]);
    expect(wake).toHaveBeenCalledTimes(1);
  });

  it("BM-150 wakes one who polls all the same when the system's clock was put back an hour", () => {
    const [polls, sleeps] = [vi.fn(), vi.fn()];
    new SystemClock().wakeAt(at(5000), sleeps, { rank: "sleep" });
    const sleeper = system.timers.at(-1);
    new SystemClock().wakeAt(at(5000), polls, { rank: "poll" });

    fireAt(5000 - 3_600_000);
    sleeper?.fire();

    expect(polls).toHaveBeenCalledOnce();
    expect(sleeps).not.toHaveBeenCalled();
  });

  it.each([1, 1000])("BM-150 wakes one who polls in time where the timer is but %d ms early", (ms) => {
    const polls = vi.fn();
    new SystemClock().wakeAt(at(5000), polls, { rank: "poll" });

    fireAt(5000 - ms);
    expect(polls).not.toHaveBeenCalled();
    fireAt(5000);

    expect(polls).toHaveBeenCalledOnce();
  });

  it("R46 wakes one who polls once, at the end of a split wait", () => {
    const polls = vi.fn();
    new SystemClock().wakeAt(at(MAX_TIMER_MS + 5000), polls, { rank: "poll" });

    fireAt(MAX_TIMER_MS);
    expect(polls).not.toHaveBeenCalled();
    fireAt(MAX_TIMER_MS + 5000);

    expect(polls).toHaveBeenCalledOnce();
  });

  it("cancels, in the first part of a split wait and in the last, once and twice", () => {
    const wake = vi.fn();
    const clock = new SystemClock();

    const early = clock.wakeAt(at(MAX_TIMER_MS + 1), wake);
    early();
    early();
    expect(system.timers.map((timer) => timer.cleared)).toEqual([true]);

    const late = clock.wakeAt(at(MAX_TIMER_MS + 1), wake);
    fireAt(MAX_TIMER_MS);
    late();
    expect(system.timers.map((timer) => timer.cleared)).toEqual([true, false, true]);
    fireAt(MAX_TIMER_MS + 1);
    expect(wake).not.toHaveBeenCalled();
  });

  it("keeps the process alive unless told not to, in every part of a split wait", () => {
    const clock = new SystemClock();

    clock.wakeAt(at(5), vi.fn());
    clock.wakeAt(at(MAX_TIMER_MS + 1), vi.fn(), { background: true });
    fireAt(MAX_TIMER_MS);

    expect(system.timers.map((timer) => timer.background)).toEqual([false, true, true]);
  });

  it("refuses what a test's clock refuses", () => {
    const clock = new SystemClock();

    expect(() => clock.wakeAt(new Date(Number.NaN), vi.fn())).toThrow(InvalidOptionError);
    expect(() => clock.wakeAt(START as never, vi.fn())).toThrow(
      "wakeAt's date is 1893456000000; expected a valid Date.",
    );
    expect(system.timers).toEqual([]);
  });
});
