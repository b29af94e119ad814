// The end of a kit: what the test did not look at is told, everything is given back, and nothing goes on (R44, R48).

import { describe, expect, it } from "vitest";
import { defineJob, MemoryJobStore } from "wheelwright";
import {
  advance,
  createTestKit,
  drain,
  expectEnqueued,
  KitDisposeError,
  KitUsageError,
  type TestKit,
} from "wheelwright/testing";
import { aKit, aTellingJob, aTurn, hearStderr, rejection } from "./a-kit.ts";
import { fewer } from "./a-store.ts";
import { run } from "./program/run.ts";

/** What is written to stderr, without the test's name, which it holds once any test file has loaded a runner's door. */
function hearUnnamed(): () => string {
  const stderr = hearStderr();
  return () => stderr().replaceAll(/ of "kit\.dispose > [^"]+"/g, "");
}

const OtherJob = defineJob("OtherJob", {}, () => undefined);
const PlainJob = defineJob<{ n: number }>("PlainJob", {}, () => undefined);

describe("kit.dispose", () => {
  it("does nothing when called again, also after it failed", async () => {
    const kit = await createTestKit({ jobs: [PlainJob] });
    kit.expectFailure(PlainJob);

    await expect(kit.dispose()).rejects.toThrow(KitDisposeError);

    expect(await kit.dispose()).toBeUndefined();
    expect(await kit[Symbol.asyncDispose]()).toBeUndefined();
  });

  it("is what `await using` calls", async () => {
    const label = "used";
    {
      await using kit = await createTestKit({ jobs: [PlainJob], label, leftovers: "ignore" });
      await kit.run(() => PlainJob.enqueue({ n: 1 }));
    }

    await expect(PlainJob.enqueue({ n: 2 })).rejects.toThrow("no Jobs is in reach");
  });

  it("R48 lists the jobs left unrun on stderr", async () => {
    const stderr = hearUnnamed();
    const kit = await createTestKit({ jobs: [PlainJob, aTellingJob().job], label: "kit of the test" });
    for (const n of [1, 2, 3]) await PlainJob.enqueueIn(n, { n });
    await aTellingJob().job; // Not enqueued.

    await kit.dispose();

    expect(stderr()).toBe("wheelwright: kit of the test: 3 jobs were left unrun: PlainJob × 3\n");
  });

  it('R48 fails for them with leftovers: "fail", and says nothing with "ignore"', async () => {
    const stderr = hearUnnamed();
    const strict = await createTestKit({ jobs: [PlainJob], leftovers: "fail" });
    await strict.run(() => PlainJob.enqueue({ n: 1 }));
    await expect(strict.dispose()).rejects.toThrow("1 job was left unrun: PlainJob");

    const lenient = await createTestKit({ jobs: [PlainJob], leftovers: "ignore" });
    await lenient.run(() => PlainJob.enqueue({ n: 1 }));
    await lenient.dispose();

    expect(stderr()).toBe("");
  });

  it("R48 fails for an assertion that was never awaited, also for one that held", async () => {
    const kit = await createTestKit({ jobs: [PlainJob], leftovers: "ignore" });
    await PlainJob.enqueue({ n: 1 });
    void expectEnqueued(kit, PlainJob, { n: 1 });
    void expectEnqueued(kit, PlainJob, { n: 2 });
    await expectEnqueued(kit, PlainJob, { n: 1 });

    const error = await rejection(kit.dispose());

    expect(error).toBeInstanceOf(KitDisposeError);
    expect(error).toMatchObject({ problems: [expect.any(String), expect.any(String)] });
    expect(error.message).toContain("was never awaited, so it checked nothing in time");
  });

  it.each<[string, (kit: TestKit) => unknown]>([
    ["kit.drain()", (kit) => kit.drain()],
    ["kit.drainUntilIdle()", (kit) => kit.drainUntilIdle()],
    ["kit.advance()", (kit) => kit.advance("1s")],
    ["kit.advanceTo()", (kit) => kit.advanceTo(new Date(kit.now().getTime() + 1000))],
    ["kit.jump()", (kit) => kit.jump("1s")],
    ["kit.runNext()", (kit) => kit.runNext()],
    ["kit.perform(PlainJob, …)", (kit) => kit.perform(PlainJob, { n: 1 })],
    ["kit.drain()", (kit) => kit.run(() => drain())],
    ["kit.advance()", (kit) => kit.run(() => advance("1s"))],
  ])("R48 fails for a %s that was never awaited, and says where it was called", async (call, verb) => {
    const kit = await createTestKit({ jobs: [PlainJob] });
    await PlainJob.enqueue({ n: 1 });
    verb(kit);
    for (let turn = 0; turn < 10; turn++) await aTurn();
    await kit.jump("1ms"); // after the verb, however slow the store

    const error = await rejection(kit.dispose());

    expect(error).toBeInstanceOf(KitDisposeError);
    expect(error.message).toContain(`${call} was never awaited, so the test did not wait for what it ran`);
    expect(error.message).toMatch(/\n {4}Called at test\/testing\/dispose\.test\.ts:\d+/);
  });

  it("R48 tells what a drain that nobody awaited failed with", async () => {
    const kit = await createTestKit({ jobs: [PlainJob] });
    void kit.drain();
    await kit.jump("1ms"); // after the drain, however slow the store

    const error = await rejection(kit.dispose());

    expect(error.message).toContain("It failed: kit.drain() ran nothing");
    expect(error.cause).toMatchObject({ code: "NOTHING_RAN" });
  });

  it("adds no second error to a test whose drain or assertion has failed: the rest follows from that", async () => {
    const stderr = hearUnnamed();
    for (const fail of [(kit: TestKit) => kit.drain(), (kit: TestKit) => expectEnqueued(kit, PlainJob, { n: 2 })]) {
      const kit = await createTestKit({ jobs: [PlainJob, OtherJob], leftovers: "fail", label: "the kit" });
      await kit.jobs.enqueue(PlainJob, { n: 1 }, { delay: 60 });
      kit.expectFailure(OtherJob);
      void expectEnqueued(kit, PlainJob);
      await aTurn();
      await rejection(fail(kit));

      expect(await kit.dispose()).toBeUndefined();
    }

    expect(stderr()).toContain("the kit: kit.expectFailure(OtherJob) was never met");
    expect(stderr()).toContain("the kit: 1 job was left unrun: PlainJob");
    expect(stderr()).toContain("expectEnqueued(PlainJob) was never awaited");
  });

  it("tells what explains the failure of a drain nevertheless", async () => {
    const kit = await createTestKit({ jobs: [PlainJob] });
    await rejection(kit.drain({ queue: "other" }));
    void kit.jobs.enqueue(PlainJob, { n: 5n as unknown as number }); // `as`: what JavaScript may enqueue

    await expect(kit.dispose()).rejects.toThrow("An enqueue was refused and nobody caught it");
  });

  it("holds the rest against a test that went on after a rejection it expected", async () => {
    const kit = await createTestKit({ jobs: [PlainJob] });
    kit.expectFailure(PlainJob);
    await rejection(kit.drain());
    await kit.drain({ allowEmpty: true });

    await expect(kit.dispose()).rejects.toThrow("kit.expectFailure(PlainJob) was never met");
  });

  it("tells all it found at once, and gives everything back", async () => {
    const kit = await createTestKit({ jobs: [PlainJob], leftovers: "fail" });
    kit.install();
    kit.expectFailure(PlainJob);
    await PlainJob.enqueue({ n: 1 });
    void PlainJob.enqueue({ n: 5n as unknown as number }); // `as`: what JavaScript may enqueue
    void expectEnqueued(kit, PlainJob);

    const error = await rejection(kit.dispose());

    expect(error).toMatchObject({ code: "KIT_DISPOSE" });
    expect((error as KitDisposeError).problems).toEqual([
      expect.stringContaining("was never awaited, so it checked nothing in time. Write: await expectEnqueued"),
      expect.stringContaining("kit.expectFailure(PlainJob) was never met"),
      expect.stringContaining("1 job was left unrun: PlainJob"),
    ]); // `as`: its code says so
    // The assertion was told of the refused enqueue, and nobody listened to it.
    expect(error.message).toContain(
      "It failed: An enqueue was refused and nobody caught it:\n  Cannot enqueue PlainJob",
    );
    expect(error.cause).toMatchObject({ cause: { code: "DATA_NOT_JSON" } });
    await expect(PlainJob.enqueue({ n: 2 })).rejects.toThrow("no Jobs is in reach");
  });

  it("gives everything back also when its store cannot be read", async () => {
    const store = new MemoryJobStore();
    const kit = await createTestKit({ jobs: [PlainJob], store, fakeDate: true });
    store.list = () => Promise.reject(new Error("connection lost"));

    await expect(kit.dispose()).rejects.toThrow("connection lost");

    await (await createTestKit({ jobs: [PlainJob], fakeDate: true })).dispose();
  });

  it("leaves a store that it was handed open, and closes its own", async () => {
    const store = new MemoryJobStore();
    const kit = await createTestKit({ jobs: [PlainJob], store });
    await PlainJob.enqueue({ n: 1 });
    await kit.drain();
    await kit.dispose();
    expect(await store.list({})).toHaveLength(1);

    const other = await createTestKit({ jobs: [PlainJob] });
    await other.dispose();

    await expect(other.store.list({})).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });

  it("BM-252 waits for a handler that is at work, and stops the drain before its next job", async () => {
    const stderr = hearUnnamed();
    const done: number[] = [];
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const Work = defineJob<{ n: number }>("WorkJob", {}, async ({ n }) => {
      begin();
      for (let turn = 0; turn < 3; turn++) await aTurn();
      done.push(n);
    });
    const kit = await createTestKit({ jobs: [Work], leftovers: "ignore", label: "the kit" });
    await Work.enqueue({ n: 1 });
    await Work.enqueue({ n: 2 });
    const drained = rejection(kit.drain());
    await begun;

    await kit.dispose();

    expect(done).toEqual([1]);
    expect(stderr()).toContain("the kit: kit.drain() was under way when the kit was disposed, and was stopped.");
    expect((await drained).message).toContain("the kit is disposed and cannot go on draining");
    for (let turn = 0; turn < 5; turn++) await aTurn();
    expect(done).toEqual([1]);
  });

  it("BM-252 ends what waits for virtual time: processQueue, perform and waitFor", async () => {
    const { job, told } = aTellingJob();
    const kit = await createTestKit({ jobs: [job], leftovers: "ignore", label: "the kit" });
    await job.enqueue({ name: "sleeper", sleeps: ["1h"] });
    const waiting = [
      kit.jobs.processQueue(),
      kit.perform(job, { name: "alone", sleeps: ["1h"] }),
      kit.waitFor(job, { name: "never" }, { within: "1h" }),
    ].map(rejection);
    while (told.length < 2) await aTurn();
    for (let turn = 0; turn < 5; turn++) await aTurn();

    await kit.dispose();

    for (const error of await Promise.all(waiting))
      expect(error).toEqual(
        new KitUsageError("the kit was disposed while this was under way. Await it before the test ends."),
      );
  });

  it("BM-244 leaves nothing behind, whatever was not awaited: the process ends", () => {
    const { code, stdout, stderr } = run("abandoned.ts");

    expect({ code, stdout }).toEqual({ code: 0, stdout: "handles: 0\n" });
    expect(stderr).toContain("kit.drainUntilIdle() was never awaited, and was stopped when the kit was disposed.");
  }, 300_000);

  it("BM-249 keeps nothing of kits that are gone: no handle, and no memory", () => {
    const kits = fewer(400, 60);
    const { code, stdout, stderr } = run("leaks.ts", ["--expose-gc"], [String(kits)]);

    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { heap, handles } = JSON.parse(stdout) as { heap: readonly number[]; handles: readonly string[] }; // `as`: what it prints
    expect(handles).toEqual([]);
    const [, ...rounds] = heap; // The first loads and compiles.
    const growth = (Math.min(...rounds.slice(2)) - Math.min(...rounds.slice(0, 2))) / (2 * kits);
    expect(growth).toBeLessThan(fewer(1000, 5000)); // Bytes for each kit; one that stays is tens of thousands.
  }, 300_000);
});

describe("a disposed kit", () => {
  const WORK: readonly (readonly [string, (kit: TestKit) => unknown])[] = [
    ["drain", (kit) => kit.drain()],
    ["drainUntilIdle", (kit) => kit.drainUntilIdle()],
    ["advance", (kit) => kit.advance("1s")],
    ["advanceTo", (kit) => kit.advanceTo(new Date())],
    ["jump", (kit) => kit.jump("1s")],
    ["runNext", (kit) => kit.runNext()],
    ["perform", (kit) => kit.perform(PlainJob, { n: 1 })],
    ["during", (kit) => kit.during(() => undefined)],
    ["enqueued", (kit) => kit.enqueued()],
    ["pending", (kit) => kit.pending()],
    ["waitFor", (kit) => kit.waitFor(PlainJob)],
    ["jobs.enqueue", (kit) => kit.jobs.enqueue(PlainJob, { n: 1 })],
    ["jobs.enqueueMany", (kit) => kit.jobs.enqueueMany([[PlainJob, { n: 1 }]])],
    ["jobs.processQueue", (kit) => kit.jobs.processQueue()],
    ["jobs.processNext", (kit) => kit.jobs.processNext()],
  ];

  it.each(WORK)("R44 refuses %s", async (_name, work) => {
    const kit = await createTestKit({ jobs: [PlainJob], label: "the kit" });
    await kit.dispose();

    const error = await rejection(Promise.resolve(work(kit)));

    expect(error).toBeInstanceOf(KitUsageError);
    expect(error.message).toContain("the kit is disposed and cannot ");
  });

  it.each<[string, (kit: TestKit) => unknown]>([
    ["run", (kit) => kit.run(() => undefined)],
    ["install", (kit) => kit.install()],
    ["stub", (kit) => kit.stub(PlainJob, "complete")],
    ["watch", (kit) => kit.watch(PlainJob, {})],
    ["expectFailure", (kit) => kit.expectFailure(PlainJob)],
    ["jobs.enqueueSync", (kit) => kit.jobs.enqueueSync(PlainJob, { n: 1 })],
  ])("R44 refuses %s", async (_name, work) => {
    const kit = await createTestKit({ jobs: [PlainJob] });
    await kit.dispose();

    expect(() => work(kit)).toThrow(KitUsageError);
  });

  it("still tells what happened", async () => {
    const kit = await createTestKit({ jobs: [PlainJob] });
    await PlainJob.enqueue({ n: 1 });
    await kit.drain();
    await kit.dispose();

    expect(kit.events()).toHaveLength(3);
    expect(kit.timeline()).toContain("PlainJob");
  });
});

describe("createTestKit", () => {
  it("R44 refuses to start in production", async () => {
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = "production";

    const error = await rejection(createTestKit({ jobs: [PlainJob] })).finally(() => {
      process.env.NODE_ENV = before;
    });

    expect(error).toBeInstanceOf(KitUsageError);
    expect(error.message).toContain('NODE_ENV is "production"');
  });

  it("refuses options it does not know, values it cannot use, and both jobs and app", async () => {
    for (const [options, message] of [
      [{ job: [PlainJob] }, "either { jobs: [SomeJob] } or { app: jobs }"],
      [{ jobs: [PlainJob], app: {} }, "either { jobs: [SomeJob] } or { app: jobs }"],
      [null, "either { jobs: [SomeJob] } or { app: jobs }"],
      [{ jobs: [PlainJob], sead: 1 }, 'createTestKit\'s option "sead"'],
      [{ jobs: PlainJob }, "jobs"],
      [{ jobs: [PlainJob], leftovers: "throw" }, '"list", "fail" or "ignore"'],
      [{ jobs: [PlainJob], history: -1 }, "history"],
      [{ jobs: [PlainJob], seed: {} }, "seed"],
      [{ jobs: [PlainJob], label: 5 }, "label"],
    ] as const)
      await expect(createTestKit(options as never)).rejects.toThrow(message); // `as`: what JavaScript may pass
    await (await aKit([PlainJob])).drain({ allowEmpty: true }); // None of them has stayed open.
  });
});
