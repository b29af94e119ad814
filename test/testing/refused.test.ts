// Enqueues that are under way, and those that are refused (R43): waited for, and never lost without a word.

import { afterEach, beforeEach, describe, expect, it, type Mock, vi } from "vitest";
import { defineJob } from "wheelwright";
import { createTestKit, KitDisposeError, KitUsageError, StuckHandlerError, type TestKit } from "wheelwright/testing";
import { aKit, aSlowSchema, aTurn, hearStderr, NOON, rejection } from "./a-kit.ts";

const PlainJob = defineJob<{ n: number }>("PlainJob", {}, () => undefined);
const SlowJob = defineJob("SlowJob", { schema: aSlowSchema() }, () => undefined);
const StrictJob = defineJob(
  "StrictJob",
  {
    schema: aSlowSchema(() => {
      throw new Error("the schema says no");
    }),
  },
  () => undefined,
);
const bad = { n: 5n as unknown as number }; // `as`: what JavaScript may enqueue

let unhandled: Mock<(reason: unknown) => void>;
beforeEach(() => {
  unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
});
afterEach(async () => {
  await aTurn();
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

const WAYS_TO_WAIT: readonly (readonly [string, (kit: TestKit) => Promise<unknown>])[] = [
  ["drain", (kit) => kit.drain({ allowEmpty: true })],
  ["drainUntilIdle", (kit) => kit.drainUntilIdle({ allowEmpty: true })],
  ["advance", (kit) => kit.advance("1s")],
  ["jump", (kit) => kit.jump("1s")],
  ["runNext", (kit) => kit.runNext({ allowEmpty: true })],
  ["perform", (kit) => kit.perform(PlainJob, { n: 1 })],
  ["during", (kit) => kit.during(() => undefined)],
  ["enqueued", (kit) => kit.enqueued()],
  ["pending", (kit) => kit.pending(PlainJob)],
  ["waitFor", (kit) => kit.waitFor(PlainJob)],
];

describe("an enqueue under way", () => {
  it.each(WAYS_TO_WAIT)("R43 is waited for by %s", async (name, wait) => {
    const kit = await aKit([PlainJob, SlowJob], { now: NOON });
    if (name === "waitFor") await PlainJob.enqueue({ n: 1 });
    void SlowJob.enqueue({});
    expect(kit.events({ jobClass: SlowJob })).toEqual([]);

    await wait(kit);

    expect(await kit.store.list({ jobClass: "SlowJob" })).toHaveLength(1);
  });

  it("R43 is waited for by dispose, which lists it", async () => {
    const stderr = hearStderr();
    const kit = await createTestKit({ jobs: [SlowJob] });
    void SlowJob.enqueue({});

    await kit.dispose();

    expect(stderr()).toContain("1 job was left unrun: SlowJob");
  });

  it("R43 belongs to the during that began it", async () => {
    const kit = await aKit([SlowJob]);

    const { enqueued } = await kit.during(() => void SlowJob.enqueue({}));

    expect(enqueued).toMatchObject([{ jobClass: "SlowJob" }]);
  });

  it("is told of on stderr, and at last by an error, when it comes to no end", async () => {
    const stderr = hearStderr();
    const forEver = aSlowSchema(() => new Promise(() => undefined));
    const NeverJob = defineJob("NeverJob", { schema: forEver }, () => undefined);
    const kit = await aKit([NeverJob], { stuckAfter: "4ms" });
    void NeverJob.enqueue({});

    const error = await rejection(kit.drain({ allowEmpty: true }));

    expect(error).toBeInstanceOf(StuckHandlerError);
    expect(error.message).toContain("an enqueue of NeverJob has been under way for 0.04 s of real time");
    expect(stderr()).toContain("an enqueue of NeverJob has been under way for 0.004 s");
    await kit.drain({ allowEmpty: true });
  });
});

describe("a refused enqueue", () => {
  it.each(WAYS_TO_WAIT)("R43 that nobody caught fails the next %s", async (name, wait) => {
    const kit = await aKit([PlainJob]);
    if (name === "waitFor") await PlainJob.enqueue({ n: 1 });
    void PlainJob.enqueue(bad);

    const error = await rejection(wait(kit));

    expect(error).toBeInstanceOf(KitUsageError);
    expect(error.message).toContain("An enqueue was refused and nobody caught it:\n  Cannot enqueue PlainJob");
    expect(error.cause).toMatchObject({ code: "DATA_NOT_JSON" });
    await wait(kit); // It is told once.
  });

  it("R43 that nobody caught fails dispose", async () => {
    const kit = await createTestKit({ jobs: [PlainJob, StrictJob] });
    void PlainJob.enqueue(bad);
    void StrictJob.enqueue({});

    const error = await rejection(kit.dispose());

    expect(error).toBeInstanceOf(KitDisposeError);
    expect(error).toMatchObject({
      problems: [
        expect.stringContaining("An enqueue was refused and nobody caught it: Cannot enqueue PlainJob"),
        expect.stringContaining("An enqueue was refused and nobody caught it: the schema says no"),
      ],
    });
  });

  it("R43 by a schema that takes its time fails the drain that waited for it", async () => {
    const kit = await aKit([StrictJob]);
    void StrictJob.enqueue({});

    await expect(kit.drain({ allowEmpty: true })).rejects.toThrow("the schema says no");
  });

  it("R43 by a handler that did not wait for it fails its drain", async () => {
    const Careless = defineJob("CarelessJob", {}, () => void PlainJob.enqueue(bad));
    const AlsoCareless = defineJob("AlsoCarelessJob", {}, (_data, context) => void context.enqueue(PlainJob, bad));
    const kit = await aKit([Careless, AlsoCareless, PlainJob]);

    await Careless.enqueue();
    await expect(kit.drain()).rejects.toThrow("Cannot enqueue PlainJob");
    await AlsoCareless.enqueue();
    await expect(kit.drain()).rejects.toThrow("Cannot enqueue PlainJob");
  });

  it("R43 of many at once that nobody caught is told too", async () => {
    const kit = await aKit([PlainJob]);
    void kit.jobs.enqueueMany([
      [PlainJob, { n: 1 }],
      [PlainJob, bad],
    ]);

    await expect(kit.drain({ allowEmpty: true })).rejects.toThrow("Cannot enqueue PlainJob");
    expect(await kit.enqueued()).toEqual([]);
  });

  it.each<[string, (enqueue: () => Promise<unknown>) => unknown]>([
    [
      "try and await",
      async (enqueue) => {
        try {
          await enqueue();
        } catch {
          // Caught.
        }
      },
    ],
    ["catch", (enqueue) => enqueue().catch(() => undefined)],
    ["then", (enqueue) => enqueue().then(undefined, () => undefined)],
    ["allSettled", (enqueue) => Promise.allSettled([enqueue(), enqueue()])],
    ["all", (enqueue) => Promise.all([enqueue(), enqueue()]).catch(() => undefined)],
    ["race", (enqueue) => Promise.race([enqueue(), enqueue()]).catch(() => undefined)],
    ["any", (enqueue) => Promise.any([enqueue(), enqueue()]).catch(() => undefined)],
    [
      "finally and catch",
      (enqueue) =>
        enqueue()
          .finally(() => undefined)
          .catch(() => undefined),
    ],
    ["an async function around it", (enqueue) => (async () => enqueue())().catch(() => undefined)],
    ["expect", (enqueue) => expect(enqueue()).rejects.toThrow()],
    ["resolve", (enqueue) => Promise.resolve(enqueue()).catch(() => undefined)],
  ])("R43 that was caught by %s fails nothing", async (_way, caught) => {
    const kit = await aKit([PlainJob, StrictJob]);

    const under = [caught(() => PlainJob.enqueue(bad)), caught(() => StrictJob.enqueue({}))];
    await kit.drain({ allowEmpty: true }); // Called before any of it is settled.
    await Promise.all(under);

    await kit.drain({ allowEmpty: true });
    await kit.dispose();
  });

  it("R43 that is caught within the same turn is caught", async () => {
    const kit = await aKit([PlainJob]);
    const refused = PlainJob.enqueue(bad);
    const drained = kit.drain({ allowEmpty: true });
    for (let tick = 0; tick < 20; tick++) await Promise.resolve();

    await expect(refused).rejects.toThrow("Cannot enqueue PlainJob");

    await drained;
  });

  it("is an ordinary promise to its caller", async () => {
    await aKit([PlainJob]);
    const refused = PlainJob.enqueue(bad);

    expect(refused).toBeInstanceOf(Promise);
    const chained = refused.then(
      () => 1,
      () => 2,
    );
    expect(await chained).toBe(2);
    expect(Object.getPrototypeOf(chained)).toBe(Promise.prototype);
  });
});
