import { describe, expect, it } from "vitest";
import { calledAs, calleeOr, pointed } from "../../src/job/caller.ts";
import { StoreUnavailableError } from "../../src/job/errors.ts";

function outer<T>(work: () => T): T {
  return calledAs(outer, work);
}
function inner<T>(work: () => T): T {
  return calledAs(inner, work);
}
function other(): void {}

describe("calledAs", () => {
  it("makes the outermost function the one that is called, until it returns", () => {
    const callees = outer(() => [inner(() => calleeOr(other)), calleeOr(other)]);

    expect(callees).toEqual([outer, outer]);
    expect(calleeOr(other)).toBe(other);
  });

  it("ends with a throw, too", () => {
    const thrower = () => {
      throw new Error("no");
    };

    expect(() => outer(thrower)).toThrow("no");
    expect(calleeOr(other)).toBe(other);
  });
});

describe("pointed", () => {
  it("lets an error of ours begin with the caller's line, and leaves any other alone", () => {
    const ours = new StoreUnavailableError("gone");
    const theirs = new Error("no");
    const before = [ours.stack, theirs.stack];

    expect(pointed(ours)).toBe(ours);
    expect(ours.stack).toBe(before[0]);
    outer(() => [pointed(ours), pointed(theirs)]);

    expect(ours.stack).not.toMatch(/at (outer|calledAs) /);
    expect(ours.stack).not.toBe(before[0]);
    expect(theirs.stack).toBe(before[1]);
  });
});
