// The timeline: what happened in a kit, as text.

import { describe, expect, it } from "vitest";
import { defineJob, type JobContext } from "wheelwright";
import { aKit, NOON } from "./a-kit.ts";

const greet = defineJob("Greet", {}, (data: { name: string; fails?: number }, context: JobContext) => {
  context.log.info(`hello ${data.name}`);
  if (context.attempt <= (data.fails ?? 0)) throw new Error("no answer");
});

describe("kit.timeline", () => {
  it("tells the time advanced to the millisecond, however long ago the test began", async () => {
    const kit = await aKit([greet], { now: NOON });
    await kit.advance("14d 18h 30m");
    await greet.enqueue({ name: "Ada", fails: 1 });

    await kit.drainUntilIdle();
    await kit.advance("1ms");
    await greet.enqueueIn("3s 999ms", { name: "Grace" });

    expect(kit.timeline()).toBe(
      [
        "+14d 18h 30m         enqueued     Greet due now",
        "+14d 18h 30m         claimed      Greet attempt 1",
        '+14d 18h 30m         retried      Greet attempt 1 threw "no answer", again in 4s',
        "+14d 18h 30m 4s      claimed      Greet attempt 2",
        "+14d 18h 30m 4s      completed    Greet attempt 2",
        "+14d 18h 30m 4s 1ms  enqueued     Greet due in 3s 999ms",
      ].join("\n"),
    );
  });

  it("shows what the handlers logged, and one job alone", async () => {
    const kit = await aKit([greet], { now: NOON });
    await greet.enqueue({ name: "Ada" });
    const grace = await greet.enqueue({ name: "Grace" });

    await kit.drain();

    expect(kit.timeline({ jobId: grace.id, logs: true })).toBe(
      [
        "+0s           enqueued     Greet due now",
        "+0s           claimed      Greet attempt 1",
        "+0s           · info hello Grace",
        "+0s           completed    Greet attempt 1",
      ].join("\n"),
    );
  });
});
