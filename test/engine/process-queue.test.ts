// One call of processQueue: rescue, list, then claim and perform each in order.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineJob, type JobContext, MemoryJobStore } from "wheelwright";
import { aRow } from "./a-row.ts";
import { anApp, START, turn } from "./an-app.ts";
import { type Fault, failsTimes, faultStore } from "./fault-store.ts";

const plain = defineJob("Plain", {}, () => undefined);

/** An app whose one job notes, by a name in its data, that it ran. */
function aNotingApp() {
  const ran: string[] = [];
  const noting = defineJob("Noting", {}, (data: { name: string }) => void ran.push(data.name));
  return { ...anApp({ jobs: [noting] }), noting, ran };
}

describe("processQueue: order", () => {
  it("R11 takes a job that is due at this very millisecond, and none that is due a millisecond later", async () => {
    const { jobs, noting, ran, advance } = aNotingApp();
    await jobs.enqueue(noting, { name: "now" });
    await jobs.enqueue(noting, { name: "later" }, { delay: "1ms" });

    await jobs.processQueue();
    expect(ran).toEqual(["now"]);

    await advance("1ms");
    await jobs.processQueue();
    expect(ran).toEqual(["now", "later"]);
  });

  const enqueues = fc.array(
    fc.record({
      priority: fc.integer({ min: -2, max: 2 }),
      dueIn: fc.integer({ min: -3, max: 3 }),
      queue: fc.constantFrom("a", "b", "c"),
    }),
    { maxLength: 25 },
  );

  it("R11 always performs by priority, then runAt, then the order of the enqueues; R13 whatever queues are asked for together (BM-193)", async () => {
    const filters = fc.constantFrom<string | readonly string[] | undefined>(
      undefined,
      "a",
      "a,b",
      " c , a ",
      ["b", "c"],
      "a,b,c,a",
    );
    await fc.assert(
      fc.asyncProperty(enqueues, filters, fc.boolean(), async (list, queue, oneByOne) => {
        const { jobs, noting, ran } = aNotingApp();
        for (const [index, { priority, dueIn, queue: own }] of list.entries())
          await jobs.enqueue(
            noting,
            { name: `${index}` },
            { priority, queue: own, runAt: new Date(START.getTime() + dueIn) },
          );

        if (oneByOne) while (await jobs.processNext({ queue }));
        else await jobs.processQueue({ queue, limit: 100 });

        const asked =
          queue === undefined
            ? ["a", "b", "c"]
            : [queue].flat().flatMap((names) => names.split(",").map((name) => name.trim()));
        const expected = list
          .map((job, index) => ({ ...job, index }))
          .filter((job) => job.dueIn <= 0 && asked.includes(job.queue))
          .sort((one, two) => two.priority - one.priority || one.dueIn - two.dueIn || one.index - two.index);
        expect(ran).toEqual(expected.map(({ index }) => `${index}`));
      }),
    );
  });

  it("R11 keeps a retried job's place among those of its new runAt (BM-191)", async () => {
    const ran: string[] = [];
    const flaky = defineJob("Flaky", {}, (data: { name: string }, context) => {
      ran.push(data.name);
      if (data.name === "first" && context.attempt === 1) throw new Error("again");
    });
    const { jobs, advance } = anApp({ jobs: [flaky] });
    const runAt = new Date(START.getTime() + 4000); // What the retry of the first will be due at.
    await jobs.enqueue(flaky, { name: "first" });
    await jobs.enqueue(flaky, { name: "second" }, { runAt });

    await jobs.processQueue();
    await advance("4s");
    await jobs.processQueue();

    expect(ran).toEqual(["first", "first", "second"]);
  });

  it.each(["", " ", "a,,b", [], ["a", ""], 7])("R13 refuses the queue filter %j", async (queue) => {
    const { jobs } = aNotingApp();
    const filter = { queue: queue as string }; // `as`: what JavaScript lets through

    await expect(jobs.processQueue(filter)).rejects.toMatchObject({ code: "INVALID_OPTION" });
    await expect(jobs.processNext(filter)).rejects.toMatchObject({ code: "INVALID_OPTION" });
  });
});

describe("processQueue: the batch", () => {
  it("R14 takes ten jobs unless told", async () => {
    const { jobs, noting } = aNotingApp();
    for (let count = 0; count < 12; count++) await jobs.enqueue(noting, { name: "n" });

    expect(await jobs.processQueue()).toMatchObject({ processed: 10 });
    expect(await jobs.processQueue({ limit: 1 })).toMatchObject({ processed: 1 });
    expect(await jobs.queueStats()).toMatchObject({ completed: 11, pending: 1 });
  });

  it.each([0, -1, 1.5, Number.NaN, "10"])("R14 refuses the limit %j", async (limit) => {
    const { jobs } = aNotingApp();

    await expect(jobs.processQueue({ limit: limit as number })).rejects.toMatchObject({ code: "INVALID_OPTION" }); // `as`: JavaScript
  });

  it("R14 leaves what a handler enqueues to the next call (BM-231)", async () => {
    const again = defineJob("Again", {}, async () => {
      await again.enqueue();
    });
    const { jobs } = anApp({ jobs: [again] });
    await jobs.enqueue(again);

    expect(await jobs.processQueue()).toMatchObject({ processed: 1 });
    expect(await jobs.processQueue()).toMatchObject({ processed: 1 });
    expect(await jobs.queueStats()).toMatchObject({ completed: 2, pending: 1 });
  });

  it("R14 performs one after the other, each when the one before has ended", async () => {
    const order: string[] = [];
    const slow = defineJob("Slow", {}, async (data: { name: string }) => {
      order.push(`${data.name} starts`);
      await turn();
      order.push(`${data.name} ends`);
    });
    const { jobs } = anApp({ jobs: [slow] });
    for (const name of ["a", "b"]) await jobs.enqueue(slow, { name });

    await jobs.processQueue();

    expect(order).toEqual(["a starts", "a ends", "b starts", "b ends"]);
  });

  it("BM-005 holds no lease but that of the job it performs", async () => {
    const held: number[] = [];
    const looking = defineJob("Looking", {}, async () => void held.push((await jobs.queueStats()).processing));
    const { jobs } = anApp({ jobs: [looking] });
    for (let count = 0; count < 4; count++) await jobs.enqueue(looking);

    await jobs.processQueue();

    expect(held).toEqual([1, 1, 1, 1]);
  });

  it("R14 tells errors as Job <id> (<class>): <message>, and never stops for one", async () => {
    const failing = defineJob("Failing", {}, () => {
      throw new Error("no paper");
    });
    const store = new MemoryJobStore();
    const { jobs } = anApp({ jobs: [failing, plain], store });
    const failed = await jobs.enqueue(failing);
    await store.insert([aRow({ id: "gone", jobClass: "Gone" }), aRow({ id: "broken", jobClass: "Plain", data: "{" })], {
      now: START,
    });
    await jobs.enqueue(plain);

    const result = await jobs.processQueue();

    expect(result).toMatchObject({ processed: 1, failed: 3, skipped: 0 });
    expect(result.errors).toEqual([
      `Job ${failed.id} (Failing): no paper`,
      expect.stringMatching(/^Job gone \(Gone\): No job class "Gone"/),
      expect.stringMatching(/^Job broken \(Plain\): The row's data is no JSON object/),
    ]);
  });

  it("R15 tells of a handler that threw nothing at all as of any other", async () => {
    const failing = defineJob("Failing", {}, () => Promise.reject(undefined));
    const { jobs } = anApp({ jobs: [failing] });
    const { id } = await jobs.enqueue(failing);

    const { errors } = await jobs.processQueue();

    expect(errors).toEqual([`Job ${id} (Failing): undefined was thrown`]);
  });

  it("R14 goes on where the store fails for one job", async () => {
    const inner = new MemoryJobStore();
    const store = faultStore(inner, (method, earlier) => (method === "claim" && earlier === 1 ? "before" : null));
    const { jobs } = anApp({ jobs: [plain], store });
    for (let count = 0; count < 3; count++) await jobs.enqueue(plain);

    expect(await jobs.processQueue()).toEqual({
      processed: 2,
      failed: 1,
      skipped: 0,
      errors: [expect.stringMatching(/^Job .+ \(Plain\): claim: the connection was lost$/)],
    });
  });

  it("R14 rejects when the list itself cannot be had, and has claimed nothing", async () => {
    const inner = new MemoryJobStore();
    const { jobs } = anApp({ jobs: [plain], store: faultStore(inner, failsTimes("due", 1, "before")) });
    await jobs.enqueue(plain);

    await expect(jobs.processQueue()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(await jobs.processQueue()).toMatchObject({ processed: 1 });
  });

  it("R14 rescues first, so that a job a dead worker held is back in time", async () => {
    const { jobs, store, advance } = anApp({ jobs: [plain], defaults: { baseDelay: 0 } });
    await jobs.enqueue(plain);
    await store.claim({ limit: 1, now: jobs.now(), workerId: "dead", leaseMs: 1000 });
    await advance("1s");

    expect(await jobs.processQueue()).toMatchObject({ processed: 1 });
  });

  it("R14 counts as skipped what was claimed elsewhere meanwhile", async () => {
    const store = new MemoryJobStore();
    const stealing = defineJob("Stealing", {}, () => elsewhere.jobs.processNext().then(() => undefined));
    const { jobs, clock } = anApp({ jobs: [stealing, plain], store });
    const elsewhere = anApp({ jobs: [stealing, plain], store, clock });
    await jobs.enqueue(stealing);
    for (let count = 0; count < 2; count++) await jobs.enqueue(plain);

    expect(await jobs.processQueue()).toEqual({ processed: 2, failed: 0, skipped: 1, errors: [] });
  });

  const deeds = ["complete", "fail", "discard", "time out", "unknown", "broken", "steal next"] as const;
  const faults = fc.constantFrom<Fault>(null, null, null, "before", "after");
  it("R14 always counts processed + failed + skipped = listed, with an error for each that failed, whatever goes wrong", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...deeds), { maxLength: 12 }),
        fc.integer({ min: 1, max: 15 }),
        fc.infiniteStream(faults),
        async (list, limit, stream) => {
          const inner = new MemoryJobStore();
          const unruly = new Set(["claim", "settle", "extend"]);
          const store = faultStore(inner, (method) => (unruly.has(method) ? (stream.next().value ?? null) : null));
          const act = defineJob("Act", { timeout: 60 }, (data: { deed: string }, context) => deed(data.deed, context));
          const { jobs, clock, advance } = anApp({ jobs: [act], store });
          const elsewhere = anApp({ jobs: [act], store: inner, clock });
          const deed = async (name: string, context: JobContext): Promise<void> => {
            if (name === "steal next")
              await elsewhere.store.claim({ limit: 1, now: clock.now(), workerId: "thief", leaseMs: 1e9 });
            if (name === "time out") await context.sleep("1h");
            if (name === "fail") throw new Error("no");
          };
          for (const [index, name] of list.entries()) {
            if (name === "unknown") await inner.insert([aRow({ id: `${index}`, jobClass: "Gone" })], { now: START });
            else if (name === "broken")
              await inner.insert([aRow({ id: `${index}`, jobClass: "Act", data: "[" })], { now: START });
            else await jobs.enqueue(act, { deed: name });
          }

          const processing = jobs.processQueue({ limit });
          await advance("1d");
          const { processed, failed, skipped, errors } = await processing;

          expect(processed + failed + skipped).toBe(Math.min(limit, list.length));
          expect(errors).toHaveLength(failed);
          expect(errors.every((error) => /^Job .+ \((Act|Gone)\): ./.test(error))).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("processNext", () => {
  it("performs the first due job and tells whether there was one", async () => {
    const { jobs, noting, ran } = aNotingApp();
    await jobs.enqueue(noting, { name: "low" }, { priority: "low" });
    await jobs.enqueue(noting, { name: "high" }, { priority: "high" });

    expect(await jobs.processNext()).toBe(true);
    expect(ran).toEqual(["high"]);
    expect(await jobs.processNext({ queue: "other" })).toBe(false);
    expect(await jobs.processNext()).toBe(true);
    expect(await jobs.processNext()).toBe(false);
  });

  it("rescues first", async () => {
    const { jobs, store, advance } = anApp({ jobs: [plain], defaults: { baseDelay: 0 } });
    await jobs.enqueue(plain);
    await store.claim({ limit: 1, now: jobs.now(), workerId: "dead", leaseMs: 1000 });

    expect(await jobs.processNext()).toBe(false);
    await advance("1s");
    expect(await jobs.processNext()).toBe(true);
  });
});
