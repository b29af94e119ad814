import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { instantMs } from "../../src/clock/instant.ts";
import { InvalidOptionError } from "../../src/job/errors.ts";

describe("instantMs", () => {
  it("is the milliseconds of a Date, of any realm and of any class", () => {
    class Moment extends Date {
      override getTime(): number {
        return Number.NaN; // What it says of itself does not count.
      }
    }

    expect(
      [new Date(-5), new Moment(5), runInNewContext("new Date(7)")].map((date) => instantMs(date, "runAt")),
    ).toEqual([-5, 5, 7]);
  });

  it.each([new Date(Number.NaN), 5, "2030-01-01", null, undefined, {}])("refuses %o", (date) => {
    expect(() => instantMs(date as Date, "runAt")).toThrow(InvalidOptionError);
    expect(() => instantMs(date as Date, "runAt")).toThrow(/^runAt is .+; expected a valid Date\.$/);
  });

  it("refuses what only says that it is a Date", () => {
    expect(() => instantMs({ [Symbol.toStringTag]: "Date", getTime: () => 0 } as unknown as Date, "runAt")).toThrow(
      InvalidOptionError,
    );
  });
});
