import { describe, expect, it } from "vitest";
import { brand, hasBrand, isInstance } from "../../src/job/brand.ts";

class Marked {}
brand(Marked.prototype, "test/marked");
class Below extends Marked {}

/** What another copy of the package would have made. */
class MarkedCopy {}
brand(MarkedCopy.prototype, "test/marked");

describe("hasBrand", () => {
  it("knows the instances of a marked class, of its subclasses and of other copies", () => {
    for (const value of [new Marked(), new Below(), new MarkedCopy()])
      expect(hasBrand(value, "test/marked")).toBe(true);
  });

  it("knows an instance that can be called, as instanceof does", () => {
    const callable = Object.setPrototypeOf(() => {}, Marked.prototype);

    expect(callable).toBeInstanceOf(Marked);
    expect(hasBrand(callable, "test/marked")).toBe(true);
  });

  it("knows nothing else", () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error("no");
        },
      },
    );
    const others = [
      {},
      { "wheelwright/brand/test/marked": true },
      Marked,
      null,
      undefined,
      1,
      "text",
      Symbol("s"),
      hostile,
    ];

    for (const value of others) expect(hasBrand(value, "test/marked")).toBe(false);
    expect(hasBrand(new Marked(), "test/other")).toBe(false);
  });

  it("shows in no listing of an instance's properties", () => {
    expect(Reflect.ownKeys(new Marked())).toEqual([]);
    expect(Object.keys(Marked.prototype)).toEqual([]);
  });
});

describe("isInstance", () => {
  it("asks a marked class by brand", () => {
    expect(isInstance(Marked, "test/marked", new MarkedCopy())).toBe(true);
    expect(isInstance(Marked, "test/marked", {})).toBe(false);
  });

  it("asks a subclass as usual, for it has no mark of its own", () => {
    expect(isInstance(Below, "test/marked", new Below())).toBe(true);
    expect(isInstance(Below, "test/marked", new Marked())).toBe(false);
    expect(isInstance(Below, "test/marked", new MarkedCopy())).toBe(false);
  });
});
