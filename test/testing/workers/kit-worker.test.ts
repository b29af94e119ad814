// kit.workers: engines over one store, stepped by hand.

import { describe, expect, it } from "vitest";
import { defineJob, InvalidOptionError, type JobContext } from "wheelwright";
import { KitUsageError, type TestKit } from "wheelwright/testing";
import { aKit, aTurn, NOON, rejection } from "../a-kit.ts";

const said: string[] = [];
const sayJob = defineJob<{ text: string; sleep?: string }>(
  "SayJob",
  {},
  async ({ text, sleep }, context: JobContext) => {
    if (sleep !== undefined) await context.sleep(sleep);
    said.push(`${text} ${context.attempt}`);
  },
);

async function aKitWith(data: { text: string; sleep?: string }, ...names: string[]) {
  said.length = 0;
  const kit = await aKit([sayJob], { now: NOON });
  const job = await kit.run(() => sayJob.enqueue(data));
  return { kit, job, workers: kit.workers(...names) };
}

describe("kit.workers", () => {
  it("makes so many, or one for each name", async () => {
    const kit = await aKit([sayJob], { now: NOON });

    expect(kit.workers(2).map(({ name }) => name)).toEqual(["worker-1", "worker-2"]);
    expect(kit.workers("slow", "quick").map(({ name }) => name)).toEqual(["slow", "quick"]);
    expect(() => kit.workers(0)).toThrow("kit.workers' count");
  });

  it.each([
    ["nothing", [], "kit.workers' list of arguments is []; expected a count, or a name for each"],
    ["a count and a name", [2, "a"], "kit.workers' list of arguments is [ 2, 'a' ]"],
    [
      "a name twice",
      ["a", "b", "a"],
      "kit.workers' list of names is [ 'a', 'b', 'a' ]; expected a name of its own for each",
    ],
    ["a list of names", [["a", "b"]], "a worker's name is [ 'a', 'b' ]"],
  ])("refuses %s", async (_what, given, message) => {
    const kit = await aKit([sayJob], { now: NOON });
    const make = () => Reflect.apply(kit.workers, kit, given);

    expect(make).toThrow(InvalidOptionError);
    expect(make).toThrow(message);
  });

  it.each([
    ["claim", null, "claim's options is null"],
    ["claim", { qeue: "mail" }, 'claim\'s option "qeue" is "mail"; expected one of queue, id'],
    ["claim", { id: 5 }, "claim's id is 5"],
    ["run", { id: "a" }, 'run\'s option "id" is "a"; expected one of queue'],
    ["run", { queue: "" }, "run's queue"],
  ] as const)("refuses to %s by %j, and claims nothing", async (step, options, message) => {
    const { kit, workers } = await aKitWith({ text: "hello" }, "one");
    const [one] = workers;

    const refused = await rejection(Promise.resolve(one?.[step](options as object)));

    expect(refused).toBeInstanceOf(InvalidOptionError);
    expect(refused.message).toContain(message);
    expect(await kit.pending()).toHaveLength(1);
    expect(await one?.run()).toBe("completed");
  });

  it("R12 lets one of two hold a job, by its name", async () => {
    const { kit, job, workers } = await aKitWith({ text: "hello" }, "first", "second");
    const [first, second] = workers;

    expect(await first?.claim()).toMatchObject({ id: job.id, lockedBy: "first" });

    expect(await second?.claim()).toBeNull();
    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "processing", attempts: 1 });
    expect(said).toEqual([]);
  });

  it("performs and settles as two steps", async () => {
    const { kit, job, workers } = await aKitWith({ text: "hello" }, "one");
    const [one] = workers;
    await one?.claim();

    expect(await one?.perform()).toBe("ended");
    expect(said).toEqual(["hello 1"]);
    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "processing" });
    expect(await one?.settle()).toBe("completed");

    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "completed" });
    expect(one?.holds).toBeNull();
  });

  it("R20 tells an attempt that is tried again from the last one", async () => {
    const job = defineJob("BrokenJob", { maxRetries: 2 }, () => {
      throw new Error("no paper");
    });
    const kit = await aKit([job], { now: NOON });
    const [one] = kit.workers("one");
    await kit.run(() => job.enqueue());

    expect(await one?.run()).toBe("retried");
    await kit.jump("4s");
    expect(await one?.run()).toBe("failed");
  });

  it("R24 a worker that overran its lease settles nothing", async () => {
    const { kit, job, workers } = await aKitWith({ text: "hello" }, "slow", "quick");
    const [slow, quick] = workers;
    await slow?.claim();
    await slow?.perform();
    await kit.jump("30s");

    expect(await quick?.rescue()).toBe(1);
    expect(await slow?.settle()).toBe("lost");
    await kit.jump("4s");
    expect(await quick?.run()).toBe("completed");

    expect(said).toEqual(["hello 1", "hello 2"]);
    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "completed", attempts: 2 });
  });

  it("R25 a heartbeat keeps the lease from a rescue", async () => {
    const { kit, workers } = await aKitWith({ text: "hello", sleep: "1m" }, "slow", "quick");
    const [slow, quick] = workers;
    await slow?.claim();
    expect(await slow?.perform()).toBe("asleep");
    await kit.jump("20s");
    await slow?.beat();
    await kit.jump("20s");

    expect(await quick?.rescue()).toBe(0);
  });

  it("goes on with a handler when its sleep is over", async () => {
    const { kit, workers } = await aKitWith({ text: "hello", sleep: "10s" }, "one");
    const [one] = workers;
    await one?.claim();
    await one?.perform();
    await kit.jump("9s");
    expect(await one?.perform()).toBe("asleep");
    await kit.jump("1s");

    expect(await one?.perform()).toBe("ended");
    expect(await one?.settle()).toBe("completed");
  });

  it("R25 one that dies leaves its claim to the rescue, and its handler never goes on", async () => {
    const { kit, job, workers } = await aKitWith({ text: "hello", sleep: "10s" }, "first", "second");
    const [first, second] = workers;
    await first?.claim();
    await first?.perform();
    first?.crash();
    await kit.jump("30s");

    expect(await second?.rescue()).toBe(1);
    await kit.drainUntilIdle();

    expect(said).toEqual(["hello 2"]);
    expect(await kit.jobs.find(job.id)).toMatchObject({ attempts: 2 });
    expect(kit.timeline()).toContain("↯ #1 SayJob  first dies");
  });

  it("may claim anew after it died with an outcome in hand", async () => {
    const { kit, workers } = await aKitWith({ text: "hello" }, "one");
    const [one] = workers;
    await one?.claim();
    await one?.perform();
    one?.crash();
    await kit.run(() => sayJob.enqueue({ text: "later", sleep: "1s" }));

    expect(await one?.claim()).toMatchObject({ data: { text: "later" } });
    expect(await one?.perform()).toBe("asleep");
  });

  it("R45 one whose clock is ahead claims early, and takes back a live lease", async () => {
    const { workers } = await aKitWith({ text: "hello" }, "right", "ahead");
    const [right, ahead] = workers;
    ahead?.skewClock("31s");
    await right?.claim();

    expect(await ahead?.rescue()).toBe(1);
  });

  it("R26 sends an outcome again whose answer was lost", async () => {
    const { kit, job, workers } = await aKitWith({ text: "hello" }, "one");
    const [one] = workers;
    await one?.claim();
    await one?.perform();
    kit.faults.failStore("settle", { times: 3 });

    expect(await one?.settle()).toBe("completed");

    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "completed" });
    expect(kit.timeline().match(/the store's settle fails/g)).toHaveLength(3);
  });

  it.each([
    ["a store that is away", (kit: TestKit) => kit.faults.storeAway("1h"), "unsettled", "processing"],
    ["a settle that fails", (kit: TestKit) => kit.faults.failStore("settle"), "completed", "completed"],
  ])("strikes with %s, armed while its outcome is held back", async (_what, arm, answer, status) => {
    const { kit, job, workers } = await aKitWith({ text: "hello" }, "one");
    const [one] = workers;
    await one?.claim();
    await one?.perform();
    arm(kit);

    expect(await one?.settle()).toBe(answer);

    expect(await kit.jobs.find(job.id)).toMatchObject({ status });
    expect(kit.timeline()).toContain("↯");
  });

  it("strikes with the faults of the kit", async () => {
    const { kit, workers } = await aKitWith({ text: "hello" }, "one");
    const [one] = workers;
    kit.faults.crash(sayJob, { at: "claim" });
    await one?.claim();

    expect(await one?.perform()).toBe("ended");
    expect(await one?.settle()).toBe("unsettled");

    expect(said).toEqual([]);
  });

  it("lets go of a job that a fault has delivered again before it settles", async () => {
    const { kit, job, workers } = await aKitWith({ text: "hello" }, "one");
    const [one] = workers;
    kit.faults.duplicate(sayJob);
    await one?.claim();
    expect(await one?.perform()).toBe("ended");

    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "pending", attempts: 1 });
    expect(await one?.settle()).toBe("unsettled");

    expect(await one?.run()).toBe("completed");
    expect(said).toEqual(["hello 1", "hello 2"]);
  });

  it("dies once, though a fault has struck it before it is told to, and waits for its next handler", async () => {
    const busyJob = defineJob("BusyJob", {}, aTurn);
    const kit = await aKit([busyJob], { now: NOON });
    const [one] = kit.workers("one");
    for (let count = 0; count < 2; count++) await kit.run(() => busyJob.enqueue());
    kit.faults.crash(busyJob);
    await one?.claim();
    await one?.perform();
    one?.crash();

    expect(await one?.run()).toBe("completed");
  });

  it("refuses a step that is not its turn, and all of them once the kit is disposed", async () => {
    const { kit, workers } = await aKitWith({ text: "hello", sleep: "1s" }, "one");
    const [one] = workers;
    const attempted = (step: "claim" | "perform" | "settle") => rejection(Promise.resolve(one?.[step]()));

    expect((await attempted("perform")).message).toBe("one cannot perform: it holds no job: claim one first.");
    await one?.claim();
    expect((await attempted("claim")).message).toBe("one cannot claim: it holds SayJob already: settle it first.");
    await one?.perform();
    expect((await attempted("settle")).message).toContain("its handler has not ended");
    await kit.dispose();
    expect((await attempted("claim")).message).toContain("is disposed and cannot let one claim");
  });

  it.each([
    ["claim", "claim"],
    ["claim", "run"],
    ["perform", "perform"],
    ["perform", "settle"],
    ["settle", "settle"],
    ["settle", "claim"],
    ["run", "run"],
  ] as const)("refuses, beside a %s that is under way, a %s at once", async (first, second) => {
    const { kit, workers } = await aKitWith({ text: "hello" }, "one");
    await kit.run(() => sayJob.enqueue({ text: "later" }));
    const [one] = workers;
    if (first === "perform" || first === "settle") await one?.claim();
    if (first === "settle") await one?.perform();

    const underWay = one?.[first]();
    const refused = await rejection(Promise.resolve(one?.[second]()));

    expect(refused).toBeInstanceOf(KitUsageError);
    expect(refused.message).toBe(`one cannot ${second}: its ${first} is under way, await it.`);
    expect(await underWay).toBeTruthy();
    expect(await kit.jobs.list({ status: "processing" })).toHaveLength(one?.holds ? 1 : 0);
  });

  it("takes its next step when one before it was refused or has failed", async () => {
    const { kit, workers } = await aKitWith({ text: "hello" }, "one");
    const [one] = workers;
    kit.faults.failStore("claim");
    await rejection(Promise.resolve(one?.claim()));
    await rejection(Promise.resolve(one?.settle()));

    expect(await one?.run()).toBe("completed");
  });

  it("dies in the middle of its handler, and not in the middle of a claim or a settle", async () => {
    const dieJob = defineJob("DieJob", {}, (_data, { attempt }) => {
      if (attempt === 1) one?.crash();
    });
    const kit = await aKit([dieJob], { now: NOON });
    const [one] = kit.workers("one");
    const { id } = await kit.run(() => dieJob.enqueue());

    expect(await one?.run()).toBe("unsettled");
    expect(await kit.jobs.find(id)).toMatchObject({ status: "processing" });
    await kit.jump("30s");
    await one?.rescue();
    await kit.jump("4s");
    const claim = one?.claim();
    expect(() => one?.crash()).toThrow("one cannot crash: its claim is under way, await it.");
    await claim;
    await one?.perform();
    const settle = one?.settle();
    expect(() => one?.crash()).toThrow("one cannot crash: its settle is under way, await it.");

    expect(await settle).toBe("completed");
  });
});
