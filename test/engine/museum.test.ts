// Defects of other job queues that no rule of ours is about, played against the engine. docs/museum.md lists them all.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineJob, type EnqueueOptions, type JobStore, MemoryJobStore } from "wheelwright";
import { anApp, START } from "./an-app.ts";
import { faultStore } from "./fault-store.ts";

const plain = defineJob("Plain", {}, (_data: { n?: number }) => undefined);

/** A store one of whose methods never answers. */
function hanging(inner: JobStore, method: keyof JobStore): JobStore {
  return new Proxy(inner, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (name === method) return () => new Promise(() => undefined);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

describe("the museum", () => {
  it("BM-016 always performs a job with any combination of options, under any combination of filters", async () => {
    const options: fc.Arbitrary<EnqueueOptions> = fc.record(
      {
        id: fc.constant("given"),
        queue: fc.constantFrom("a", "b"),
        priority: fc.constantFrom<EnqueueOptions["priority"]>("low", "high", 7),
        maxRetries: fc.constantFrom(1, 2),
        timeout: fc.constantFrom(1, 300),
        uniqueKey: fc.constant("k"),
        transaction: fc.constant(null),
      },
      { requiredKeys: [] },
    );
    const due = fc.constantFrom<EnqueueOptions>({}, { delay: 1 }, { delay: "1s" }, { runAt: START });
    const filters = fc.record(
      { queue: fc.constantFrom("a,b,default", ["default", "b", "a"]), limit: fc.constantFrom(1, 5) },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(
        options,
        due,
        fc.constantFrom<EnqueueOptions>({}, { uniqueWhile: "pending" }),
        filters,
        async (given, when, unique, filter) => {
          const { jobs, advance } = anApp({ jobs: [plain] });
          const all = { ...given, ...when, ...(given.uniqueKey === undefined ? {} : unique) };

          const { id } = await jobs.enqueue(plain, { n: 1 }, all);
          await advance("1s");
          await jobs.processQueue(filter);

          expect(await jobs.find(id)).toMatchObject({ status: "completed", attempts: 1 });
        },
      ),
    );
  });

  it("BM-077 keeps ids of any width as the texts they are", async () => {
    const failing = defineJob("Failing", { maxRetries: 1 }, () => Promise.reject(new Error("no")));
    const { jobs } = anApp({ jobs: [failing] });
    const ids = [`${2 ** 31 + 5}`, "9007199254740993", "18446744073709551616", "007"];
    for (const id of ids) await jobs.enqueue(failing, {}, { id });

    await jobs.processQueue();

    for (const id of ids) {
      expect(await jobs.retry(id)).toMatchObject({ id, status: "pending" });
      await jobs.cancel(id);
      expect(await jobs.find(id)).toBeNull();
    }
  });

  it("BM-083 rejects from close when the store cannot be closed, with no timer left", async () => {
    const store = faultStore(new MemoryJobStore(), (method) => (method === "close" ? "before" : null));
    const slow = defineJob("Slow", {}, (_data, context) => context.sleep("1s"));
    const { jobs, advance, clock } = anApp({ jobs: [slow], store });
    await jobs.enqueue(slow);
    const processing = jobs.processQueue();
    await advance("1s");
    await processing;

    await expect(jobs.close()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });

    expect(clock.nextWakeAt()).toBeNull();
  });

  it("BM-104 lets a rescue take the job whose settle never gets an answer", async () => {
    const inner = new MemoryJobStore();
    const { jobs, advance, clock } = anApp({ jobs: [plain], store: hanging(inner, "settle") });
    const elsewhere = anApp({ jobs: [plain], store: inner, clock });
    const { id } = await jobs.enqueue(plain);

    void jobs.processQueue();
    await advance("30s");
    await elsewhere.jobs.rescue();
    await elsewhere.advance("4s");

    expect(await elsewhere.jobs.processQueue()).toMatchObject({ processed: 1 });
    expect(await inner.get(id)).toMatchObject({ status: "completed", attempts: 2 });
  });

  it("BM-104 times a handler out though no heartbeat gets an answer", async () => {
    const slow = defineJob("Slow", { timeout: 25 }, (_data, context) => context.sleep("1h"));
    const { jobs, advance } = anApp({ jobs: [slow], store: hanging(new MemoryJobStore(), "extend") });
    await jobs.enqueue(slow);

    const processing = jobs.processQueue();
    await advance("25s");

    expect((await processing).errors[0]).toMatch(/timed out after 25 seconds$/);
  });

  it("BM-194 starves a low job for as long as there are higher ones, as strict priority means", async () => {
    const order: unknown[] = [];
    const feeding = defineJob("Feeding", {}, async (data: { level: string }) => {
      order.push(data.level);
      if (order.length < 20) await feeding.enqueue({ level: "high" }, { priority: "high" });
    });
    const { jobs } = anApp({ jobs: [feeding] });
    await jobs.enqueue(feeding, { level: "low" }, { priority: "low" });
    await jobs.enqueue(feeding, { level: "high" }, { priority: "high" });

    while (await jobs.processNext());

    expect(order.indexOf("low")).toBe(order.length - 1);
  });
});
