// What always holds of an exploration without faults: it breaks no job by itself, however it cuts time and turns.

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnyJobClass, createJobs, type DefinedJob, defineJob, type JobContext, MemoryJobStore } from "wheelwright";
import { explore } from "wheelwright/testing";
import { fewer, isInMemory } from "../a-store.ts";

/** What a handler does, one after the other; a number is a sleep of so many seconds. */
type Part = number | "progress" | "effect" | "enqueue";

interface Script {
  readonly delay: number;
  readonly parts: readonly Part[];
}

const aScript: fc.Arbitrary<Script> = fc.record({
  delay: fc.constantFrom(0, 0, 1, 30, 60, 90),
  // Shorter than a lease of a minute, as long, and longer.
  parts: fc.array(fc.constantFrom<Part>(1, 30, 60, 61, 300, "progress", "effect", "enqueue"), { maxLength: 5 }),
});

const gateway = { charge: (): Promise<void> => Promise.resolve() };

/** Has one attempt, and time enough: where others take their turns first, a handler goes on later than it would alone. */
function aScriptedJob(): DefinedJob<Script> {
  const job: DefinedJob<Script> = defineJob<Script>(
    "ScriptedJob",
    { maxRetries: 1, timeout: 86_400 },
    async ({ parts }, context) => {
      for (const part of parts) await played(part, context);
    },
  );
  const played = async (part: Part, { progress, sleep }: JobContext): Promise<void> => {
    if (part === "progress") await progress(1, 2);
    else if (part === "effect") await gateway.charge();
    else if (part === "enqueue") await job.enqueue({ delay: 0, parts: [] });
    else await sleep(`${part}s`);
  };
  return job;
}

describe("an exploration without faults", () => {
  it("R16 lets no time pass that would end an attempt that has slept enough", async () => {
    const job = defineJob("NapJob", { timeout: 60, maxRetries: 1 }, (_data, { sleep }) => sleep("40s"));
    const scenario = async (): Promise<void> => {
      for (const seconds of [0, 0, 30, 70]) await job.enqueueIn(seconds);
    };
    const runs = fewer(200, 20);

    await expect(explore({ jobs: [job], scenario, invariant: () => true, faults: {}, runs })).resolves.toMatchObject({
      runs,
    });
  });

  it("R25 takes no claim from a worker that is there", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(aScript, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 3 }),
        fc.nat(),
        async (scripts, workers, seed) => {
          const job = aScriptedJob();
          await explore({
            jobs: [job],
            scenario: async () => {
              for (const script of scripts) await job.enqueueIn(script.delay, script);
            },
            invariant: async (kit) => {
              const jobs = await kit.enqueued();
              expect(jobs.filter(({ status, attempts }) => status !== "completed" || attempts !== 1)).toEqual([]);
            },
            effects: scripts.some(({ parts }) => parts.includes("effect")) ? { gateway } : {},
            faults: {},
            workers,
            runs: 5,
            seed,
          });
        },
      ),
      { numRuns: fewer(60, 5) },
    );
  });

  it.runIf(isInMemory)("lets workers take turns at the transactions of the store in memory", async () => {
    const mail = defineJob("MailJob", {}, () => undefined);
    const order: AnyJobClass = defineJob("OrderJob", { maxRetries: 1 }, async () => {
      await (app.store as MemoryJobStore).transaction(async (transaction) => {
        await mail.enqueue({}, { transaction, id: "mail-7" });
        await gateway.charge();
      });
    });
    const app = createJobs({ jobs: [order, mail], store: new MemoryJobStore() });

    await explore({
      app,
      scenario: () => app.enqueueMany([[order], [order]]),
      invariant: async (kit) => {
        const statuses = (await kit.enqueued()).map(({ status }) => status);
        expect(statuses).toEqual(["completed", "completed", "completed"]);
      },
      effects: { gateway },
      faults: {},
    });
  });
});

describe("an exploration with crashes alone", () => {
  it.each(["an enqueue", "a call"])("R20 costs no job an attempt by what comes late of %s", async (what) => {
    const mail = defineJob("MailJob", {}, () => undefined);
    const job = defineJob<{ n: number }>("OrderJob", { maxRetries: 1 }, async ({ n }) => {
      if (what === "an enqueue") void mail.enqueue({}, { id: `mail-${n}` });
      else await Promise.race([gateway.charge(), gateway.charge()]);
    });
    const runs = fewer(300, 10);

    const explored = explore({
      jobs: [job, mail],
      scenario: async () => {
        for (const n of [1, 2, 3]) await job.enqueue({ n });
      },
      invariant: async (kit) => {
        expect((await kit.enqueued(job)).map(({ status }) => status)).toEqual(["completed", "completed", "completed"]);
      },
      effects: what === "a call" ? { gateway } : {},
      faults: { crash: true },
      runs,
    });

    await expect(explored).resolves.toMatchObject({ runs });
  });
});
