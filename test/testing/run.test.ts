// The kit's scope reaches what is called inside of kit.run and kit.during, thenables that start late included.

import { describe, expect, it } from "vitest";
import { AmbiguousJobsError, Job } from "wheelwright";
import { createTestKit, type TestKit } from "wheelwright/testing";

class GreetJob extends Job<{ name: string }> {
  override perform(): void {}
}

/** As supertest, Fastify's inject and query builders do it: nothing happens until somebody awaits it. */
function lateGreeting(name: string): PromiseLike<string> {
  return {
    // biome-ignore lint/suspicious/noThenProperty: the thenable is what is tested
    then: (onFulfilled, onRejected) =>
      GreetJob.enqueue({ name })
        .then(() => name)
        .then(onFulfilled, onRejected),
  };
}

async function openTwo(): Promise<readonly [TestKit, TestKit]> {
  const options = { jobs: [GreetJob], leftovers: "ignore" } as const;
  return [await createTestKit(options), await createTestKit(options)];
}

describe("kit.run", () => {
  it("returns what the function returns, a promise of it as it is", async () => {
    const kit = await createTestKit({ jobs: [] });
    const promise = Promise.resolve(7);

    expect(kit.run(() => 7)).toBe(7);
    expect(kit.run(() => promise)).toBe(promise);
    await kit.dispose();
  });

  it("starts a thenable in its scope", async () => {
    const [one, two] = await openTwo();

    expect(await two.run(() => lateGreeting("ada"))).toBe("ada");

    expect(await one.enqueued()).toEqual([]);
    expect(await two.enqueued(GreetJob)).toMatchObject([{ data: { name: "ada" } }]);
    await one.dispose();
    await two.dispose();
  });

  it("gives a scope to nothing outside of it", async () => {
    const [one, two] = await openTwo();
    two.run(() => undefined);

    await expect(lateGreeting("ada")).rejects.toThrow(AmbiguousJobsError);
    await one.dispose();
    await two.dispose();
  });
});

describe("kit.during", () => {
  it("tells what a thenable enqueued that starts when it is awaited", async () => {
    const [one, two] = await openTwo();

    const { value, enqueued } = await one.during(async () => lateGreeting("ada"));
    const late = await two.during(() => lateGreeting("grace") as Promise<string>); // `as`: typed so by supertest

    expect([value, enqueued.map((job) => job.data)]).toEqual(["ada", [{ name: "ada" }]]);
    expect([late.value, late.enqueued.map((job) => job.data)]).toEqual(["grace", [{ name: "grace" }]]);
    await one.dispose();
    await two.dispose();
  });
});
