// What always holds of harm: it costs a job that is right neither its attempts nor its end. Each of these was refused once.

import { describe, expect, it } from "vitest";
import { createJobs, defineJob, type JobContext, MemoryJobStore } from "wheelwright";
import { type ExplorationReport, explore } from "wheelwright/testing";
import { rejection } from "../a-kit.ts";
import { fewer } from "../a-store.ts";
import { aMutex } from "./a-mutex.ts";

const RUNS = 200;

const gateway = { check: async () => 1, charge: async () => undefined };

async function twoCalls(): Promise<void> {
  await gateway.check();
  await gateway.charge();
}

describe("harm in an exploration", () => {
  it.each([
    [1, 5],
    [2, 300],
  ])("lets go of a lock whose holder dies when its attempt is over, with %i at work", async (workers, timeout) => {
    const mutex = aMutex();
    const job = defineJob("LockJob", { timeout }, () => mutex.withLock(twoCalls));
    const runs = fewer(RUNS, 50);

    const explored = explore({
      jobs: [job],
      scenario: () => job.enqueue(),
      invariant: () => true,
      effects: { mutex, gateway },
      faults: { pause: true, crash: true },
      workers,
      runs,
    });

    await expect(explored).resolves.toMatchObject({ runs });
  });

  it.each([
    ["that is shorter than a lease, with one at work", 5, 1],
    ["that is shorter than a lease", 5, 2],
    ["that is as long as a lease", 30, 2],
  ])("R20 costs no attempt where a pause outlasts a timeout %s", async (_name, timeout, workers) => {
    const job = defineJob("ShortJob", { timeout, maxRetries: 1 }, twoCalls);
    const runs = fewer(RUNS, 50);

    const explored = explore({
      jobs: [job],
      scenario: () => job.enqueue(),
      invariant: () => true,
      effects: { gateway },
      faults: { pause: true },
      workers,
      runs,
    });

    await expect(explored).resolves.toMatchObject({ runs });
  });

  it("R16 lets no time pass that would end an attempt while one who was paused could go on", async () => {
    const mutex = aMutex();
    const job = defineJob("LockJob", { maxRetries: 1 }, () => mutex.withLock(() => gateway.charge()));
    const runs = fewer(RUNS, 50);

    const explored = explore({
      jobs: [job],
      scenario: async () => {
        for (let count = 0; count < 3; count++) await job.enqueue();
      },
      invariant: () => true,
      effects: { mutex, gateway },
      faults: { pause: true },
      runs,
    });

    await expect(explored).resolves.toMatchObject({ runs });
  });

  it("R16 lets no time pass that would end an attempt by a clock that is behind", async () => {
    const short = defineJob("ShortJob", { maxRetries: 1, timeout: 5 }, twoCalls);
    const late = defineJob("LateJob", {}, () => gateway.charge());
    const runs = fewer(RUNS, 50);

    const explored = explore({
      jobs: [short, late],
      scenario: async () => {
        await short.enqueue();
        await late.enqueueIn("1h");
      },
      invariant: () => true,
      effects: { gateway },
      faults: { skewedClock: true },
      runs,
    });

    await expect(explored).resolves.toMatchObject({ runs });
  });

  it.each(["2s", "5s", "5m"] as const)("R25 costs no attempt with a lease of %s", async (lease) => {
    const job = defineJob("ChargeJob", { maxRetries: 1 }, twoCalls);
    const app = createJobs({ jobs: [job], store: new MemoryJobStore(), lease });
    const runs = fewer(RUNS, 50);

    const explored = explore({
      app,
      scenario: () => app.enqueueMany([[job], [job]]),
      invariant: () => true,
      effects: { gateway },
      runs,
    });

    await expect(explored).resolves.toMatchObject({ runs });
  });

  it.each(["storeError", "lostAnswer"] as const)("R20 strikes no progress by the fault %s", async (fault) => {
    const job = defineJob("ChargeJob", { maxRetries: 1 }, async (_data, { progress }: JobContext) => {
      await twoCalls();
      await progress(1, 2);
    });
    const runs = fewer(RUNS, 50);

    const explored: Promise<ExplorationReport> = explore({
      jobs: [job],
      scenario: () => job.enqueue(),
      invariant: () => true,
      effects: { gateway },
      faults: { [fault]: true },
      runs,
    });

    await expect(explored).resolves.toMatchObject({ runs });
  });
});

describe("an exploration with pauses", () => {
  it.each([
    ["a check before the act", true],
    ["a write of what was read", false],
  ])("finds %s within the runs that it makes by itself", async (_name, isChecked) => {
    let charges = 0;
    let number = 0;
    let written = 0;
    const shop = {
      isPaid: async () => charges > 0,
      charge: async () => void charges++,
      next: async () => ++number,
      write: async (value: number) => {
        written = value;
      },
    };
    const job = defineJob("ChargeJob", {}, async () => {
      if (!isChecked) await shop.write(await shop.next());
      else if (!(await shop.isPaid())) await shop.charge();
    });
    const seeds = [1, 1001, 2001, 3001, 4001];

    for (const seed of seeds.slice(0, fewer(5, 1))) {
      const error = await rejection(
        explore({
          jobs: [job],
          scenario: async () => {
            charges = 0;
            number = 0;
            written = 0;
            await job.enqueue();
          },
          invariant: () => expect(isChecked ? charges : written).toBe(isChecked ? 1 : number),
          effects: { shop },
          faults: { pause: true },
          seed,
        }),
      );
      expect(error.message).toContain("goes on after its pause");
    }
  });
});
