// Every step on node:diagnostics_channel, for tracers and metrics that know nothing of the app.

import diagnostics from "node:diagnostics_channel";
import { afterEach, describe, expect, it } from "vitest";
import { createJobs, defineJob, type JobEvent, type JobEventType, MemoryJobStore } from "wheelwright";
import { createTestKit } from "wheelwright/testing";
import { EVENT_TYPES } from "../../src/engine/events.ts";
import { anApp } from "./an-app.ts";

const forget: (() => void)[] = [];
afterEach(() => {
  for (const one of forget.splice(0)) one();
});

function subscribe(...types: readonly JobEventType[]): JobEvent[] {
  const heard: JobEvent[] = [];
  for (const type of types) {
    const listener = (message: unknown): void => void heard.push(message as JobEvent); // `as`: what the channel is for
    diagnostics.subscribe(`wheelwright:${type}`, listener);
    forget.push(() => diagnostics.unsubscribe(`wheelwright:${type}`, listener));
  }
  return heard;
}

const failsOnce = defineJob("FailsOnce", { baseDelay: 0 }, (_data: { n: number }, { attempt }) => {
  if (attempt === 1) throw new Error("not yet");
});

describe("the diagnostics channels", () => {
  it("carry each event once, with what a listener of the app hears", async () => {
    const heard = subscribe(...EVENT_TYPES);
    const app = anApp({ jobs: [failsOnce] });
    const told = app.record(...EVENT_TYPES);

    await app.jobs.enqueue(failsOnce, { n: 1 });
    await app.jobs.processQueue();
    await app.jobs.processQueue();

    expect(heard.map(({ type }) => type)).toEqual(["enqueued", "claimed", "retried", "claimed", "completed"]);
    expect(heard).toEqual(told);
  });

  it("carry an event that nobody else listens for, and complain of nothing", async () => {
    const heard = subscribe("enqueued");
    const { jobs, lines } = anApp({ jobs: [failsOnce] });

    await jobs.enqueue(failsOnce, { n: 1 });

    expect(heard).toHaveLength(1);
    expect(lines).toEqual([]);
  });

  it("carry what happens in a kit that takes the app's place, once, too", async () => {
    const heard = subscribe("enqueued", "completed");
    const app = createJobs({ jobs: [failsOnce], store: new MemoryJobStore() });
    const kit = await createTestKit({ app });

    await app.enqueue(failsOnce, { n: 1 });
    await kit.drain();

    expect(heard.map(({ type }) => type)).toEqual(["enqueued", "completed"]);
    await kit.dispose();
  });
});
