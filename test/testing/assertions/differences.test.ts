import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dataDifferences } from "../../../src/testing/assertions/differences.ts";
import { matchesData } from "../../../src/testing/match.ts";

const lines = (expected: unknown, actual: unknown, exact = false): string[] =>
  dataDifferences(expected, actual, exact).map(
    ({ field, actual: got, expected: wanted }) => `${field}: ${got}, not ${wanted}`,
  );

describe("dataDifferences", () => {
  it("names the path of each value that is another", () => {
    expect(
      lines(
        { user: { name: "Ada", "date of birth": "1815" }, items: [{ sku: "a", n: 1 }] },
        { user: { name: "Bob", "date of birth": "1816" }, items: [{ sku: "b", n: 1 }] },
      ),
    ).toEqual([
      'data.user.name: "Bob", not "Ada"',
      'data.user["date of birth"]: "1816", not "1815"',
      'data.items[0].sku: "b", not "a"',
    ]);
  });

  it("tells what is missing, what is there and was not to be, and what is of another kind", () => {
    expect(lines({ a: 1 }, {})).toEqual(["data.a: nothing, not 1"]);
    expect(lines({ a: undefined }, { a: 1 })).toEqual(["data.a: 1, not nothing"]);
    expect(lines({ a: { b: 1 } }, { a: null })).toEqual(["data.a: null, not { b: 1 }"]);
    expect(lines({ a: [1] }, { a: { 0: 1 } })).toEqual(['data.a: { "0": 1 }, not [1]']);
  });

  it("tells the length of lists and what differs in the part they share", () => {
    expect(lines({ tags: ["a", "b"] }, { tags: ["x"] })).toEqual([
      "data.tags.length: 1, not 2",
      'data.tags[0]: "x", not "a"',
    ]);
  });

  it("tells what is too much only where all is asked", () => {
    expect(lines({ a: 1 }, { a: 1, b: 2 })).toEqual([]);
    expect(lines({ a: 1 }, { a: 1, b: 2 }, true)).toEqual(["data.b: 2, not nothing"]);
  });

  it("stops at fifty", () => {
    const many = Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`key${index}`, index]));

    expect(lines(many, {})).toHaveLength(50);
  });

  it("finds a difference exactly where data does not match", () => {
    const json = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.jsonValue({ maxDepth: 3 }));

    fc.assert(
      fc.property(json, json, fc.boolean(), (expected, actual, exact) => {
        expect(lines(expected, actual, exact).length === 0).toBe(matchesData(expected, actual, exact));
      }),
    );
    fc.assert(
      fc.property(json, fc.boolean(), (data, exact) => {
        expect(lines(data, data, exact)).toEqual([]);
      }),
    );
  });
});
