// One attempt while it runs: when it is over, and what its handler may not do from then on.

import { describe, expect, it, vi } from "vitest";
import { AttemptOverError, defineJob, detached, JobTimeoutError, MemoryJobStore, TestClock } from "wheelwright";
import { aGate, running } from "./a-running-job.ts";
import { anApp, START, turn } from "./an-app.ts";

/** What is logged of a handler that throws this after its attempt has timed out. */
async function lateLines(thrown: unknown) {
  const { gate, open } = aGate();
  const { advance, lines, result } = await running(async () => {
    await gate;
    throw thrown;
  });
  await advance("5s");
  await result;
  const before = lines.length;
  open();
  await turn();
  return lines.slice(before);
}

describe("Attempt: timeout", () => {
  it("R16 times out at startedAt + timeout, and not a millisecond before (BM-074)", async () => {
    const { advance, find, result } = await running((context) => context.sleep("1h"));

    await advance("4s 999ms");
    expect(await find()).toMatchObject({ status: "processing" });

    await advance("1ms");
    expect(await find()).toMatchObject({ status: "pending", lastError: "timed out after 5 seconds" });
    expect(await result).toMatchObject({ failed: 1 });
  });

  it("R16 lets a handler end in its last millisecond", async () => {
    const { gate, open } = aGate();
    const { advance, find, result } = await running(() => gate);

    await advance("4s 999ms");
    open();
    await result;

    expect(await find()).toMatchObject({ status: "completed", completedAt: new Date(START.getTime() + 4999) });
  });

  it("R16 ends a sleep that is over at the deadline, and times out then", async () => {
    const heard: unknown[] = [];
    const { advance, find } = await running(async (context) => {
      await context.sleep("5s").catch((reason: unknown) => heard.push(reason));
      heard.push("slept");
      await context.sleep("1s");
    });

    await advance("5s");

    expect(heard).toEqual(["slept"]);
    expect(await find()).toMatchObject({ lastError: "timed out after 5 seconds" });
  });

  it("R16 keeps to the timeout's end where the seconds are a fraction", async () => {
    const { advance, find } = await running((context) => context.sleep("1h"), {}, 1.001);

    await advance("1s");
    expect(await find()).toMatchObject({ status: "processing" });

    await advance("1ms");
    expect(await find()).toMatchObject({ lastError: "timed out after 1.001 seconds" });
  });

  it("R16 logs a late result and never stores it (BM-081)", async () => {
    const { gate, open } = aGate();
    const { advance, find, result, lines } = await running(() => gate);

    await advance("5s");
    await result;
    await advance("1ms");
    open();
    await turn();

    expect(await find()).toMatchObject({ status: "pending", completedAt: null, attempts: 1 });
    expect(lines.at(-1)).toMatchObject({
      level: "warn",
      message: "Slow returned after its attempt was over; nothing is stored",
    });
  });

  it("R16 logs a late error, but not the echo of the abort", async () => {
    const slow = aGate();
    const { advance, lines, result } = await running(async (context) => {
      await context.sleep("1h").catch(() => slow.gate);
      throw new Error("too late");
    });
    const echoing = await running((context) => context.sleep("1h"));

    await advance("5s");
    await echoing.advance("5s");
    slow.open();
    await result;
    await turn();

    expect(lines.at(-1)).toMatchObject({ level: "warn", fields: { error: new Error("too late") } });
    expect(echoing.lines.at(-1)?.message).toMatch(/failed in attempt 1/);
  });

  it.each<[string, unknown]>([
    ["an AbortError, as fetch throws", new DOMException("stopped", "AbortError")],
    ["what only calls itself so", { name: "AbortError" }],
  ])("R16 takes %s for the echo of the abort, and says nothing of it", async (_what, thrown) => {
    expect(await lateLines(thrown)).toEqual([]);
  });

  it.each<[string, unknown]>([
    ["null", null],
    ["undefined", undefined],
    ["a text", "AbortError"],
    ["a function", () => undefined],
    ["an error of another name", new RangeError("AbortError")],
    [
      "what cannot be looked at",
      new Proxy(
        {},
        {
          get: () => {
            throw new Error("do not look");
          },
        },
      ),
    ],
  ])("R16 logs %s that is thrown late", async (_what, thrown) => {
    const lines = await lateLines(thrown);

    expect(lines.map(({ level, message }) => [level, message])).toEqual([
      ["warn", "Slow threw after its attempt was over; nothing is stored"],
    ]);
    expect(lines[0]?.fields.error).toBe(thrown);
  });

  it("leaves no sleep on the clock of a handler that has timed out", async () => {
    const { jobs, clock, advance, result } = await running((context) => context.sleep("1h"));
    await advance("5s");
    await result;

    await jobs.close();

    expect(clock.nextWakeAt()).toBeNull();
  });

  it.each([
    ["lets a handler end that blocked the event loop until its deadline", 5000, []],
    [
      "times out one that blocked it for longer, though it returned",
      5001,
      [expect.stringMatching(/timed out after 5 seconds$/)],
    ],
  ])("R16 %s", async (_what, blockedMs, errors) => {
    const clock = new TestClock(START);
    const blocking = defineJob("Blocking", { timeout: 5 }, () => clock.set(new Date(START.getTime() + blockedMs)));
    const { jobs } = anApp({ jobs: [blocking], clock });
    await jobs.enqueue(blocking);

    const result = await jobs.processQueue();

    expect(result.errors).toEqual(errors);
  });

  it("R16 frees the slot: the jobs behind it run while the handler still does (BM-080, BM-088)", async () => {
    const { gate, open } = aGate();
    const { jobs, other, advance, result } = await running(() => gate);
    await jobs.enqueue(other);

    await advance("5s");

    expect(await result).toMatchObject({ failed: 1 });
    expect(await jobs.processQueue()).toMatchObject({ processed: 1 });
    open();
  });

  it("R16 ends a handler that never resolves after R1's 300 seconds where nobody says otherwise (BM-086)", async () => {
    const hung = defineJob("Hung", { maxRetries: 1 }, () => new Promise(() => undefined));
    const { jobs, advance } = anApp({ jobs: [hung] });
    for (let count = 0; count < 5; count++) await jobs.enqueue(hung);

    const results = Array.from({ length: 5 }, () => jobs.processNext());
    await advance("300s");
    await Promise.all(results);

    expect(await jobs.queueStats()).toMatchObject({ failed: 5, processing: 0 });
  });

  it("BM-073 makes a timeout count: with maxRetries 1 the job has failed after one start", async () => {
    const { jobs, find, advance, result } = await running((context) => context.sleep("1h"), {
      defaults: { maxRetries: 1 },
    });

    await advance("5s");
    await result;

    expect(await find()).toMatchObject({ status: "failed", attempts: 1 });
    expect(await jobs.processQueue()).toMatchObject({ processed: 0, failed: 0 });
  });
});

describe("Attempt: after it is over", () => {
  it("R16 refuses whatever the attempt still tries with AttemptOverError, and stores nothing", async () => {
    const { gate, open } = aGate();
    const refusals: unknown[] = [];
    const { jobs, advance, other, result } = await running(async (context) => {
      await gate;
      const tries = [
        () => context.sleep("1s"),
        () => context.progress(1, 2),
        () => context.enqueue(other),
        () => other.enqueue(),
        () => new other().enqueue(),
        () => other.enqueueIn(5),
        () => jobs.enqueue(other),
        () => jobs.enqueueMany([[other]]),
        async () => jobs.enqueueSync(other),
      ];
      for (const attempt of tries) await attempt().catch((error: unknown) => refusals.push(error));
    });

    await advance("5s");
    await result;
    open();
    await turn();

    expect(refusals).toHaveLength(9);
    for (const refusal of refusals) {
      expect(refusal).toBeInstanceOf(AttemptOverError);
      expect(refusal).toMatchObject({ code: "ATTEMPT_OVER", cause: expect.any(JobTimeoutError) });
    }
    expect(await jobs.queueStats()).toMatchObject({ total: 1 });
  });

  it("R16 accepts what detached(fn) enqueues", async () => {
    const { gate, open } = aGate();
    const { jobs, advance, other, result } = await running(async () => {
      await gate;
      await detached(() => other.enqueue());
    });

    await advance("5s");
    await result;
    open();
    await turn();

    expect(await jobs.list({ jobClass: "Other" })).toHaveLength(1);
  });

  it("R16 refuses the enqueues that a handler left behind when it threw", async () => {
    const { gate, open } = aGate();
    let late: Promise<unknown> = Promise.resolve();
    const { other, result } = await running(() => {
      late = gate.then(() => other.enqueue());
      throw new Error("no");
    });

    await result;
    open();

    await expect(late).rejects.toThrow(AttemptOverError);
    await expect(late).rejects.toMatchObject({ cause: new Error("no") });
  });

  it("R16 accepts the enqueues that a handler left behind when it returned", async () => {
    const { gate, open } = aGate();
    let late: Promise<unknown> = Promise.resolve();
    const { jobs, other, result } = await running(() => {
      late = gate.then(() => other.enqueue());
    });

    await result;
    open();
    await late;

    expect(await jobs.list({ jobClass: "Other" })).toHaveLength(1);
  });

  it("R16 refuses what a handler left behind asks of its context when it has returned", async () => {
    const { gate, open } = aGate();
    const refusals: unknown[] = [];
    const { jobs, other, result } = await running((context) => {
      const tries = [() => context.sleep("1s"), () => context.progress(1, 2), () => context.enqueue(other)];
      void gate.then(async () => {
        for (const attempt of tries) await attempt().catch((error: unknown) => refusals.push(error));
      });
    });

    await result;
    open();
    await turn();

    expect(refusals.map((refusal) => (refusal as Error).constructor)).toEqual(Array(3).fill(AttemptOverError)); // `as`: errors
    expect(await jobs.queueStats()).toMatchObject({ total: 1 });
  });

  it("R16 is over at once when a handler that is no promise returns, before what it left to a microtask", async () => {
    let late: Promise<unknown> = Promise.resolve();
    const other = defineJob("Other", {}, () => undefined);
    const quick = defineJob("Quick", {}, (_data, context) => {
      late = new Promise((resolve) => queueMicrotask(() => resolve(context.enqueue(other))));
      late.catch(() => undefined);
    });
    const { jobs } = anApp({ jobs: [quick, other] });
    await jobs.enqueue(quick);

    await jobs.processQueue();

    await expect(late).rejects.toThrow(AttemptOverError);
    expect(await jobs.list({ jobClass: "Other" })).toEqual([]);
  });

  it("R16 ends once: an answer that the lease is lost comes too late for an attempt that has ended", async () => {
    const { gate, open } = aGate();
    const store = new MemoryJobStore();
    const settles = vi.spyOn(store, "settle");
    vi.spyOn(store, "extend").mockImplementation(() => gate.then(() => "lost"));
    const { find, lines, record, result } = await running((context) => void context.progress(1, 2), { store });
    const lost = record("lost");

    await result;
    const before = lines.length;
    open();
    await turn();

    expect(await find()).toMatchObject({ status: "completed" });
    expect(settles).toHaveBeenCalledOnce();
    expect([lost, lines.slice(before)]).toEqual([[], []]);
  });

  it("neither ends nor rejects a sleep that a handler left open when it returned", async () => {
    const ends: string[] = [];
    const { advance, result } = await running((context) => {
      void context.sleep("1s").then(
        () => ends.push("slept"),
        () => ends.push("rejected"),
      );
    });

    await result;
    await advance("1m");

    expect(ends).toEqual([]);
  });

  it("never leaves a rejection to the process when nobody looks at a sleep or a progress (BM-082)", async () => {
    const { gate, open } = aGate();
    const { advance, find } = await running(async (context) => {
      void context.sleep("1h");
      await gate;
      void context.sleep("1h");
      void context.progress(1, 2);
    });

    await advance("5s");
    open();
    await turn();
    await turn();

    expect(await find()).toMatchObject({ lastError: "timed out after 5 seconds" });
  });
});
