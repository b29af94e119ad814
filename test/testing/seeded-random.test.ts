// Randomness that a seed repeats (R39): what ids, jitter and order in a kit are made of.

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/testing/seeded-random.ts";
import { always } from "../always.ts";
import { aKit, aTellingJob, NOON } from "./a-kit.ts";

const aSeed = fc.oneof(fc.integer(), fc.string());

function numbers(seed: number | string, count = 50): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random());
}

describe("seededRandom", () => {
  it("gives the same numbers for the same seed, all of them in [0, 1)", () => {
    always(
      fc.property(aSeed, (seed) => {
        expect(numbers(seed)).toEqual(numbers(seed));
        expect(numbers(seed).every((number) => number >= 0 && number < 1)).toBe(true);
      }),
    );
  });

  it("gives other numbers for another seed, however near", () => {
    always(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), (seed) => {
        expect(numbers(seed, 5)).not.toEqual(numbers(seed + 1, 5));
      }),
    );
  });

  it("spreads its numbers evenly", () => {
    const counts = new Array<number>(10).fill(0);
    for (const number of numbers("even", 100_000))
      counts[Math.floor(number * 10)] = (counts[Math.floor(number * 10)] ?? 0) + 1;

    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThan(600); // Six times the standard deviation.
  });
});

describe("createTestKit({ seed })", () => {
  it("R39 gives ids of its own to each seed, with time bits from 2030 plus the time advanced", async () => {
    const { job } = aTellingJob();
    const idsOf = async (seed: number | undefined): Promise<string[]> => {
      const kit = await aKit([job], seed === undefined ? { now: NOON } : { seed, now: NOON });
      const first = await kit.run(() => job.enqueue({ name: "a" }));
      await kit.advance("1h");
      const second = await kit.run(() => job.enqueue({ name: "b" }));
      return [first.id, second.id];
    };

    const [one, again, other, unseeded] = [await idsOf(1), await idsOf(1), await idsOf(2), await idsOf(undefined)];

    expect(again).toEqual(one);
    expect(unseeded).toEqual(one); // A fixed seed unless one is given.
    expect(other).not.toEqual(one);
    const millisecondsOf = (id = ""): number => Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);
    expect(one.map(millisecondsOf)).toEqual([Date.UTC(2030, 0, 1), Date.UTC(2030, 0, 1, 1)]);
  });
});
