// A kit beside timers that vitest or sinon fake: it needs none of them, and none of them stops it (BM-245).

import sinon from "sinon";
import { afterEach, describe, expect, it, vi } from "vitest";
import { defineJob, type StandardSchema } from "wheelwright";
import type { TestKit } from "wheelwright/testing";
import { aKit, aTellingJob, NOON } from "./a-kit.ts";
import { run } from "./program/run.ts";
import { sinonTimers } from "./sinon-timers.ts";

const FAKES: readonly (readonly [string, () => () => void])[] = [
  ["none", () => () => undefined],
  [
    "vitest's",
    () => {
      vi.useFakeTimers();
      return () => void vi.useRealTimers();
    },
  ],
  [
    "vitest's, performance too",
    () => {
      vi.useFakeTimers({
        toFake: [
          "setTimeout",
          "setInterval",
          "setImmediate",
          "clearTimeout",
          "clearInterval",
          "clearImmediate",
          "Date",
          "performance",
        ],
      });
      return () => void vi.useRealTimers();
    },
  ],
  [
    "sinon's",
    () => {
      const clock = sinonTimers();
      return () => clock.restore();
    },
  ],
];

afterEach(() => {
  vi.useRealTimers();
  sinon.restore();
});

/** All that waits in a kit: sleeps, retries, an async schema, assertions on the way. */
async function play(kit: TestKit, jobs: ReturnType<typeof theJobs>): Promise<void> {
  await jobs.teller.job.enqueue({ name: "a", sleeps: ["10s", "20s"] });
  await jobs.Flaky.enqueue();
  await kit.drain();
  await kit.advance("1m");
  await kit.jump("1m");
  await kit.drain({ allowEmpty: true });
  await kit.drainUntilIdle({ allowEmpty: true });
}

function theJobs(): {
  teller: ReturnType<typeof aTellingJob>;
  Flaky: ReturnType<typeof defineJob>;
} {
  const Flaky = defineJob("FlakyJob", {}, (_data, { attempt }) => {
    if (attempt < 3) throw new Error("try again");
  });
  return { teller: aTellingJob(), Flaky };
}

describe("a kit beside faked timers", () => {
  it.each(FAKES)("BM-245 plays the same with %s faked before it was made", async (_which, fake) => {
    const stop = fake();
    const jobs = theJobs();
    const kit = await aKit([jobs.teller.job, jobs.Flaky], { now: NOON });

    await play(kit, jobs);

    stop();
    expect(jobs.teller.told).toEqual(["a", "a +10s", "a +30s"]);
    expect(kit.events({ type: "completed" }).map(({ advancedMs }) => advancedMs)).toEqual([12_000, 30_000]);
  });

  it.each(FAKES)("BM-245 goes on with %s faked while its handlers are asleep", async (_which, fake) => {
    const { job, told } = aTellingJob();
    const kit = await aKit([job], { now: NOON });
    await job.enqueue({ name: "a", sleeps: ["10s", "10s", "10s"] });

    await kit.advance("10s");
    const stop = fake();
    await kit.advance("10s");
    stop();
    await kit.advance("10s");

    expect(told).toEqual(["a", "a +10s", "a +20s", "a +30s"]);
  });

  it("BM-245 may be switched by a handler while it runs", async () => {
    const Switching = defineJob("SwitchingJob", {}, async (_data, { sleep }) => {
      vi.useFakeTimers();
      await sleep("1m");
      vi.useRealTimers();
      await sleep("1m");
    });
    const kit = await aKit([Switching], { now: NOON });
    await Switching.enqueue();

    expect(await kit.advance("2m")).toMatchObject({ completed: 1 });
  });

  it("waits for an enqueue that is under way when they begin to be faked", async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    // Nothing in it asks a timer: one that is faked would hang, and the kit would say so.
    const validate = async (value: unknown): Promise<{ value: object }> => {
      await released;
      return { value: value as object }; // `as`: the test enqueues an object
    };
    const schema: StandardSchema<object> = { "~standard": { version: 1, vendor: "test", validate } };
    const Checked = defineJob("CheckedJob", { schema }, () => undefined);
    const kit = await aKit([Checked], { now: NOON });
    const enqueued = Checked.enqueue({});
    vi.useFakeTimers();
    const drained = kit.drain();

    release();

    expect(await drained).toMatchObject({ completed: 1 });
    await enqueued;
  });

  it("leaves faked timers where they are: only virtual time of the kit moves", async () => {
    vi.useFakeTimers({ now: NOON });
    const kit = await aKit([], { now: NOON });
    let fired = 0;
    setTimeout(() => fired++, 1000);

    await kit.advance("1h");

    expect(fired).toBe(0);
    expect(Date.now()).toBe(NOON.getTime());
    vi.advanceTimersByTime(1000);
    expect(fired).toBe(1);
    expect(kit.now()).toEqual(new Date(NOON.getTime() + 3_600_000));
  });

  it("BM-245 needs no timer that is faked, in the CommonJS build either", () => {
    const { code, stdout } = run("faked-in-commonjs.cjs");

    expect({ code, stdout }).toEqual({ code: 0, stdout: "1 completed, then STUCK_HANDLER" });
  }, 300_000);
});
