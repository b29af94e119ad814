// kit.faults.loseLease and duplicate: a claim that is taken back, and one that is handed out again.

import { describe, expect, it } from "vitest";
import { defineJob } from "wheelwright";
import { aKit, NOON } from "../a-kit.ts";
import { aShop } from "./a-shop.ts";

function throwOops(): never {
  throw new Error("oops");
}

describe("kit.faults.loseLease", () => {
  it("R24 lets the handler go on, and its outcome comes too late", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.loseLease(chargeJob, { before: [gateway, "charge"] });
    const job = await kit.run(() => chargeJob.enqueue({ order: 7 }));

    await kit.drainUntilIdle();

    expect(gateway.list()).toEqual([7, 7]);
    expect(kit.events({ jobId: job.id }).map(({ type }) => type)).toEqual([
      "enqueued",
      "claimed",
      "rescued",
      "retried",
      "lost",
      "claimed",
      "completed",
    ]);
  });

  it.each([
    ["returns", () => undefined],
    ["throws", () => throwOops()],
    ["resolves", async () => undefined],
    ["rejects", async () => throwOops()],
  ])("R24 comes before the end of a handler that %s at once after a synchronous call", async (_what, end) => {
    const ledger = { add: () => undefined };
    const job = defineJob("SyncJob", {}, (_data, { attempt }) => {
      ledger.add();
      return attempt === 1 ? end() : undefined;
    });
    const kit = await aKit([job], { now: NOON });
    kit.faults.loseLease(job, { before: [ledger, "add"] });
    const { id } = await kit.run(() => job.enqueue());

    await kit.drainUntilIdle();

    expect(kit.events({ jobId: id, type: "lost" })).toHaveLength(1);
    expect(await kit.jobs.find(id)).toMatchObject({ status: "completed", attempts: 2 });
  });

  it("takes the claim back whatever faults the store has, and leaves them to the worker's own calls", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.loseLease(chargeJob, { before: [gateway, "charge"] }).failStore("settle");
    await kit.run(() => chargeJob.enqueue({ order: 7 }));

    await kit.drainUntilIdle();

    expect(kit.timeline()).toBe(
      [
        "+0s  + #1 ChargeJob  enqueued",
        "     → #1 ChargeJob  attempt 1 of 3",
        "     ↯ #1 ChargeJob  its lease is lost before Gateway.charge(7)",
        "     ↻ #1 ChargeJob  claim taken back: worker lost, again in 4s",
        "     ↯ #1 ChargeJob  the store's settle fails before it took effect",
        "     ! #1 ChargeJob  attempt 1 of 3 came too late: its claim was lost",
        "+4s  ✓ #1 ChargeJob  completed in attempt 2 of 3",
      ].join("\n"),
    );
  });
});

describe("kit.faults.duplicate", () => {
  it("R20 delivers a job again at once, as an attempt that does not count against maxRetries", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.duplicate(chargeJob);
    const job = await kit.run(() => chargeJob.enqueue({ order: 7 }, { maxRetries: 1 }));

    await kit.drain();

    expect(gateway.list()).toEqual([7, 7]);
    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "completed", attempts: 2, maxRetries: 1 });
  });

  it("delivers again what a stepped worker holds that was made before", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    const [worker] = kit.workers("worker");
    kit.faults.duplicate(chargeJob);
    await kit.run(() => chargeJob.enqueue({ order: 7 }, { maxRetries: 1 }));

    expect(await worker.run()).toBe("unsettled");
    expect(await worker.claim()).toMatchObject({ attempts: 2, maxRetries: 2 });
    await worker.perform();
    expect(await worker.settle()).toBe("completed");

    expect(gateway.list()).toEqual([7, 7]);
  });

  it("hands the job back whatever faults the store has, and leaves them to the worker's own calls", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.duplicate(chargeJob).failStore("settle");
    const job = await kit.run(() => chargeJob.enqueue({ order: 7 }));

    await kit.drain();

    expect(gateway.list()).toEqual([7, 7]);
    expect(kit.timeline()).toContain("↯ #1 ChargeJob  the store's settle fails before it took effect");
    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "completed", attempts: 2 });
  });
});
