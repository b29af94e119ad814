// What is kept of a failure: one printable message, whatever was thrown; recording it cannot itself fail.

import { describe, expect, it } from "vitest";
import { defineJob } from "wheelwright";
import { anApp } from "./an-app.ts";

/** Lets one attempt throw this, and gives what became of it and of the job behind it. */
async function thrown(value: unknown) {
  const throwing = defineJob("Throwing", { maxRetries: 1 }, () => {
    throw value;
  });
  const plain = defineJob("Plain", {}, () => undefined);
  const { jobs } = anApp({ jobs: [throwing, plain] });
  const { id } = await jobs.enqueue(throwing);
  await jobs.enqueue(plain);
  const result = await jobs.processQueue();
  return { result, lastError: (await jobs.find(id))?.lastError };
}

const circular: Record<string, unknown> = { name: "circle" };
circular.self = circular;
const unreadable = {
  get message(): never {
    throw new Error("do not look");
  },
  get name(): never {
    throw new Error("do not look");
  },
  get stack(): never {
    throw new Error("do not look");
  },
  toString(): never {
    throw new Error("do not ask");
  },
  [Symbol.for("nodejs.util.inspect.custom")](): never {
    throw new Error("do not inspect");
  },
};
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const selfHolding = new AggregateError([], "many");
selfHolding.errors.push(selfHolding);

describe("lastError", () => {
  it.each<[string, unknown]>([
    ["null", null],
    ["undefined", undefined],
    ["false", false],
    ["NaN", Number.NaN],
    ["a BigInt", 7n],
    ["a symbol", Symbol("s")],
    ["a function", () => undefined],
    ["a class", class Oops {}],
    ["an empty object", {}],
    ["a frozen object", Object.freeze({})],
    ["an object without a prototype", Object.create(null)],
    ["a circle", circular],
    ["an object that cannot be read", unreadable],
    ["a revoked proxy", revoked.proxy],
    ["an array", [1, [2]]],
    ["a Date that is none", new Date(Number.NaN)],
    ["a Map", new Map([[{}, unreadable]])],
    ["an Error whose message is no text", Object.assign(new Error("x"), { message: { deep: true } })],
    ["an AggregateError that holds itself", selfHolding],
    ["an Error that is its own cause", Object.assign(new Error("loop"), { cause: selfHolding })],
  ])("R26 stores a message for a throw of %s, and the next job runs (BM-034)", async (_what, value) => {
    const { result, lastError } = await thrown(value);

    expect(result).toMatchObject({ processed: 1, failed: 1 });
    expect(lastError).toMatch(/\S/);
  });

  it.each([1, 1000, 1001, 64 * 1024, 1024 * 1024, 32 * 1024 * 1024])(
    "R22 keeps at most 1000 characters of a message of %i (BM-167)",
    async (length) => {
      const { lastError } = await thrown(new Error("é".repeat(length)));

      expect(lastError).toHaveLength(Math.min(length, 1000));
      expect(lastError?.endsWith("…")).toBe(length > 1000);
    },
  );

  it("R22 cuts at no half of a surrogate pair (BM-167)", async () => {
    for (const shift of [0, 1]) {
      const { lastError } = await thrown(new Error("x".repeat(shift) + "😀".repeat(600)));

      expect(lastError?.isWellFormed()).toBe(true);
      expect(lastError?.length).toBeLessThanOrEqual(1000);
      expect(lastError).toMatch(/😀…$/u);
    }
  });

  it("R22 makes U+0000 visible, and replaces a lone surrogate (BM-166)", async () => {
    expect((await thrown(new Error("a\u0000b"))).lastError).toBe("a␀b");
    expect((await thrown(new Error("a\ud800b"))).lastError).toBe("a\ufffdb");
  });

  it("BM-170 lists the members of an AggregateError", async () => {
    const { lastError } = await thrown(new AggregateError([new Error("a"), "b", null], "three"));

    expect(lastError).toBe("three: [a] [b] [null was thrown]");
  });

  it("R22 is null before any failure, kept through a completion, and null again after a retry by hand", async () => {
    const flaky = defineJob("Flaky", { maxRetries: 1 }, (_data, context) => {
      if (context.job.lastError === null) throw new Error("first");
    });
    const { jobs, advance } = anApp({ jobs: [flaky] });
    const { id, lastError } = await jobs.enqueue(flaky, {}, { maxRetries: 2 });
    expect(lastError).toBeNull();

    await jobs.processQueue();
    await advance("4s");
    await jobs.processQueue();
    expect(await jobs.find(id)).toMatchObject({ status: "completed", lastError: "first" });

    const failed = await jobs.enqueue(flaky);
    await jobs.processQueue();
    expect((await jobs.retry(failed.id)).lastError).toBeNull();
  });
});
