import fc from "fast-check";
import sinon from "sinon";
import { describe, expect, it } from "vitest";
import { cutMiddle, cutPair, literal } from "../../../src/testing/assertions/literal.ts";

describe("literal", () => {
  it.each([
    [{}, "{}"],
    [[], "[]"],
    [{ to: "ada", n: 1, at: null, ok: true }, '{ to: "ada", n: 1, at: null, ok: true }'],
    [{ "first name": "Ada", list: [1, [2]] }, '{ "first name": "Ada", list: [1, [2]] }'],
    ["a\nb", '"a\\nb"'],
    [-0, "-0"],
    [undefined, "undefined"],
    [new Date(0), "1970-01-01T00:00:00.000Z"],
    [{ to: expect.any(String) }, "{ to: Any<String> }"],
    [{ to: expect.stringContaining("a") }, '{ to: StringContaining "a" }'],
    [{ to: sinon.match.string }, '{ to: typeOf("string") }'],
    [{ asymmetricMatch: () => true }, "a matcher"],
  ])("writes %j", (value, text) => {
    expect(literal(value)).toBe(text);
  });

  it("shortens long strings before it leaves anything out", () => {
    const text = literal({ to: "a".repeat(30), from: "b".repeat(30) }, 60);

    expect(text).toMatchInlineSnapshot(`"{ to: "aaaaaaaaaaaa…aaaaaaa", from: "bbbbbbbbbbbb…bbbbbbb" }"`);
  });

  it("leaves out the last properties where shortening is not enough", () => {
    expect(literal({ to: "ada@example.org", template: "welcome", language: "en" }, 40)).toMatchInlineSnapshot(
      `"{ to: "ada@example.org", … }"`,
    );
  });

  it("leaves out the middle of a long list", () => {
    expect(
      literal(
        Array.from({ length: 1000 }, (_, index) => index),
        80,
      ),
    ).toMatchInlineSnapshot(`"[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 1…980 more …, 996, 997, 998, 999]"`);
  });

  it("shows a cycle once", () => {
    const value: { self?: unknown } = {};
    value.self = value;

    expect(literal(value)).toBe("{ self: … }");
  });

  it("never throws, is never longer than asked, and never ends in half a character", () => {
    fc.assert(
      fc.property(
        fc.anything({ withNullPrototype: true, withDate: true, withMap: true, withSparseArray: true }),
        fc.integer({ min: 10, max: 120 }),
        (value, max) => {
          const text = literal(value, max);

          expect(text.length).toBeLessThanOrEqual(max);
          expect(text.isWellFormed()).toBe(true);
        },
      ),
    );
  });

  it("is soon done with what has a million parts", () => {
    const shared: unknown[] = [];
    let value: unknown = shared;
    for (let depth = 0; depth < 60; depth++) value = [value, value];

    expect(literal(value, 40)).toHaveLength(40);
  });
});

describe("cutMiddle", () => {
  it("keeps the beginning and the end", () => {
    expect(cutMiddle("abcdefghij", 6)).toBe("abc…ij");
    expect(cutMiddle("abc", 3)).toBe("abc");
  });
});

describe("cutPair", () => {
  it("shows where two long texts begin to differ", () => {
    const same = "x".repeat(100);

    expect(cutPair(`${same}A${same}`, `${same}B${same}`, 21)).toMatchInlineSnapshot(`
      [
        "…xxxxxxAxxxxxxxxxxxx…",
        "…xxxxxxBxxxxxxxxxxxx…",
      ]
    `);
    expect(cutPair(same, `${same}tail`, 12)).toMatchInlineSnapshot(`
      [
        "…xxxxxxxxxxx",
        "…xxxxxxxtail",
      ]
    `);
    expect(cutPair("short", "other", 12)).toEqual(["short", "other"]);
  });
});
