import { runInNewContext } from "node:vm";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WheelwrightError } from "../../src/job/errors.ts";
import {
  countOf,
  instantOf,
  maxRetriesOf,
  priorityOf,
  queueOf,
  queuesOf,
  secondsOf,
  textOf,
  timeoutOf,
} from "../../src/job/options.ts";
import { always } from "../always.ts";

const MAX_INT = 2 ** 31 - 1;

describe("priorityOf", () => {
  it("R2 takes an integer of 32 bits", () => {
    for (const priority of [0, 1, -1, MAX_INT, -MAX_INT - 1]) expect(priorityOf(priority, "priority")).toBe(priority);
    expect(Object.is(priorityOf(-0, "priority"), 0)).toBe(true);
  });

  it("R2 reads low, normal and high as −10, 0 and 10", () => {
    expect(["low", "normal", "high"].map((name) => priorityOf(name, "priority"))).toEqual([-10, 0, 10]);
  });

  it.each([
    0.5,
    MAX_INT + 1,
    -MAX_INT - 2,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "urgent",
    "10",
    "toString",
    ["low"],
    "",
    null,
    undefined,
    1n,
    {},
  ])("R4 refuses %o", (priority) => {
    expect(() => priorityOf(priority, "priority")).toThrow(
      'expected an integer of 32 bits, or "low", "normal" or "high".',
    );
  });
});

describe("textOf", () => {
  it("R4 takes 1 to so many characters, of any script", () => {
    for (const text of ["a", "x".repeat(255), "🎉", "شكرا", " ", "'; drop table jobs;--"])
      expect(textOf(text, "uniqueKey", 255)).toBe(text);
  });

  it.each(["", "x".repeat(256), "a\u0000b", "\ud800", "a\udc00", 7, null, undefined, Object("text")])(
    "R4 refuses %j",
    (text) => {
      expect(() => textOf(text, "uniqueKey", 255)).toThrow(
        expect.objectContaining({ code: "INVALID_OPTION", option: "uniqueKey", value: text }),
      );
    },
  );

  it("shows a long text by its beginning", () => {
    expect(() => textOf("x".repeat(10_000), "uniqueKey", 255)).toThrow(
      `uniqueKey is "${"x".repeat(79)}…"; expected a text of 1 to 255 characters`,
    );
  });
});

describe("queueOf", () => {
  it.each([
    "a",
    "x".repeat(100),
    "mail.eu-1",
    "Mail",
    "'; drop table jobs;--",
    'a"b',
    "`",
    "%",
    "_",
    "\\",
    "a b",
    "почта",
  ])("BM-180 takes %j as it is", (queue) => {
    expect(queueOf(queue, "queue")).toBe(queue);
  });

  it.each(["", "x".repeat(101), "a,b", " a", "a\n", " ", "\u0000", "x".repeat(10_000), null, 7])(
    "R4 refuses %j",
    (queue) => {
      expect(() => queueOf(queue, "queue")).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    },
  );
});

describe("maxRetriesOf", () => {
  it("R4 takes an integer from 1", () => {
    for (const attempts of [1, 3, MAX_INT]) expect(maxRetriesOf(attempts, "maxRetries")).toBe(attempts);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, MAX_INT + 1, "3", null, undefined, 3n])(
    "R4 refuses %o",
    (attempts) => {
      expect(() => maxRetriesOf(attempts, "maxRetries")).toThrow("maxRetries is");
    },
  );
});

describe("secondsOf", () => {
  it.each([
    [0, 0],
    [2, 2],
    [0.5, 0.5],
    [1.0004, 1],
    ["5m", 300],
    [{ minutes: 1 }, 60],
  ])("takes %o as %d seconds", (value, seconds) => {
    expect(secondsOf(value, "baseDelay")).toBe(seconds);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, "5", null, undefined, 5n, {}, Symbol("s")])(
    "R4 refuses %o",
    (value) => {
      expect(() => secondsOf(value, "baseDelay")).toThrow(WheelwrightError);
    },
  );
});

describe("timeoutOf", () => {
  it("takes seconds above 0", () => {
    expect([0.001, 300, MAX_INT, "5m"].map((value) => timeoutOf(value, "timeout"))).toEqual([0.001, 300, MAX_INT, 300]);
  });

  it.each([0, 0.0004, -1, MAX_INT + 1, Number.POSITIVE_INFINITY, Number.NaN, null, "0s"])("R4 refuses %o", (value) => {
    expect(() => timeoutOf(value, "timeout")).toThrow(WheelwrightError);
  });
});

describe("instantOf", () => {
  it("R4 takes a Date between the years 1 and 9999, and copies it", () => {
    const runAt = new Date("2030-01-01T00:00:00.001Z");

    const taken = instantOf(runAt, "runAt");
    runAt.setFullYear(2031);

    expect(taken.toISOString()).toBe("2030-01-01T00:00:00.001Z");
    expect(instantOf(new Date("9999-12-31T23:59:59.999Z"), "runAt").getUTCFullYear()).toBe(9999);
    expect(instantOf(new Date("0001-01-01T00:00:00.000Z"), "runAt").getUTCFullYear()).toBe(1);
  });

  it("takes a Date of another realm", () => {
    expect(instantOf(runInNewContext("new Date(5)"), "runAt")).toEqual(new Date(5));
  });

  it.each([
    [
      "an invalid Date",
      new Date(Number.NaN),
      "runAt is an invalid Date; expected a valid Date between the years 1 and 9999.",
    ],
    ["the year 10000 (BM-177)", new Date("+010000-01-01T00:00:00.000Z"), "runAt is +010000-01-01T00:00:00.000Z"],
    ["the last Date of all (BM-177)", new Date(8.64e15), "runAt is +275760-09-13T00:00:00.000Z"],
    ["the year 0", new Date("0000-12-31T23:59:59.999Z"), "runAt is 0000-12-31T23:59:59.999Z"],
    ["a text", "2030-01-01", 'runAt is "2030-01-01"'],
    ["a number", 0, "runAt is 0"],
    ["null", null, "runAt is null"],
    ["what only says it is a Date", { [Symbol.toStringTag]: "Date", getTime: 0 }, "runAt is"],
  ])("R4 refuses %s", (_, value, message) => {
    expect(() => instantOf(value, "runAt")).toThrow(message);
  });
});

describe("queuesOf", () => {
  it("R13 takes a name, a list or a comma list, each queue once", () => {
    expect(queuesOf(undefined, "queue")).toBeUndefined();
    expect(queuesOf("a", "queue")).toEqual(["a"]);
    expect(queuesOf("a, b ,a", "queue")).toEqual(["a", "b"]);
    expect(queuesOf(["b", "a", "b"], "queue")).toEqual(["b", "a"]);
  });

  it.each(["", ",", "a,,b", "a,", [], [""], ["a,b"], [" a"], [null], null, 7, {}, "x".repeat(101)])(
    "refuses %j",
    (value) => {
      expect(() => queuesOf(value as string, "queue")).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    },
  );
});

describe("countOf", () => {
  it("takes a whole number from the least", () => {
    expect(countOf(0, "limit", 0)).toBe(0);
    expect(countOf(Number.MAX_SAFE_INTEGER, "limit", 1)).toBe(Number.MAX_SAFE_INTEGER);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, "3", null, undefined])("refuses %o", (value) => {
    expect(() => countOf(value, "limit", 1)).toThrow("expected a whole number of at least 1.");
  });
});

it("R4 refuses whatever is wrong with an error of this package, never with another", () => {
  const checks: ((value: unknown, what: string) => unknown)[] = [
    priorityOf,
    queueOf,
    maxRetriesOf,
    secondsOf,
    timeoutOf,
    instantOf,
    (value: unknown) => queuesOf(value as string, "queue"),
  ];

  always(
    fc.property(fc.anything(), (value) => {
      for (const check of checks) {
        try {
          check(value, "option");
        } catch (error) {
          expect(error).toBeInstanceOf(WheelwrightError);
        }
      }
    }),
  );
});
