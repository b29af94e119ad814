import { randomFillSync } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createIdSource, type IdSource } from "../../src/job/id.ts";
import { always } from "../always.ts";

const NOW = Date.UTC(2030, 0, 1);
const V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function systemSource(): IdSource {
  return createIdSource((bytes) => {
    randomFillSync(bytes);
  });
}

/** Bytes that can be known beforehand. */
function constantSource(byte: number): IdSource {
  return createIdSource((bytes) => bytes.fill(byte));
}

function timeOf(id: string): number {
  return Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);
}

/** The 26 bits between version and variant that count within a millisecond (RFC 9562, section 6.2, method 1). */
function counterOf(id: string): number {
  const digits = id.replaceAll("-", "");
  return Number((BigInt(`0x${digits.slice(13, 16)}`) << 14n) | (BigInt(`0x${digits.slice(16, 20)}`) & 0x3fffn));
}

describe("createIdSource", () => {
  it("R7 makes UUIDs of version 7, laid out as RFC 9562 says", () => {
    always(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (now) => {
        const id = systemSource().next(now);

        expect(id).toMatch(V7);
        expect(timeOf(id)).toBe(now);
      }),
    );
  });

  it("R7 writes time, counter and random bits where they belong", () => {
    expect(constantSource(0x00).next(0x0123456789ab)).toBe("01234567-89ab-7000-8000-000000000000");
    expect(constantSource(0xff).next(0x0123456789ab)).toBe("01234567-89ab-77ff-bffe-ffffffffffff");
    expect(constantSource(0x5a).next(0x0123456789ab)).toBe("01234567-89ab-72d2-b4b4-5a5a5a5a5a5a");
    expect(constantSource(0xff).next(0)).toBe("00000000-0000-77ff-bffe-ffffffffffff");
    expect(constantSource(0xff).next(1)).toBe("00000000-0001-77ff-bffe-ffffffffffff");
  });

  it("R7 is monotonic and unique over 100,000 ids, in one millisecond and in many", () => {
    const ids = systemSource();

    const made = Array.from({ length: 100_000 }, (_, index) => ids.next(NOW + Math.floor(index / 997)));

    expect(new Set(made).size).toBe(made.length);
    expect(made.every((id, index) => index === 0 || id > (made[index - 1] as string))).toBe(true); // `as`: there is one before
  });

  it("R7 stays monotonic and unique while the clock steps back and forth", () => {
    always(
      fc.property(fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 50 }), (steps) => {
        const ids = systemSource();
        let now = NOW;

        const made = steps.map((step) => {
          now += step;
          return ids.next(now);
        });

        expect(made).toEqual([...new Set(made)].sort());
        expect(made.map(timeOf)).toEqual(made.map((_, index) => Math.max(...presents(steps).slice(0, index + 1))));
      }),
    );
  });

  it("counts up by one within a millisecond, from a new place in each", () => {
    const ids = systemSource();

    const [a, b, c] = [ids.next(NOW), ids.next(NOW), ids.next(NOW - 1000)].map(counterOf) as [number, number, number];
    const starts = new Set(Array.from({ length: 50 }, (_, index) => counterOf(ids.next(NOW + 1 + index))));

    expect([b - a, c - b]).toEqual([1, 1]);
    expect(a).toBeLessThan(2 ** 25);
    expect(starts.size).toBeGreaterThan(45);
  });

  it("R7 goes on in the next millisecond when the counter is full", () => {
    const ids = createIdSource((bytes) => bytes.fill(0xff), 2 ** 25); // The first id's counter is 2^25 − 2.

    const made = [ids.next(NOW), ids.next(NOW), ids.next(NOW)];

    expect(made.map(timeOf)).toEqual([NOW, NOW, NOW + 1]);
    expect(made).toEqual([...made].sort());
  });

  it("R39 makes the same ids from the same bytes", () => {
    const seeded = (): string[] => {
      let state = 7;
      const ids = createIdSource((bytes) => {
        for (let index = 0; index < bytes.length; index++) bytes[index] = state = (state * 73 + 11) % 256;
      });
      return Array.from({ length: 1000 }, (_, index) => ids.next(NOW + (index % 3)));
    };

    expect(seeded()).toEqual(seeded());
  });

  it("takes new random bytes for every id", () => {
    const ids = systemSource();

    const tails = Array.from({ length: 5000 }, () => ids.next(NOW).slice(24));

    expect(new Set(tails).size).toBe(tails.length);
  });

  it("stays monotonic where time is before 1970, past 48 bits, or nothing at all", () => {
    const ids = systemSource();

    const made = [-8.64e15, -1, Number.NaN, 0, 5, 2 ** 48 - 1, 2 ** 48, 8.64e15, 5].map((now) => ids.next(now));

    expect(made).toEqual([...new Set(made)].sort());
    for (const id of made) expect(id).toMatch(V7);
  });
});

function presents(steps: readonly number[]): number[] {
  let now = NOW;
  return steps.map((step) => (now += step));
}
