// Many jobs at once, all or none; and one at once, for those who must not wait.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineJob, type EnqueueEntry, type JobStore, MemoryJobStore } from "wheelwright";
import { z } from "zod";
import { anApp, turn } from "./an-app.ts";
import { failsTimes, faultStore } from "./fault-store.ts";

const plain = defineJob("Plain", {}, () => undefined);
const failing = defineJob("Failing", { maxRetries: 1 }, () => {
  throw new Error("no");
});

describe("enqueueMany", () => {
  it("R10 stores all, in order, each with its own options, and answers in order", async () => {
    const { jobs, record } = anApp({ jobs: [plain, failing] });
    const events = record("enqueued", "deduplicated");

    const answers = await jobs.enqueueMany([
      [plain, { n: 1 }],
      [failing],
      [plain, { n: 2 }, { queue: "other", uniqueKey: "k" }],
      [new plain(), { n: 3 }, { uniqueKey: "k" }],
    ]);

    expect(answers.map(({ jobClass, data, queue, deduplicated }) => [jobClass, data, queue, deduplicated])).toEqual([
      ["Plain", { n: 1 }, "default", false],
      ["Failing", {}, "default", false],
      ["Plain", { n: 2 }, "other", false],
      ["Plain", { n: 2 }, "other", true],
    ]);
    expect(answers.map(({ seq }) => seq)).toEqual([1, 2, 3, 3]);
    expect(events.map(({ type }) => type)).toEqual(["enqueued", "enqueued", "enqueued", "deduplicated"]);
  });

  it("R10 always stores none where one is refused, wherever it stands", async () => {
    const checked = defineJob(
      "Checked",
      { schema: z.object({ n: z.number() }).refine(async () => turn().then(() => true)) },
      () => undefined,
    );
    const good: fc.Arbitrary<EnqueueEntry> = fc.constantFrom<EnqueueEntry>(
      [plain],
      [checked, { n: 1 }],
      [plain, { a: 1 }, { delay: 5 }],
    );
    const bad = fc.constantFrom<unknown>(
      [plain, { at: new Date() }],
      [plain, {}, { priority: 1.5 }],
      [checked, { n: "one" }],
      [defineJob("Unknown", {}, () => undefined)],
      plain,
      null,
      [],
      [plain, {}, { transaction: {} }],
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(good, { maxLength: 5 }),
        bad,
        bad,
        fc.array(good, { maxLength: 5 }),
        async (before, one, two, after) => {
          const { jobs } = anApp({ jobs: [plain, checked] });
          const entries = [...before, one, two, ...after] as EnqueueEntry[]; // `as`: what JavaScript lets through

          await expect(jobs.enqueueMany(entries)).rejects.toMatchObject({ code: expect.any(String) });

          expect(await jobs.list()).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("R10 stores entries whose schemas wait among such that do not, in order", async () => {
    const checked = defineJob("Checked", { schema: z.object({}).refine(async () => true) }, () => undefined);
    const { jobs } = anApp({ jobs: [plain, checked] });

    const rows = await jobs.enqueueMany([[plain], [checked, {}], [plain]]);

    expect(rows.map(({ jobClass }) => jobClass)).toEqual(["Plain", "Checked", "Plain"]);
  });

  it("R10 stores none when the store fails", async () => {
    const inner = new MemoryJobStore();
    const { jobs } = anApp({ jobs: [plain], store: faultStore(inner, failsTimes("insert", 1, "before")) });

    await expect(jobs.enqueueMany([[plain], [plain]])).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });

    expect(await inner.list({})).toEqual([]);
  });

  it("R10 takes an empty list, and refuses what is none", async () => {
    const { jobs } = anApp({ jobs: [plain] });

    expect(await jobs.enqueueMany([])).toEqual([]);
    for (const wrong of ["Plain", {}])
      await expect(jobs.enqueueMany(wrong as never)).rejects.toThrow(/enqueueMany's jobs/); // `as`: JavaScript
  });
});

describe("enqueueSync", () => {
  it("R9 has stored the job when it returns", async () => {
    const { jobs } = anApp({ jobs: [plain] });

    const job = jobs.enqueueSync(plain, { n: 1 }, { queue: "q" });

    expect(job).toMatchObject({ data: { n: 1 }, queue: "q", deduplicated: false });
    expect(await jobs.find(job.id)).not.toBeNull();
  });

  it("R9 refuses what cannot be done at once: a store that cannot, a schema that waits", async () => {
    const patient: JobStore = faultStore(new MemoryJobStore(), () => null);
    const slow = defineJob("Slow", { schema: z.object({}).refine(async () => false) }, () => undefined);
    const withoutSync = new Proxy(patient, {
      get: (target, name) => (name === "insertSync" ? undefined : Reflect.get(target, name)),
    });

    const code = expect.objectContaining({ code: "NOT_SYNCHRONOUS" });
    expect(() => anApp({ jobs: [plain], store: withoutSync }).jobs.enqueueSync(plain)).toThrow(code);
    expect(() => anApp({ jobs: [slow] }).jobs.enqueueSync(slow)).toThrow(code);
    await turn(); // The schema's own refusal is nobody's.
  });

  it("enqueues and answers the same on a store that cannot answer at once", async () => {
    const inner = new MemoryJobStore();
    const asynchronous = new Proxy(
      faultStore(inner, () => null),
      {
        get: (target, name) => (name === "insertSync" ? undefined : Reflect.get(target, name)),
      },
    );
    const { jobs } = anApp({ jobs: [plain], store: asynchronous });

    const first = await jobs.enqueue(plain, { n: 1 }, { uniqueKey: "k" });
    const second = await jobs.enqueue(plain, { n: 2 }, { uniqueKey: "k" });

    expect(second).toEqual({ ...first, deduplicated: true });
  });
});
