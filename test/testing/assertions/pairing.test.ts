import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pair } from "../../../src/testing/assertions/pairing.ts";

describe("pair", () => {
  it("gives the one job that only a later expectation fits to that one", () => {
    expect(pair([[0, 1], [0]])).toEqual([1, 0]);
  });

  it("leaves out what cannot be paired", () => {
    expect(pair([[0], [0], []])).toEqual([0, undefined, undefined]);
  });

  it("never pairs a job twice, and as many as any other pairing", () => {
    const candidates = fc.array(fc.uniqueArray(fc.nat({ max: 4 }), { maxLength: 5 }), { maxLength: 5 });

    fc.assert(
      fc.property(candidates, (lists) => {
        const pairs = pair(lists);

        const used = pairs.filter((job) => job !== undefined);
        expect(new Set(used).size).toBe(used.length);
        pairs.forEach((job, index) => {
          if (job !== undefined) expect(lists[index]).toContain(job);
        });
        expect(used).toHaveLength(largest(lists, new Set()));
      }),
    );
  });
});

/** Tries every pairing. */
function largest(lists: readonly (readonly number[])[], used: ReadonlySet<number>): number {
  const [first, ...rest] = lists;
  if (first === undefined) return 0;
  const free = first.filter((job) => !used.has(job));
  return Math.max(largest(rest, used), ...free.map((job) => 1 + largest(rest, new Set([...used, job]))));
}
