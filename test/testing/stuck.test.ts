// Handlers that hang: named on stderr first, an error at last (R40).

import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { defineJob } from "wheelwright";
import { createTestKit, StuckHandlerError } from "wheelwright/testing";
import { createHostedKit } from "../../src/testing/kit.ts";
import { exploreHost } from "../../src/testing/kit-host.ts";
import { aKit, aTellingJob, aTurn, hearStderr, NOON } from "./a-kit.ts";

const forEver = new Promise<never>(() => undefined);
const Hanging = defineJob<{ order: number }>("HangingJob", {}, () => forEver);
let stderr = (): string => "";

beforeEach(() => {
  stderr = hearStderr();
});

function warnings(): string[] {
  return stderr()
    .split("\n")
    .filter((line) => line.startsWith("wheelwright: "));
}

describe("a handler that hangs", () => {
  it("R40 is named on stderr, and is a StuckHandlerError after ten times as long", async () => {
    const kit = await aKit([Hanging], { stuckAfter: "8ms" });
    const { id } = await Hanging.enqueue({ order: 7 });

    const error: unknown = await kit.drain().catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(StuckHandlerError);
    expect(error).toMatchObject({ code: "STUCK_HANDLER", name: "StuckHandlerError" });
    expect(String(error)).toContain(`HangingJob ${id} (attempt 1, data {"order":7}) has neither ended nor slept`);
    expect(String(error)).toContain("for 0.08 s of real time");
    expect(warnings()[0]).toContain(`HangingJob ${id} (attempt 1, data {"order":7}) has neither ended nor slept`);
    expect(warnings()[0]).toContain("for 0.008 s of real time");
  });

  it("is waited for no more once it has been told of: it times out, and others go on", async () => {
    const { job, told } = aTellingJob();
    const kit = await aKit([Hanging, job], { stuckAfter: "4ms" });
    const { id } = await Hanging.enqueue({ order: 7 }, { maxRetries: 1 });
    await expect(kit.drain()).rejects.toThrow(StuckHandlerError);
    await job.enqueueIn(60, { name: "another" });

    await kit.advance("1h", { failures: "collect" });

    expect(told).toEqual(["another"]);
    expect(await kit.jobs.find(id)).toMatchObject({ status: "failed", lastError: "timed out after 300 seconds" });
  });

  it("is told of in a proof without a word of stuckAfter, which a proof does not take", async () => {
    const kit = await createHostedKit({ jobs: [Hanging], stuckAfter: "4ms", leftovers: "ignore" }, exploreHost);
    await kit.run(() => Hanging.enqueue({ order: 7 }));

    await expect(kit.drain()).rejects.toThrow(
      /Wait on virtual time with context\.sleep, and give effects that answer without real waiting\. A lock is to be one of the effects, and to take its work as a callback, lock\.with\(work\): a worker that dies lets that one go\. One of acquire\(\) and release\(\) is held on/,
    );
    await kit.dispose();
  });

  it("R40 is told by processQueue and processNext too", async () => {
    const kit = await aKit([Hanging], { stuckAfter: "4ms" });
    await Hanging.enqueue({ order: 7 });
    await Hanging.enqueue({ order: 8 });

    await expect(kit.jobs.processQueue()).rejects.toThrow("has neither ended nor slept");
    await expect(kit.jobs.processNext()).rejects.toThrow("has neither ended nor slept");
  });

  it("is told by perform too", async () => {
    const kit = await aKit([Hanging], { stuckAfter: "4ms" });

    await expect(kit.perform(Hanging, { order: 7 })).rejects.toThrow("HangingJob");
  });

  it("is not stuck while others end, sleep or wake", async () => {
    const kit = await aKit([Hanging, aTellingJob().job], { stuckAfter: "1m", now: NOON });
    const { job, told } = aTellingJob();
    const busy = await createTestKit({ jobs: [job], stuckAfter: "20ms", label: "the busy one" });
    await busy.run(() => job.enqueue({ name: "napper", sleeps: Array.from({ length: 50 }, () => "1s") }));

    await busy.drainUntilIdle();

    expect(told).toHaveLength(51);
    expect(warnings()).toEqual([]);
    await busy.dispose();
    await kit.dispose();
  });

  it("is told by dispose after its first warning, and everything is given back", async () => {
    const kit = await createTestKit({ jobs: [Hanging], stuckAfter: "8ms", leftovers: "ignore" });
    await Hanging.enqueue({ order: 7 });
    const drained = expect(kit.drain()).rejects.toThrow("was disposed while this was under way");
    while (kit.events({ type: "claimed" }).length === 0) await aTurn();

    await expect(kit.dispose()).rejects.toThrow("HangingJob");

    await drained;
    const next = await aKit([aTellingJob().job]);
    await next.drain({ allowEmpty: true });
  });

  it("is known by real time, also when all timers and Date are faked", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const kit = await aKit([Hanging], { stuckAfter: "4ms" });
    await Hanging.enqueue({ order: 7 });

    await expect(kit.drain()).rejects.toThrow(StuckHandlerError);
  });
});

describe("a handler that sleeps where nobody moves time", () => {
  const { job: Sleeper } = aTellingJob({}, "SleeperJob");

  it("R40 rejects processQueue, and says what to call", async () => {
    const kit = await aKit([Sleeper], { stuckAfter: "4ms", now: NOON });
    const { id } = await Sleeper.enqueue({ name: "s", sleeps: ["1m"] });

    const error: unknown = await kit.jobs.processQueue().catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(StuckHandlerError);
    expect(String(error)).toContain(`SleeperJob ${id}`);
    expect(String(error)).toContain("sleeps on virtual time and nobody has moved it");
    expect(String(error)).toContain("Call kit.advance(…) while this runs, or use kit.drainUntilIdle()");
  });

  it("R40 is woken by an advance meanwhile, and processQueue goes on", async () => {
    const kit = await aKit([Sleeper], { now: NOON });
    await Sleeper.enqueue({ name: "s", sleeps: ["1m"] });

    const processed = kit.jobs.processQueue();
    while (kit.events({ type: "claimed" }).length === 0) await aTurn(); // Else the advance may claim it first.
    await kit.advance("1m");
    const result = await processed;

    expect(result).toEqual({ processed: 1, failed: 0, skipped: 0, errors: [] });
  });

  it("R40 is woken by an advance meanwhile, and processNext goes on", async () => {
    const kit = await aKit([Sleeper], { now: NOON });
    await Sleeper.enqueue({ name: "s", sleeps: ["1m", "1m"] });

    const processed = kit.jobs.processNext();
    while (kit.events({ type: "claimed" }).length === 0) await aTurn();
    await kit.drainUntilIdle();
    const ran = await processed;

    expect(ran).toBe(true);
    expect(kit.events({ type: "completed" })).toHaveLength(1);
  });

  it("R40 is woken by an advance meanwhile, and perform goes on", async () => {
    const kit = await aKit([Sleeper], { now: NOON });

    await Promise.all([kit.perform(Sleeper, { name: "s", sleeps: ["1m"] }), kit.advance("1m")]);

    expect(kit.now()).toEqual(new Date(NOON.getTime() + 60_000));
  });
});

describe("createTestKit({ stuckAfter })", () => {
  it("refuses no time at all, and what is no length of time", async () => {
    for (const bad of ["0s", "soon", -1, 5])
      await expect(createTestKit({ jobs: [], stuckAfter: bad as string })).rejects.toThrow("stuckAfter"); // `as`: what JavaScript may pass
  });

  it("takes longer than a timer can be set for", async () => {
    const kit = await aKit([aTellingJob().job], { stuckAfter: "400d" });
    const Real = defineJob("RealJob", {}, () => new Promise((resolve) => setImmediate(resolve)));
    const other = await createTestKit({ jobs: [Real], stuckAfter: "400d" });
    await other.run(() => Real.enqueue());

    await other.drain();

    expect(warnings()).toEqual([]);
    await other.dispose();
    await kit.dispose();
  });
});
