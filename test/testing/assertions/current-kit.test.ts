import { afterEach, describe, expect, it } from "vitest";
import { AmbiguousJobsError } from "../../../src/index.ts";
import { currentKit } from "../../../src/testing/assertions/current-kit.ts";
import { expectEnqueued } from "../../../src/testing/assertions/expect-jobs.ts";
import { advance, drain, drainUntilIdle } from "../../../src/testing/assertions/play-current.ts";
import { KitUsageError } from "../../../src/testing/errors.ts";
import type { TestKit } from "../../../src/testing/kit.ts";
import { aMailKit, SendEmailJob } from "./a-mail-kit.ts";

const open: TestKit[] = [];
async function aKit(label: string): Promise<TestKit> {
  const kit = await aMailKit({ label });
  open.push(kit);
  return kit;
}
afterEach(async () => {
  for (const kit of open.splice(0)) await kit.dispose();
});

describe("currentKit", () => {
  it("is the only open kit", async () => {
    const kit = await aKit("the kit");

    expect(currentKit("ask()")).toBe(kit);
  });

  it("is the kit of the async scope before any other", async () => {
    const [first, second] = [await aKit("the first"), await aKit("the second")];
    second.install();

    expect(await first.run(async () => currentKit("ask()"))).toBe(first);
  });

  it("is the installed one where there is no scope", async () => {
    const [, second] = [await aKit("the first"), await aKit("the second")];
    second.install();

    expect(currentKit("ask()")).toBe(second);
  });

  it("is an error that names them where several are open", async () => {
    await aKit("the first");
    await aKit("the second");

    expect(() => currentKit("expectEnqueued()")).toThrow(AmbiguousJobsError);
    expect(() => currentKit("expectEnqueued()")).toThrow(
      /^expectEnqueued\(\) names no kit, 2 are open \(the first, made at test\/\S+\.ts:\d+; the second, made at test\/\S+\.ts:\d+\), and this code runs in the scope of none\. Was `await using` or `dispose\(\)` forgotten\?/,
    );
  });

  it("is an error that says what to do where none is open", () => {
    expect(() => currentKit("drain()")).toThrow(KitUsageError);
    expect(() => currentKit("drain()")).toThrow("Make one with createTestKit({ jobs: [SomeJob] })");
  });

  it("is an error in the scope of a kit that is disposed", async () => {
    const gone = await aKit("the first");
    await aKit("the second");
    const ask = gone.run(() => {
      const inScope = (): TestKit => currentKit("drain()");
      return async () => gone.dispose().then(inScope);
    });

    await expect(gone.run(ask)).rejects.toThrow("drain() runs in the scope of a kit that is disposed");
  });
});

describe("the functions on the current kit", () => {
  it("drain, travel and look without naming it", async () => {
    const kit = await aKit("the kit");
    await SendEmailJob.enqueue({ to: "now@example.org" });
    await SendEmailJob.enqueueIn("5m", { to: "soon@example.org" });
    await SendEmailJob.enqueueIn("1h", { to: "later@example.org" });

    expect(await drain()).toMatchObject({ ran: 1 });
    expect(await advance("5m")).toMatchObject({ ran: 1 });
    expect(await drainUntilIdle({ maxVirtualTime: "2h" })).toMatchObject({ ran: 1, stillPending: 0 });
    expect(await expectEnqueued(SendEmailJob, {}, { status: "completed", times: 3 })).toHaveLength(3);
    expect(kit.now()).toEqual(new Date("2030-01-01T10:00:00Z"));
  });

  it("reject where no kit is meant", async () => {
    await expect(drain()).rejects.toThrow("drain() names no kit");
    await expect(drainUntilIdle()).rejects.toThrow("drainUntilIdle() names no kit");
    await expect(advance("5m")).rejects.toThrow("advance() names no kit");
    await expect(expectEnqueued(SendEmailJob)).rejects.toThrow("expectEnqueued names no kit");
  });
});
