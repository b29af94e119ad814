// What happens to jobs, told to whoever listens: which events in which order, and that no listener can do harm.

import { describe, expect, it } from "vitest";
import { defineJob, type JobEvent, type JobRecord, MemoryJobStore } from "wheelwright";
import { EventHub } from "../../src/engine/events.ts";
import { anApp, START, turn } from "./an-app.ts";

const plain = defineJob("Plain", {}, () => undefined);

describe("Jobs.on", () => {
  it("tells of every step of a job, in order, at the clock's instant", async () => {
    const twice = defineJob("Twice", { maxRetries: 2 }, () => {
      throw new Error("no");
    });
    const { jobs, record, advance, elapsed } = anApp({ jobs: [twice, plain] });
    const events = record("enqueued", "deduplicated", "claimed", "completed", "retried", "failed");

    await jobs.enqueue(twice, {}, { uniqueKey: "k" });
    await jobs.enqueue(twice, {}, { uniqueKey: "k" });
    await jobs.processQueue();
    await advance("4s");
    await jobs.processQueue();
    await jobs.enqueue(plain);
    await jobs.processQueue();

    expect(events.map((event) => event.type)).toEqual([
      "enqueued",
      "deduplicated",
      "claimed",
      "retried",
      "claimed",
      "failed",
      "enqueued",
      "claimed",
      "completed",
    ]);
    expect(events.at(-1)?.at).toEqual(jobs.now());
    expect(elapsed()).toBe(4000);
  });

  it("R9 tells of what a transaction enqueued when it commits, in order, and not at all when it rolls back", async () => {
    const store = new MemoryJobStore();
    const { jobs, record, advance } = anApp({ jobs: [plain], store });
    const events = record("enqueued", "deduplicated");

    await store.transaction(async (transaction) => {
      await jobs.enqueue(plain, { n: 1 }, { transaction, uniqueKey: "k" });
      await jobs.enqueue(plain, { n: 1 }, { transaction, uniqueKey: "k" });
      jobs.enqueueSync(plain, { n: 2 }, { transaction });
      void jobs.enqueueMany([[plain, { n: 3 }]], { transaction }); // Told of after the commit, as it comes to its row then.
      await advance("1s");
      expect(events.filter(({ at }) => at < jobs.now())).toEqual([]);
    });
    const rolledBack = store.transaction(async (transaction) => {
      await jobs.enqueue(plain, { n: 4 }, { transaction });
      throw new Error("no");
    });
    await expect(rolledBack).rejects.toThrow("no");
    await turn();

    expect(events.map(({ type, job }) => [type, job.data])).toEqual([
      ["enqueued", { n: 1 }],
      ["deduplicated", { n: 1 }],
      ["enqueued", { n: 2 }],
      ["enqueued", { n: 3 }],
    ]);
    expect(events[0]?.at).toEqual(jobs.now());
  });

  it("tells at once of what a transaction enqueued that cannot be followed", async () => {
    const store = new MemoryJobStore({ foreignTransactions: "commit-at-once" });
    const { jobs, record } = anApp({ jobs: [plain], store });
    const events = record("enqueued");

    await jobs.enqueue(plain, {}, { transaction: { query: () => undefined } });

    expect(events).toHaveLength(1);
  });

  it("gives the error itself and the next runAt with retried, and how long it took with completed", async () => {
    const error = new Error("no");
    const failing = defineJob("Failing", {}, () => {
      throw error;
    });
    const working = defineJob("Working", {}, async (_data, context) => context.sleep("7s"));
    const { jobs, record, advance } = anApp({ jobs: [failing, working] });
    const events = record("retried", "completed");
    await jobs.enqueue(failing);
    await jobs.enqueue(working);

    const running = jobs.processQueue();
    await advance("7s");
    await running;

    expect(events).toEqual([
      expect.objectContaining({ type: "retried", error, runAt: new Date("2030-01-01T00:00:04Z") }),
      expect.objectContaining({ type: "completed", durationMs: 7000 }),
    ]);
  });

  it("refuses an event that there is not", () => {
    const { jobs } = anApp({ jobs: [plain] });

    expect(() => jobs.on("succeeded" as "completed", () => undefined)).toThrow(/"succeeded".+completed/); // `as`: JavaScript
  });

  it("lets a listener stop, and only that one", async () => {
    const { jobs } = anApp({ jobs: [plain] });
    const heard: string[] = [];
    const listen = (): void => void heard.push("heard");
    const stopFirst = jobs.on("enqueued", listen);
    jobs.on("enqueued", listen);

    stopFirst();
    stopFirst();
    await jobs.enqueue(plain);

    expect(heard).toEqual(["heard"]);
  });

  it("calls nobody when the last listener has stopped, however often it did", async () => {
    const { jobs, lines } = anApp({ jobs: [plain] });
    const heard: JobEvent[] = [];
    const stop = jobs.on("enqueued", (event) => heard.push(event));

    stop();
    stop();
    await jobs.enqueue(plain);

    expect(heard).toEqual([]);
    expect(lines).toEqual([]);
  });

  it("does not call a listener for the event in which it was added, even one that adds itself anew", async () => {
    const { jobs } = anApp({ jobs: [plain] });
    let calls = 0;
    const once = (): void => {
      calls++;
      stop();
      stop = jobs.on("enqueued", once);
    };
    let stop = jobs.on("enqueued", once);

    await jobs.enqueue(plain);
    await jobs.enqueue(plain);

    expect(calls).toBe(2);
  });

  it("reports a listener that throws or rejects, and goes on without it (BM-082)", async () => {
    const { jobs, lines } = anApp({ jobs: [plain] });
    const heard: JobEvent[] = [];
    jobs.on("completed", () => {
      throw new Error("listener threw");
    });
    jobs.on("completed", async () => {
      throw new Error("listener rejected");
    });
    jobs.on("completed", (event) => heard.push(event));
    await jobs.enqueue(plain);

    const result = await jobs.processQueue();
    await turn();

    expect(result).toMatchObject({ processed: 1, errors: [] });
    expect(heard).toHaveLength(1);
    expect(lines.filter(({ level }) => level === "error")).toEqual([
      { level: "error", message: "an event listener threw", fields: { error: new Error("listener threw") } },
      { level: "error", message: "an event listener threw", fields: { error: new Error("listener rejected") } },
    ]);
  });
});

describe("EventHub", () => {
  it("passes on to other hubs, to each until that one's end is asked for", () => {
    const heard: string[] = [];
    const [hub, first, second] = [1, 2, 3].map(() => new EventHub(() => undefined)) as [EventHub, EventHub, EventHub]; // `as`: three
    first.on("enqueued", () => heard.push("first"));
    second.on("enqueued", () => heard.push("second"));
    const endFirst = hub.passOn(first);
    hub.passOn(second);
    const job = {} as JobRecord; // `as`: nobody looks at it

    hub.tell("enqueued", START, job, null);
    endFirst();
    hub.tell("enqueued", START, job, null);

    expect(heard).toEqual(["first", "second", "second"]);
  });
});
