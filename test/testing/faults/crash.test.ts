// kit.faults.crash: where a worker can die, and that nothing of it goes on.

import { describe, expect, it, vi } from "vitest";
import { defineJob } from "wheelwright";
import { CrashSignal } from "wheelwright/testing";
import { aKit, NOON } from "../a-kit.ts";
import { aShop } from "./a-shop.ts";

describe("kit.faults.crash", () => {
  it("R25 at the claim: the handler never starts, and the job is taken back when its lease ends", async () => {
    const { chargeJob, said, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.crash(chargeJob, { at: "claim" });
    const job = await kit.run(() => chargeJob.enqueue({ order: 7 }));

    await kit.drain();
    expect(said).toEqual([]);
    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "processing", attempts: 1 });
    await kit.advance("30s");
    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "pending", attempts: 1, lastError: "worker lost" });
    await kit.drainUntilIdle();

    expect(gateway.list()).toEqual([7]);
    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "completed", attempts: 2 });
  });

  it("leaves an awaited call pending for ever: no catch, no finally, nothing after it", async () => {
    const { chargeJob, said, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.crash(chargeJob, { before: [gateway, "charge"] });
    await kit.run(() => chargeJob.enqueue({ order: 7 }));

    await kit.drain();
    expect(said).toEqual(["starts 1"]);
    expect(gateway.list()).toEqual([]);
    await kit.drainUntilIdle();

    expect(said).toEqual(["starts 1", "starts 2", "receipt 7", "finally"]);
  });

  it("after an effect: it took place, and the redelivery makes it again", async () => {
    const { chargeJob, said, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.crash(chargeJob, { after: [gateway, "charge"] });
    await kit.run(() => chargeJob.enqueue({ order: 7 }));

    await kit.drainUntilIdle();

    expect(gateway.list()).toEqual([7, 7]);
    expect(said).toEqual(["starts 1", "starts 2", "receipt 7", "finally"]);
    expect(kit.timeline()).toBe(
      [
        "+0s   + #1 ChargeJob  enqueued",
        "      → #1 ChargeJob  attempt 1 of 3",
        "      ↯ #1 ChargeJob  the worker dies after Gateway.charge(7)",
        "+30s  ↻ #1 ChargeJob  claim taken back: worker lost, again in 4s",
        "+34s  ✓ #1 ChargeJob  completed in attempt 2 of 3",
      ].join("\n"),
    );
  });

  it("after perform, before the outcome is stored, unless told where", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.crash(chargeJob);
    const job = await kit.run(() => chargeJob.enqueue({ order: 7 }));

    await kit.drain();

    expect(gateway.list()).toEqual([7]);
    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "processing" });
  });

  it("strikes once, at the nth time", async () => {
    const { chargeJob, gateway, said } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.crash(chargeJob, { before: [gateway, "charge"], nth: 2 });
    await kit.run(async () => {
      for (const order of [1, 2, 3]) await chargeJob.enqueue({ order });
    });

    await kit.drain();

    expect(gateway.list()).toEqual([1, 3]);
    expect(said.filter((line) => line.startsWith("starts"))).toHaveLength(3);
  });

  it("throws a CrashSignal out of a synchronous effect, and refuses what the attempt tries then", async () => {
    const ledger = { rows: [] as string[], add: (row: string) => void ledger.rows.push(row) };
    const caught: unknown[] = [];
    const followUp = defineJob("FollowUp", {}, () => undefined);
    const markJob = defineJob("MarkJob", {}, async (_data, context) => {
      if (context.attempt > 1) return;
      ledger.add("first");
      for (const attempted of [
        () => ledger.add("second"),
        () => ledger.add("third"),
        () => followUp.enqueue(),
        () => context.sleep("1s"),
        () => context.progress(1, 2),
      ]) {
        try {
          await attempted();
        } catch (error) {
          caught.push(error);
        }
      }
    });
    const kit = await aKit([markJob, followUp], { now: NOON });
    kit.faults.crash(markJob, { before: [ledger, "add"], nth: 2 });
    await kit.run(() => markJob.enqueue());

    await kit.drain();

    expect(ledger.rows).toEqual(["first"]);
    expect(caught[0]).toBeInstanceOf(CrashSignal);
    expect(caught[1]).toBe(caught[0]);
    const refused = { code: "ATTEMPT_OVER", cause: caught[0] };
    expect(caught.slice(2)).toMatchObject([refused, refused, refused]);
    expect(await kit.enqueued(followUp)).toEqual([]);
    expect(kit.logs({ level: "warn" })).toEqual([]); // That it returned is nobody's concern.
  });

  it("R25 lets the lease of a dead one end, though another handler goes on beside it", async () => {
    const { chargeJob } = aShop();
    const longJob = defineJob("LongJob", { timeout: 3600, priority: "high" }, (_data, { sleep }) => sleep("10m"));
    const kit = await aKit([chargeJob, longJob], { now: NOON });
    kit.faults.crash(chargeJob);
    await kit.run(() => longJob.enqueue());
    const job = await kit.run(() => chargeJob.enqueue({ order: 7 }, { timeout: 3600 }));

    await kit.advance("1m");

    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "completed", attempts: 2 });
  });

  it("R14 has processQueue say that the worker died", async () => {
    const { chargeJob } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.crash(chargeJob);
    const { id } = await kit.run(() => chargeJob.enqueue({ order: 7 }));

    expect(await kit.jobs.processQueue()).toEqual({
      processed: 0,
      failed: 1,
      skipped: 0,
      errors: [expect.stringContaining(`Job ${id} (ChargeJob): The worker died`)],
    });
  });

  it("leaves the first, never seen call of a mock pending where it is awaited", async () => {
    const gateway = { charge: vi.fn(() => Promise.resolve("receipt")) };
    const said: string[] = [];
    const job = defineJob("MockedJob", {}, async () => {
      try {
        said.push(await gateway.charge());
      } finally {
        said.push("finally");
      }
    });
    const kit = await aKit([job], { now: NOON });
    kit.faults.crash(job, { before: [gateway, "charge"] });
    await kit.run(() => job.enqueue());

    await kit.drain();

    expect(said).toEqual([]);
    expect(gateway.charge).not.toHaveBeenCalled();
  });

  it("ends a sleep of the attempt for good", async () => {
    const gateway = { charge: async () => undefined };
    const said: string[] = [];
    const job = defineJob("NapJob", {}, async (_data, context) => {
      if (context.attempt > 1) return;
      void context.sleep("5s").then(() => said.push("woke"));
      await gateway.charge();
      said.push("went on");
    });
    const kit = await aKit([job], { now: NOON });
    kit.faults.crash(job, { after: [gateway, "charge"] });
    await kit.run(() => job.enqueue());

    await kit.advance("10m");

    expect(said).toEqual([]);
  });

  it("swallows what an abandoned handler rejects with, and writes no line about it", async () => {
    const ledger = { add: () => undefined };
    const job = defineJob("ThrowsJob", {}, async (_data, context) => {
      if (context.attempt === 1) ledger.add();
    });
    const kit = await aKit([job], { now: NOON });
    ledger.add();
    kit.faults.crash(job, { after: [ledger, "add"] });
    await kit.run(() => job.enqueue());

    await kit.drain();

    expect(kit.logs({ level: "warn" })).toEqual([]);
  });

  it("lets processQueue go on with the next job", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.crash(chargeJob, { after: [gateway, "charge"] });
    await kit.run(async () => {
      await chargeJob.enqueue({ order: 1 });
      await chargeJob.enqueue({ order: 2 });
    });

    expect(await kit.jobs.processQueue()).toMatchObject({ processed: 1, failed: 1 });
  });
});
