import { runInNewContext } from "node:vm";
import { describe, expect, it, vi } from "vitest";
import { DiscardJob } from "../../src/job/discard-job.ts";
import * as errors from "../../src/job/errors.ts";
import { RetryJob } from "../../src/job/retry-job.ts";

const { WheelwrightError, InvalidOptionError, InvalidDurationError, JobTimeoutError, show } = errors;

/** One of each class. */
const ALL = [
  new errors.InvalidOptionError("queue", 7, "a text"),
  new errors.InvalidDurationError(5, "lease"),
  new errors.JobDefinitionError("SendEmail", "it is odd."),
  new errors.NotImplementedError("SendEmail"),
  new errors.UnknownJobError("SendEmial", ["SendEmail"], "SendEmail"),
  new errors.DataNotJsonError("SendEmail", "$.at", "a Date", "Pass a text."),
  new errors.DataTooLargeError("SendEmail", 2, 1),
  new errors.DataInvalidError("SendEmail", [{ path: "$.to", message: "is missing" }]),
  new errors.TransactionNotSupportedError("no"),
  new errors.TransactionOverError("rolled back"),
  new errors.TransactionDeadlockError(),
  new errors.WouldWaitError(),
  new errors.UniqueKeyTakenError("id1", "key", "id2"),
  new errors.JobNotFoundError("retry", "id1"),
  new errors.JobStatusError("cancel", "id1", "processing", "pending"),
  new errors.NoJobsError("none"),
  new errors.AmbiguousJobsError("two"),
  new errors.AttemptOverError("SendEmail", "id1", 2, "enqueue", new Error("timed out")),
  new errors.JobTimeoutError(5),
  new errors.LeaseLostError("id1"),
  new errors.ShutdownError(),
  new errors.StoreUnavailableError("gone"),
  new errors.OwnTransactionError("enqueue", "Pass it."),
];
type AnyError = Error & { code: string };

describe("WheelwrightError", () => {
  it("is the base of all errors, each with a name, a code and a sentence of its own", () => {
    for (const error of ALL as AnyError[]) {
      expect(error).toBeInstanceOf(WheelwrightError);
      expect(error).toBeInstanceOf(Error);
      expect(error.name).toBe(error.constructor.name);
      expect(error.code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
      expect(error.message).not.toMatch(/undefined|\[object/);
    }
    expect(new Set((ALL as AnyError[]).map((error) => error.code)).size).toBe(ALL.length);
  });

  it("has a class here for every error that the module exports, so that none goes untested", () => {
    const classes = Object.values(errors).filter((value) => typeof value === "function" && /Error$/.test(value.name));

    expect(new Set([WheelwrightError, ...ALL.map((error) => error.constructor)])).toEqual(new Set(classes));
  });

  it("tells its classes apart", () => {
    for (const error of ALL) {
      const classes = ALL.map((other) => other.constructor as new (...args: never[]) => unknown);
      expect(classes.filter((errorClass) => error instanceof errorClass)).toEqual([error.constructor]);
    }
    for (const other of [new Error("no"), {}, null, undefined, "INVALID_OPTION", { code: "INVALID_OPTION" }]) {
      expect(other instanceof WheelwrightError).toBe(false);
      expect(other instanceof InvalidOptionError).toBe(false);
    }
  });

  it("is recognised by the classes of another copy of the package", async () => {
    vi.resetModules();
    const copy: typeof errors = await import("../../src/job/errors.ts");
    const copyOfRetry = await import("../../src/job/retry-job.ts");
    const copyOfDiscard = await import("../../src/job/discard-job.ts");

    expect(copy.InvalidOptionError).not.toBe(InvalidOptionError);
    for (const error of ALL) {
      expect(error).toBeInstanceOf(copy.WheelwrightError);
      const sameClass = Reflect.get(copy, error.constructor.name);
      expect(error).toBeInstanceOf(sameClass);
    }
    expect(new JobTimeoutError(5) instanceof copy.InvalidOptionError).toBe(false);
    expect(new RetryJob({ in: "5s" })).toBeInstanceOf(copyOfRetry.RetryJob);
    expect(new DiscardJob()).toBeInstanceOf(copyOfDiscard.DiscardJob);
    expect(new DiscardJob() instanceof copyOfRetry.RetryJob).toBe(false);
  });

  it("lets an app's own subclass know its own instances only", async () => {
    class QuotaError extends WheelwrightError {
      override readonly code = "QUOTA";
    }
    class SpecialOptionError extends InvalidOptionError {}
    class SpecialRetry extends RetryJob {}

    const special = new SpecialOptionError("queue", 7, "a text");

    expect(new QuotaError("full")).toBeInstanceOf(QuotaError);
    expect(new QuotaError("full")).toBeInstanceOf(WheelwrightError);
    expect(special).toBeInstanceOf(InvalidOptionError);
    expect(special.name).toBe("SpecialOptionError");
    expect(new InvalidOptionError("queue", 7, "a text") instanceof SpecialOptionError).toBe(false);
    expect(new RetryJob({ in: "5s" }) instanceof SpecialRetry).toBe(false);
    expect(new SpecialRetry({ in: "5s" })).toBeInstanceOf(RetryJob);
  });

  it("keeps its cause", () => {
    const cause = new Error("connection reset");

    expect(new errors.StoreUnavailableError("The store is gone.", { cause }).cause).toBe(cause);
    expect(Object.hasOwn(new errors.StoreUnavailableError("The store is gone."), "cause")).toBe(false);
  });

  it("is a TypeError where a duration is none", () => {
    expect(new InvalidDurationError(5, "lease")).toBeInstanceOf(TypeError);
  });
});

describe("brandErrors", () => {
  it("makes an error class of another room known across copies", () => {
    class RoomError extends WheelwrightError {
      override readonly code = "ROOM";
    }
    const Other = {
      RoomError: class RoomError extends WheelwrightError {
        override readonly code = "ROOM";
      },
    };
    errors.brandErrors(RoomError, Other.RoomError);

    expect(new Other.RoomError("no")).toBeInstanceOf(RoomError);
    expect(new JobTimeoutError(1) instanceof RoomError).toBe(false);
  });
});

describe("the messages", () => {
  it.each([
    [ALL[0], "queue is 7; expected a text."],
    [ALL[2], "Job class SendEmail cannot be used: it is odd."],
    [ALL[3], "Job class SendEmail has no perform(data, context). Implement it: it is what a worker runs."],
    [
      ALL[4],
      'No job class "SendEmial" is registered. Did you mean "SendEmail"? Registered: SendEmail. Pass it in createJobs({ jobs }).',
    ],
    [
      new errors.UnknownJobError("A", [], undefined, "createTestKit({ jobs: [A] })"),
      'No job class "A" is registered. Registered: none. Pass it in createTestKit({ jobs: [A] }).',
    ],
    [
      new errors.UnknownJobError("A", []),
      'No job class "A" is registered. Registered: none. Pass it in createJobs({ jobs }).',
    ],
    [ALL[7], "The data of SendEmail does not fit its schema: $.to: is missing"],
    [ALL[12], 'Cannot retry job id1: its unique key "key" is held by job id2. Wait for that job to end, or cancel it.'],
    [ALL[13], 'Cannot retry job "id1": no job has this id. It may have been purged or cancelled.'],
    [ALL[14], "Cannot cancel job id1: it is processing, and only a pending job can be."],
    [ALL[18], "timed out after 5 seconds"],
  ])("say what was attempted and what to do: %s", (error, message) => {
    expect(error?.message).toBe(message);
  });

  it("list ten issues of a schema and count the others", () => {
    const issues = Array.from({ length: 12 }, (_, index) => ({ path: `$.a${index}`, message: "is missing" }));

    const error = new errors.DataInvalidError("SendEmail", issues);

    expect(error.message).toMatch(/\$\.a9: is missing; and 2 more$/);
    expect(error.issues).toHaveLength(12);
    expect(new errors.DataInvalidError("SendEmail", issues.slice(0, 10)).message).toMatch(/\$\.a9: is missing$/);
  });

  it("suggest a job class only where one is near", () => {
    expect(new errors.UnknownJobError("A", ["SendEmail"]).message).toBe(
      'No job class "A" is registered. Registered: SendEmail. Pass it in createJobs({ jobs }).',
    );
  });

  it("say what to write for a bare 0, which is a duration but for its unit", () => {
    expect(new InvalidDurationError(0, "lease").message).toBe(
      'lease is 0, which is no duration. A bare number has no unit: write "0s" for seconds or "0ms" for milliseconds.',
    );
  });
});

/** A class that has a say in how it is shown, which a message does not ask for. */
class Secret {
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "as it likes";
  }
}

describe("show", () => {
  it.each<[unknown, string]>([
    ["text", '"text"'],
    ["a\nb\ud800", '"a\\nb\\ud800"'],
    ["x".repeat(100), `"${"x".repeat(79)}…"`],
    [7, "7"],
    [7n, "7n"],
    [10n ** 100n, `1${"0".repeat(78)}…`],
    [undefined, "undefined"],
    [null, "null"],
    [true, "true"],
    [Symbol("s"), "Symbol(s)"],
    [Symbol("a\nb"), "Symbol(a b)"],
    [Symbol("x".repeat(100)), `Symbol(${"x".repeat(72)}…`],
    [function send() {}, "function send"],
    [() => {}, "function (anonymous)"],
    [new Date(0), "1970-01-01T00:00:00.000Z"],
    [runInNewContext("new Date(0)"), "1970-01-01T00:00:00.000Z"],
    [new Date(Number.NaN), "an invalid Date"],
    [{ a: 1, b: { c: { d: 1 } } }, "{ a: 1, b: { c: [Object] } }"],
    [[1, "two"], "[ 1, 'two' ]"],
    [{}, "{}"],
    [new Map([["a", 1]]), "Map(1) { 'a' => 1 }"],
    [new RangeError("too\nfar"), "RangeError: too far"],
    [new RangeError("too\n  far"), "RangeError: too far"],
    [
      { error: Object.assign(new Error("no"), { stack: "Error: no \n    at a (b.js:1:2)" }) },
      "{ error: Error: no at a (b.js:1:2) }",
    ],
    [{ send: Object.assign(() => {}, { tries: 1 }) }, "{ send: { [Function (anonymous)] tries: 1 } }"],
    [new Secret(), "Secret {}"],
    [{ big: 1n }, "{ big: 1n }"],
    [{ toJSON: () => "hidden" }, "{ toJSON: [Function: toJSON] }"],
  ])("shows %o as %s", (value, shown) => {
    expect(show(value)).toBe(shown);
  });

  it("stays short, on one line, and never throws", () => {
    const thrower = () => {
      throw new Error("never");
    };
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const values = [
      circle,
      new Proxy({}, { get: thrower, ownKeys: thrower, getPrototypeOf: thrower }),
      Object.defineProperty(() => {}, "name", { get: thrower }),
      {
        get [Symbol.toStringTag]() {
          return thrower();
        },
      },
      Array(1e6).fill("x".repeat(1000)),
      { text: "x".repeat(1e7) },
      new Error("x\n".repeat(1e5)),
    ];

    for (const value of values) {
      expect(show(value)).toMatch(/^.{1,80}$/);
    }
  });
});
