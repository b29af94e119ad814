import sinon from "sinon";
import { describe, expect, it } from "vitest";
import { defineJob, InvalidOptionError } from "../../src/index.ts";
import { createTestKit } from "../../src/testing/kit.ts";
import { matchesData, requireMatchable } from "../../src/testing/match.ts";

describe("matchesData", () => {
  it.each([
    [{}, { a: 1 }],
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: { b: 1 } }, { a: { b: 1, c: 2 } }],
    [{ a: [{ b: 1 }] }, { a: [{ b: 1, c: 2 }] }],
    [{ a: -0 }, { a: 0 }],
    [{ a: undefined }, {}],
    [{ a: expect.any(Number) }, { a: 1 }],
    [{ a: sinon.match.number }, { a: 1 }],
    [expect.objectContaining({ a: 1 }), { a: 1, b: 2 }],
    [sinon.match({ a: 1 }), { a: 1, b: 2 }],
    [(data: { a: number }) => data.a === 1, { a: 1 }],
  ])("takes %j for %j", (expected, actual) => {
    expect(matchesData(expected, actual)).toBe(true);
  });

  it.each([
    [{ a: 1 }, {}],
    [{ a: 1 }, { a: "1" }],
    [{ a: null }, {}],
    [{ a: undefined }, { a: null }],
    [{ a: [1] }, { a: [1, 2] }],
    [{ a: [] }, { a: {} }],
    [{ a: {} }, { a: [] }],
    [{ a: {} }, { a: null }],
    [{ a: expect.any(String) }, { a: 1 }],
    [{ a: sinon.match.string }, {}],
    [{ toString: expect.anything() }, {}],
    [(data: { a: number }) => data.a === 2, { a: 1 }],
  ])("does not take %j for %j", (expected, actual) => {
    expect(matchesData(expected, actual)).toBe(false);
  });

  it("asks for no more and no less where it is to be exact, at any depth", () => {
    expect(matchesData({ a: { b: 1 } }, { a: { b: 1 } }, true)).toBe(true);
    expect(matchesData({ a: { b: 1 } }, { a: { b: 1, c: 2 } }, true)).toBe(false);
    expect(matchesData({ a: 1, b: undefined }, { a: 1 }, true)).toBe(true);
    expect(matchesData({ a: 1, b: undefined }, { a: 1, b: 2 }, true)).toBe(false);
  });

  it("refuses a predicate that answers neither true nor false", () => {
    expect(() => matchesData(() => undefined, {})).toThrow(InvalidOptionError);
    expect(() => matchesData(async () => true, {})).toThrow("expected true or false");
  });
});

describe("requireMatchable", () => {
  it.each([
    [undefined],
    [{}],
    [{ a: [1, { b: null }], c: undefined }],
    [{ a: expect.any(Date) }],
    [expect.anything()],
    [() => true],
  ])("lets %j be", (expected) => {
    expect(() => requireMatchable(expected)).not.toThrow();
  });

  it("refuses a cycle", () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;

    expect(() => requireMatchable(cycle)).toThrow("the data to match at $.self");
  });
});

describe("kit.enqueued and kit.pending", () => {
  it("refuse data that no job can have, instead of finding nothing", async () => {
    const kit = await createTestKit({ jobs: [defineJob("Sync", {}, (_data: { at: string }) => undefined)] });

    const wrong = { at: new Date(0) } as unknown as { at: string }; // `as`: the mistake that is told

    await expect(kit.enqueued(undefined, wrong)).rejects.toThrow("not a Date");
    await expect(kit.pending(undefined, wrong)).rejects.toThrow("not a Date");
    await kit.dispose();
  });
});
