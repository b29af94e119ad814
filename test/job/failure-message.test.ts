import { runInNewContext } from "node:vm";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DiscardJob } from "../../src/job/discard-job.ts";
import { failureMessage, printable } from "../../src/job/failure-message.ts";
import { always } from "../always.ts";
import { timesAsLong } from "../growth.ts";

class QuotaError extends Error {
  override name = "QuotaError";
}

const revoked = Proxy.revocable({}, {});
revoked.revoke();
const revokedFunction = Proxy.revocable(() => {}, {});
revokedFunction.revoke();

const circular: { self?: unknown } = {};
circular.self = circular;

const selfish = new AggregateError([], "all failed");
selfish.errors.push(selfish, selfish, selfish, selfish, selfish);

const THROWN: readonly (readonly [name: string, thrown: unknown, message: string])[] = [
  ["an error", new Error("disk full"), "disk full"],
  ["an error without a message", new TypeError(), "TypeError"],
  ["an error of a class of one's own, without a message", new QuotaError(), "QuotaError"],
  ["an error of another realm", runInNewContext("new RangeError()"), "RangeError"],
  ["an error with a cause", new Error("outer", { cause: new Error("inner") }), "outer"],
  ["an error whose message is no text", Object.assign(new Error("x"), { message: 42 }), "Error"],
  ["an error whose message was taken", Object.assign(new Error("x"), { message: undefined }), "Error"],
  ["null", null, "null was thrown"],
  ["undefined", undefined, "undefined was thrown"],
  ["a text", "no luck", "no luck"],
  ["an empty text", "", "an empty string was thrown"],
  ["a number", 42, "42"],
  ["NaN", Number.NaN, "NaN"],
  ["a BigInt", 7n, "7"],
  ["false", false, "false"],
  ["a symbol", Symbol("why"), "Symbol(why)"],
  ["an object with a message", { message: "teapot", status: 418 }, "teapot"],
  ["an object without one", { status: 418 }, "{ status: 418 }"],
  [
    "a long object, on one line",
    { status: 418, statusText: "I am a teapot", url: "https://example.org/coffee", sentFrom: "the kitchen" },
    "{ status: 418, statusText: 'I am a teapot', url: 'https://example.org/coffee', sentFrom: 'the kitchen' }",
  ],
  ["an object with a name and no message", { name: "n", code: 5 }, "{ name: 'n', code: 5 }"],
  ["an object without a prototype", Object.create(null), "[Object: null prototype] {}"],
  ["an object in a circle", circular, "<ref *1> { self: [Circular *1] }"],
  ["an array", [1, 2], "[ 1, 2 ]"],
  ["a class that was not made", DiscardJob, "DiscardJob itself was thrown; write: throw new DiscardJob(…)"],
  ["a function without a name", () => {}, "a function was thrown"],
  ["a class whose name is no text", Object.defineProperty(class {}, "name", { value: 42 }), "a function was thrown"],
  [
    "an error whose name is no text, by its stack",
    // Not to be enumerated, for whether inspect shows the name then differs between versions of Node.js.
    Object.defineProperties(new Error(""), { name: { value: 42 }, stack: { value: "the stack" } }),
    "[the stack]",
  ],
  ["an error with U+0000 (BM-166)", new Error("a\u0000b"), "a␀b"],
  ["an error with lone surrogates (BM-166)", new Error("a\ud800b\udc00"), "a\ufffdb\ufffd"],
  ["a DOMException", new DOMException("gone", "AbortError"), "gone"],
  [
    "several errors (BM-170)",
    new AggregateError([new Error("a"), "b", null], "all failed"),
    "all failed: [a] [b] [null was thrown]",
  ],
  ["several errors without a message", new AggregateError([new Error("a")]), "AggregateError: [a]"],
  ["an AggregateError of none", new AggregateError([], "none"), "none"],
  ["an AggregateError that holds itself", selfish, `all failed: ${Array(5).fill("[all failed]").join(" ")}`],
  ["an object with errors", { errors: ["a", "b"] }, "several errors: [a] [b]"],
  ["a proxy that was revoked", revoked.proxy, "<Revoked Proxy>"],
];

describe("failureMessage", () => {
  it.each(THROWN)("R22 tells %s", (_, thrown, message) => {
    expect(failureMessage(thrown)).toBe(message);
  });

  it("R26 tells a message whatever the value's getters do", () => {
    const thrower = {
      get(): never {
        throw new Error("never");
      },
    };
    const hostile = Object.defineProperties({}, { message: thrower, name: thrower, errors: thrower });
    const half = Object.defineProperties(new Error("the message"), { errors: thrower, name: thrower });
    const listing = Object.defineProperty(new Error("the message"), "errors", {
      value: [Object.defineProperty({}, "message", thrower), new Proxy([], { get: thrower.get })],
    });

    expect(failureMessage(hostile)).not.toBe("");
    expect(failureMessage(half)).toBe("the message");
    expect(failureMessage(listing)).toMatch(/^the message: \[.+] \[.+]$/);
    expect(failureMessage(new Proxy({}, { get: thrower.get }))).not.toBe("");
    expect(failureMessage(revokedFunction.proxy)).not.toBe("");
    const unshowable = { [Symbol.for("nodejs.util.inspect.custom")]: thrower.get };
    expect(failureMessage(unshowable)).toBe("an error that cannot be shown");
    expect(failureMessage(new AggregateError(["a", unshowable], "all failed"))).toBe(
      "all failed: [a] [an error that cannot be shown]",
    );
  });

  it("R22 R26 gives a message fit for every store, whatever was thrown", () => {
    always(
      fc.property(
        fc.anything({ withBigInt: true, withMap: true, withNullPrototype: true, withSparseArray: true }),
        (thrown) => {
          for (const value of [thrown, { message: thrown }, new AggregateError([thrown], String(thrown === null))]) {
            const message = failureMessage(value);

            expect(message).not.toBe("");
            expect(message.length).toBeLessThanOrEqual(1000);
            expect(message.isWellFormed()).toBe(true);
            expect(message).not.toContain("\u0000");
          }
        },
      ),
    );
  });

  it("BM-170 tells five members of an AggregateError, 150 characters of each, and how many more there are", () => {
    const errors = Array.from({ length: 8 }, (_, index) => new Error(`${index}${"x".repeat(500)}`));

    const message = failureMessage(new AggregateError(errors, "all failed"));

    expect(message).toMatch(/^all failed: (\[\dx{148}…] ){5}and 3 more$/);
  });

  it.each([1, 64 * 1024, 1024 * 1024, 32 * 1024 * 1024])("BM-167 keeps 1000 characters of %d", (length) => {
    const message = failureMessage(new Error("é".repeat(length)));

    expect(message).toBe(length === 1 ? "é" : `${"é".repeat(999)}…`);
  });

  it("BM-167 looks at the beginning of 32 MiB, and no further", () => {
    const errors = [1024, 16 * 1024 * 1024].map((times) => new Error("\u0000\ud800".repeat(times)));
    const [short, long] = errors.map((error) => () => failureMessage(error)) as [() => string, () => string]; // `as`: two

    expect(timesAsLong(short, long)).toBeLessThan(20); // Looked through as a whole it takes hundreds of times as long.
  });
});

describe("printable", () => {
  it("R22 cuts at no half of a surrogate pair", () => {
    expect(printable(`${"a".repeat(998)}🎉`)).toBe(`${"a".repeat(998)}🎉`);
    expect(printable(`${"a".repeat(998)}🎉b`)).toBe(`${"a".repeat(998)}…`);
    expect(printable(`${"a".repeat(997)}🎉bc`)).toBe(`${"a".repeat(997)}🎉…`);
  });

  it("R22 keeps exactly 1000 characters", () => {
    expect(printable("a".repeat(1000))).toBe("a".repeat(1000));
    expect(printable("a".repeat(1001))).toBe(`${"a".repeat(999)}…`);
  });

  it("R22 gives a text that every store keeps, at most 1000 characters of it", () => {
    const text = fc.array(fc.nat({ max: 0xffff }), { maxLength: 1100 }).map((units) => String.fromCharCode(...units));

    always(
      fc.property(text, (message) => {
        const stored = printable(message);

        expect(stored.length).toBeLessThanOrEqual(1000);
        expect(stored.isWellFormed()).toBe(true);
        expect(stored).not.toContain("\u0000");
        if (message.length <= 1000) expect(stored).toBe(message.toWellFormed().replaceAll("\u0000", "␀"));
      }),
    );
  });
});
