import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exponentialBackoff, MAX_BACKOFF_SECONDS } from "../../src/job/backoff.ts";
import { always } from "../always.ts";

const ATTEMPTS = [...Array(71).keys(), 1022, 1023, 1024, 1025, 1e6, 2 ** 31];
const seconds = fc.oneof(
  fc.constantFrom(0, 0.001, 1, 1e3, 1e15, Number.MAX_SAFE_INTEGER),
  fc.integer({ min: 0, max: 1e9 }).map((ms) => ms / 1000),
);
const attempts = fc.oneof(fc.constantFrom(...ATTEMPTS), fc.nat());

describe("exponentialBackoff", () => {
  it("R21 waits 4, 8, 16, 32 … seconds with the defaults, then the longest delay (BM-065)", () => {
    const waits = [...Array(14).keys()].map((attempt) => exponentialBackoff(attempt, 2, 3600));

    expect(waits).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600]);
  });

  it("R21 multiplies the base, to the millisecond", () => {
    expect(exponentialBackoff(1, 0.001, 3600)).toBe(0.002);
    expect(exponentialBackoff(3, 1.005, 3600)).toBe(8.04);
    expect(exponentialBackoff(1, 0.1, 3600)).toBe(0.2);
    expect(exponentialBackoff(2, 0.3, 3600)).toBe(1.2);
  });

  it.each([0, 1, 1e3, 1e15].flatMap((base) => [0, 1, 6e4, Number.MAX_SAFE_INTEGER].map((max) => [base, max] as const)))(
    "BM-062 is a whole number between 0 and the longest delay for base %d, max %d and any attempt",
    (base, max) => {
      for (const attempt of ATTEMPTS) {
        const wait = exponentialBackoff(attempt, base, max);

        expect(Number.isInteger(wait)).toBe(true);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(max);
        if (base === 0) expect(wait).toBe(0);
      }
    },
  );

  it("R21 is never NaN, negative or infinite, and never longer than the longest delay", () => {
    always(
      fc.property(attempts, seconds, seconds, (attempt, base, max) => {
        const wait = exponentialBackoff(attempt, base, max);

        expect(wait >= 0 && wait <= Math.min(max, MAX_BACKOFF_SECONDS)).toBe(true);
        expect(Math.round(wait * 1000) / 1000).toBe(wait);
      }),
    );
  });

  it("R21 is no nonsense even for arguments that are", () => {
    const odd = fc.double({ noInteger: false });

    always(
      fc.property(odd, odd, odd, (attempt, base, max) => {
        const wait = exponentialBackoff(attempt, base, max);

        expect(wait >= 0 && wait <= MAX_BACKOFF_SECONDS).toBe(true);
      }),
    );
  });

  it("BM-063 never gets shorter from one attempt to the next", () => {
    always(
      fc.property(attempts, seconds, seconds, (attempt, base, max) => {
        expect(exponentialBackoff(attempt + 1, base, max)).toBeGreaterThanOrEqual(
          exponentialBackoff(attempt, base, max),
        );
      }),
    );
  });

  it("BM-067 lets a longest delay below the base win", () => {
    expect(exponentialBackoff(1, 1000, 100)).toBe(100);
    expect(exponentialBackoff(1, 1000, 0)).toBe(0);
  });

  it("R21 is 0 for a base or a longest delay of −0, without its sign", () => {
    expect(exponentialBackoff(1, -0, 3600)).toBe(0);
    expect(exponentialBackoff(1, 2, -0)).toBe(0);
  });

  it("keeps runAt inside the years that stores can hold", () => {
    const wait = exponentialBackoff(2 ** 31, 1e15, Number.MAX_SAFE_INTEGER);

    expect(new Date(Date.UTC(2200, 0, 1) + wait * 1000).getUTCFullYear()).toBe(2300);
  });
});
