import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WakeRank } from "../../src/clock/clock.ts";
import { TestClock } from "../../src/clock/test-clock.ts";
import { InvalidOptionError } from "../../src/job/errors.ts";
import { always } from "../always.ts";

const START = Date.UTC(2030, 0, 1);
const at = (ms: number): Date => new Date(START + ms);
const passed = (clock: TestClock): number => clock.now().getTime() - START;

describe("TestClock", () => {
  it("stands still until it is moved", () => {
    const clock = new TestClock(at(0));

    expect(clock.now()).toEqual(at(0));
    clock.moveTo(at(5));
    expect(clock.now()).toEqual(at(5));
    clock.moveTo(at(5));
    expect(clock.now()).toEqual(at(5));
  });

  it("is not moved by changing a Date it took or gave", () => {
    const start = at(0);
    const clock = new TestClock(start);

    start.setTime(0);
    clock.now().setTime(0);

    expect(clock.now()).toEqual(at(0));
  });

  it("wakes each sleeper at its own instant on the way, and only those that are due", () => {
    const clock = new TestClock(at(0));
    const woken: string[] = [];
    for (const ms of [30, 10, 20, 21]) clock.wakeAt(at(ms), () => woken.push(`${ms} at ${passed(clock)}`));

    clock.moveTo(at(20));

    expect(woken).toEqual(["10 at 10", "20 at 20"]);
    expect(passed(clock)).toBe(20);
    expect(clock.nextWakeAt()).toEqual(at(21));
  });

  it("R40 wakes in order of instant, then rank, then call", () => {
    const clock = new TestClock(at(0));
    const woken: string[] = [];
    const sleep = (ms: number, rank: WakeRank | undefined, name: string) =>
      clock.wakeAt(at(ms), () => woken.push(name), rank === undefined ? {} : { rank });

    sleep(10, "poll", "10 poll");
    sleep(10, undefined, "10 poll by default");
    sleep(10, "timeout", "10 timeout");
    sleep(10, "sleep", "10 sleep, first call");
    sleep(10, "sleep", "10 sleep, second call");
    sleep(5, "poll", "5 poll");
    clock.moveTo(at(10));

    expect(woken).toEqual([
      "5 poll",
      "10 sleep, first call",
      "10 sleep, second call",
      "10 timeout",
      "10 poll",
      "10 poll by default",
    ]);
  });

  it("R40 wakes any sleepers in that order, however they are added, cancelled and passed", () => {
    const sleepers = fc.array(
      fc.record({
        ms: fc.integer({ min: 0, max: 30 }),
        rank: fc.constantFrom("sleep" as const, "timeout" as const, "poll" as const),
        cancelled: fc.boolean(),
      }),
      { maxLength: 60 },
    );
    const moves = fc.array(fc.integer({ min: 0, max: 10 }), { maxLength: 8 });

    always(
      fc.property(sleepers, moves, (added, steps) => {
        const clock = new TestClock(at(0));
        const woken: { call: number; at: number }[] = [];
        const cancels = added.map(({ ms, rank }, call) =>
          clock.wakeAt(at(ms), () => woken.push({ call, at: passed(clock) }), { rank }),
        );
        for (const [call, { cancelled }] of added.entries()) if (cancelled) cancels[call]?.();

        let target = 0;
        for (const step of steps) {
          target += step;
          clock.moveTo(at(target));
        }

        const ranks = { sleep: 0, timeout: 1, poll: 2 };
        const due = [...added.entries()]
          .filter(([, { ms, cancelled }]) => ms <= target && !cancelled && steps.length > 0)
          .sort(([i, a], [j, b]) => a.ms - b.ms || ranks[a.rank] - ranks[b.rank] || i - j);
        expect(woken).toEqual(due.map(([call, { ms }]) => ({ call, at: ms })));
      }),
    );
  });

  it("wakes within the same move whoever is added by one who was woken, at the same instant too", () => {
    const clock = new TestClock(at(0));
    const woken: string[] = [];
    clock.wakeAt(at(10), () => {
      woken.push("first");
      clock.wakeAt(at(10), () => woken.push(`same instant at ${passed(clock)}`));
      clock.wakeAt(at(3), () => woken.push(`in the past at ${passed(clock)}`), { rank: "poll" });
      clock.wakeAt(at(12), () => woken.push(`later at ${passed(clock)}`));
    });
    clock.wakeAt(at(10), () => woken.push("second"));
    clock.wakeAt(at(12), () => woken.push("twelve"));

    clock.moveTo(at(20));

    expect(woken).toEqual(["first", "second", "same instant at 10", "in the past at 10", "twelve", "later at 12"]);
  });

  it("BM-246 BM-251 is fair to those that wait for the same instant as one who comes again and again", () => {
    const clock = new TestClock(at(0));
    const woken: number[] = [];
    const again = (turn: number): void => {
      woken.push(turn);
      if (turn < 1000) clock.wakeAt(at(turn % 2 === 0 ? 0 : 10), () => again(turn + 1));
      if (turn % 100 === 0) clock.wakeAt(at(10), () => woken.push(-turn));
    };
    clock.wakeAt(at(10), () => again(1));

    clock.moveTo(at(10));

    // Each one that was added at turn n is woken before turn n + 2.
    const others = woken.filter((turn) => turn < 0);
    expect(others).toHaveLength(10);
    for (const other of others) expect(woken.indexOf(other)).toBeLessThan(woken.indexOf(-other) + 3);
  });

  it("wakes nobody before the call of wakeAt has returned, nor without being moved", () => {
    const clock = new TestClock(at(0));
    let woken = false;

    clock.wakeAt(at(-5), () => {
      woken = true;
    });

    expect(woken).toBe(false);
    expect(clock.wakeNext()).toBe(true);
    expect(woken).toBe(true);
  });

  it("cancels, before and after, once and twice", () => {
    const clock = new TestClock(at(0));
    const woken: string[] = [];
    const cancel = clock.wakeAt(at(5), () => woken.push("cancelled"));
    const late = clock.wakeAt(at(5), () => woken.push("woken"));
    const inside = clock.wakeAt(at(7), () => woken.push("cancelled by another"));
    clock.wakeAt(at(7), () => inside(), { rank: "sleep" });

    cancel();
    cancel();
    clock.moveTo(at(10));
    late();
    late();

    expect(woken).toEqual(["woken"]);
    expect(clock.nextWakeAt()).toBeNull();
  });

  it("forgets cancelled sleepers, thousands of them", () => {
    const clock = new TestClock(at(0));
    const cancels = Array.from({ length: 5000 }, (_, index) => clock.wakeAt(at(index + 1), () => expect.unreachable()));
    let woken = 0;
    clock.wakeAt(at(2500), () => woken++);

    for (const cancel of cancels) cancel();

    expect(clock.nextWakeAt()).toEqual(at(2500));
    clock.moveTo(at(10_000));
    expect(woken).toBe(1);
  });

  it.each([
    ["before now", at(4)],
    ["invalid", new Date(Number.NaN)],
    ["a number", START + 10],
    ["a text", "2030-01-01"],
    ["nothing", undefined],
  ])("BM-248 refuses to move to an instant that is %s, and stays where it is", (_, date) => {
    const clock = new TestClock(at(5));
    clock.wakeAt(at(4), () => expect.unreachable());

    expect(() => clock.moveTo(date as Date)).toThrow(InvalidOptionError);
    expect(passed(clock)).toBe(5);
  });

  it("says by how much a move would go back", () => {
    const clock = new TestClock(at(5));

    expect(() => clock.moveTo(at(4))).toThrow(
      "moveTo's date is 2030-01-01T00:00:00.004Z; expected an instant not before the clock's 2030-01-01T00:00:00.005Z.",
    );
  });

  it("refuses an invalid Date wherever it takes one", () => {
    const clock = new TestClock(at(0));
    const never = new Date(Number.NaN);

    expect(() => new TestClock(never)).toThrow("TestClock's start is an invalid Date; expected a valid Date.");
    expect(() => clock.wakeAt(never, () => {})).toThrow("wakeAt's date is an invalid Date");
    expect(() => clock.set(never)).toThrow("set's date is an invalid Date");
    expect(clock.nextWakeAt()).toBeNull();
  });

  it("reaches to both ends of time", () => {
    const clock = new TestClock(new Date(-8.64e15));
    let woken = 0;
    clock.wakeAt(new Date(8.64e15), () => woken++);

    clock.moveTo(new Date(8.64e15));

    expect(woken).toBe(1);
  });

  it("never goes back when one who is woken moves it further, and wakes nobody twice", () => {
    const clock = new TestClock(at(0));
    const woken: string[] = [];
    clock.wakeAt(at(5), () => {
      woken.push("5");
      clock.moveTo(at(20));
    });
    for (const ms of [7, 20, 25]) clock.wakeAt(at(ms), () => woken.push(`${ms} at ${passed(clock)}`));

    clock.moveTo(at(10));

    expect(woken).toEqual(["5", "7 at 7", "20 at 20"]);
    expect(passed(clock)).toBe(20);
  });

  it("goes on after one who was woken has thrown", () => {
    const clock = new TestClock(at(0));
    const woken: number[] = [];
    clock.wakeAt(at(5), () => {
      throw new Error("woken badly");
    });
    clock.wakeAt(at(5), () => woken.push(5));

    expect(() => clock.moveTo(at(10))).toThrow("woken badly");
    clock.moveTo(at(10));

    expect(woken).toEqual([5]);
  });
});

describe("set", () => {
  it("puts the time back or forth and wakes nobody; they are woken by the next move, in order", () => {
    const clock = new TestClock(at(0));
    const woken: string[] = [];
    for (const ms of [20, 10]) clock.wakeAt(at(ms), () => woken.push(`${ms} at ${passed(clock)}`));

    clock.set(at(100));
    expect(woken).toEqual([]);
    expect(clock.nextWakeAt()).toEqual(at(10));

    clock.moveTo(at(100));
    expect(woken).toEqual(["10 at 100", "20 at 100"]);

    clock.set(at(-1000));
    expect(passed(clock)).toBe(-1000);
  });
});

describe("wakeNext", () => {
  it("wakes one that is due, and tells whether there was one", () => {
    const clock = new TestClock(at(0));
    const woken: string[] = [];
    clock.wakeAt(at(0), () => woken.push("a"));
    clock.wakeAt(at(0), () => woken.push("b"));
    clock.wakeAt(at(1), () => woken.push("c"));

    expect([clock.wakeNext(), [...woken]]).toEqual([true, ["a"]]);
    expect([clock.wakeNext(), [...woken]]).toEqual([true, ["a", "b"]]);
    expect([clock.wakeNext(), [...woken]]).toEqual([false, ["a", "b"]]);
  });
});
