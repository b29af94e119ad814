import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Duration, durationMs, formatDuration, secondsOrDurationMs } from "../../src/job/duration.ts";
import { InvalidDurationError, InvalidOptionError } from "../../src/job/errors.ts";
import { always } from "../always.ts";
import { timesAsLong } from "../growth.ts";

describe("durationMs", () => {
  it.each<[Duration, number]>([
    ["5m", 300_000],
    ["1h 30m", 5_400_000],
    ["3s 999ms", 3_999],
    ["1d", 86_400_000],
    ["2d3h4m5s6ms", 183_845_006],
    ["1.5h", 5_400_000],
    ["0.1s", 100],
    ["1.005s", 1005],
    ["12.25 m", 735_000],
    ["0s", 0],
    ["  5 m  ", 300_000],
    ["90m", 5_400_000],
    ["0.6ms", 1],
    [{ minutes: 5 }, 300_000],
    [{ days: 1, hours: 2, minutes: 3, seconds: 4, milliseconds: 5 }, 93_784_005],
    [{ seconds: 0 }, 0],
    [{ seconds: 1.5, minutes: undefined }, 1500],
  ])("reads %o", (duration, ms) => {
    expect(durationMs(duration, "lease")).toBe(ms);
  });

  it.each<unknown>([
    "",
    " ",
    "5",
    "m",
    "-5m",
    "5 minutes",
    "about 5m",
    "5M",
    "1h, 5m",
    "1h-5m",
    ".5s",
    "5.s",
    "1e3s",
    "Infinitys",
    `${"9".repeat(400)}d`,
    {},
    { minutes: undefined },
    { minutes: -1 },
    { minutes: 5, seconds: -1 },
    { minutes: Number.NaN },
    { minutes: Number.NaN, seconds: 5 },
    { seconds: 5, minutes: Number.NaN },
    { seconds: Number.POSITIVE_INFINITY },
    { seconds: 1.7e308, minutes: 1.7e308 },
    { minute: 5 },
    { toString: 5, seconds: 5 },
    { seconds: "5" },
    [5],
    null,
    undefined,
    new Date(0),
    true,
    5n,
  ])("refuses %o", (duration) => {
    expect(() => durationMs(duration as Duration, "lease")).toThrow(InvalidDurationError);
    expect(() => durationMs(duration as Duration, "lease")).toThrow(
      /^lease is .+, which is no duration\. Write "5m", "1h 30m"/,
    );
  });

  it("refuses a bare number, which has no unit, as a TypeError that says what to write", () => {
    const refused = () => durationMs(5 as never, "lease");

    expect(refused).toThrow(TypeError);
    expect(refused).toThrow(
      'lease is 5, which is no duration. A bare number has no unit: write "5s" for seconds or "5ms" for milliseconds.',
    );
    expect(() => durationMs(-5 as never, "lease")).toThrow(
      "lease is -5, which is no duration. Write a length of time that is not negative",
    );
    expect(() => durationMs(Number.NaN as never, "lease")).toThrow("Write a length of time that is not negative");
  });

  it("BM-248 is whole, finite and never negative, for whatever it does not refuse", () => {
    const amounts = fc.record(
      { days: fc.double(), hours: fc.double(), minutes: fc.double(), seconds: fc.double(), milliseconds: fc.double() },
      { requiredKeys: [] },
    );

    always(
      fc.property(fc.oneof(amounts, fc.string()), (duration) => {
        try {
          const ms = durationMs(duration, "lease");
          expect(ms >= 0 && (Number.isSafeInteger(ms) || ms > Number.MAX_SAFE_INTEGER)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidDurationError);
        }
      }),
    );
  });

  it.each([
    ["units", (length: number) => `${"1s ".repeat(length / 2)}x`],
    ["digits", (length: number) => "1".repeat(length)],
    ["blanks", (length: number) => " ".repeat(length)],
  ])("reads a long text of %s in a time that grows no faster than the text", (_of, ofLength) => {
    const [short, long] = [10_000, 100_000].map((length) => {
      const text = ofLength(length);
      return () => expect(() => durationMs(text, "lease")).toThrow(InvalidDurationError);
    }) as [() => void, () => void]; // `as`: two

    expect(timesAsLong(short, long)).toBeLessThan(40); // Ten times; a hundred where each step looks at the whole.
  });
});

describe("secondsOrDurationMs", () => {
  it.each<[number | Duration, number]>([
    [0, 0],
    [-0, 0],
    [5, 5000],
    [1.005, 1005],
    [0.0004, 0],
    ["5m", 300_000],
    [{ seconds: 2 }, 2000],
  ])("reads %o", (value, ms) => {
    expect(secondsOrDurationMs(value, "delay")).toBe(ms);
  });

  it.each([-1, -0.001, Number.NaN, Number.POSITIVE_INFINITY, 1e306])("R4 refuses %d seconds", (value) => {
    expect(() => secondsOrDurationMs(value, "delay")).toThrow(InvalidOptionError);
    expect(() => secondsOrDurationMs(value, "delay")).toThrow("expected seconds: a finite number, not negative");
  });

  it.each(["soon", null, undefined, {}])("R4 refuses %o", (value) => {
    expect(() => secondsOrDurationMs(value as never, "delay")).toThrow(InvalidDurationError);
  });
});

describe("formatDuration", () => {
  it.each([
    [0, "0s"],
    [-0, "0s"],
    [0.4, "0s"],
    [-0.4, "0s"],
    [999, "999ms"],
    [3999, "3s 999ms"],
    [299_000, "4m 59s"],
    [300_000, "5m"],
    [86_400_000, "1d"],
    [93_784_005, "1d 2h 3m"],
    [-61_000, "-1m 1s"],
    [Number.POSITIVE_INFINITY, "Infinityms"],
  ])("writes %d ms as %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it("writes what durationMs reads back, where three units are enough", () => {
    always(
      fc.property(fc.nat({ max: 86_400_000 * 1000 }), (ms) => {
        const read = durationMs(formatDuration(ms), "lease");

        expect(read).toBeLessThanOrEqual(ms);
        expect(ms - read).toBeLessThan(ms >= 86_400_000 ? 60_000 : ms >= 3_600_000 ? 1000 : 1);
      }),
    );
  });
});
