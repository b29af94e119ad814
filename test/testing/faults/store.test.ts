// kit.faults.failStore, storeAway and rollback: a store that fails.

import { describe, expect, it } from "vitest";
import { defineJob, MemoryJobStore } from "wheelwright";
import type { TestKit } from "wheelwright/testing";
import { aKit, NOON, rejection } from "../a-kit.ts";
import { aShop, Gateway } from "./a-shop.ts";

describe("kit.faults.failStore", () => {
  it("R26 a settle whose answer is lost is sent again and changes nothing", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.failStore("settle", { when: "after" });
    const job = await kit.run(() => chargeJob.enqueue({ order: 7 }));

    await kit.drain();

    expect(gateway.list()).toEqual([7]);
    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "completed" });
    expect(kit.timeline()).toContain("↯ #1 ChargeJob  the store's settle fails after it took effect");
  });

  it("R46 a drain survives claims and rescues that fail, as a worker does", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.failStore(["claim", "expired"], { times: 4 });
    await kit.run(() => chargeJob.enqueue({ order: 7 }));

    await kit.drain();

    expect(gateway.list()).toEqual([7]);
  });

  it("R12 a claim whose answer was lost is taken back when its lease ends", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.failStore("claim", { when: "after" });
    const job = await kit.run(() => chargeJob.enqueue({ order: 7 }));

    await kit.drainUntilIdle();

    expect(gateway.list()).toEqual([7]);
    expect(await kit.jobs.find(job.id)).toMatchObject({ status: "completed", attempts: 2 });
  });

  it("R7 an enqueue whose answer was lost is stored, and may be sent again by its id", async () => {
    const { chargeJob } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.failStore("insert", { when: "after" });
    const send = () => kit.run(() => chargeJob.enqueue({ order: 7 }, { id: "order-7" }));

    await expect(send()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });

    expect(await send()).toMatchObject({ deduplicated: true });
    expect(await kit.enqueued(chargeJob)).toHaveLength(1);
  });

  it("fails the nth call, with the error given", async () => {
    const { chargeJob } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    const error = new Error("deadlock");
    kit.faults.failStore("insert", { nth: 2, error });

    await kit.run(() => chargeJob.enqueue({ order: 1 }));

    await expect(kit.run(() => chargeJob.enqueue({ order: 2 }))).rejects.toBe(error);
    await kit.run(() => chargeJob.enqueue({ order: 3 }));
    expect(await kit.enqueued(chargeJob)).toHaveLength(2);
  });

  it("is not survived for ever", async () => {
    const { chargeJob } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.failStore("claim", { times: Number.POSITIVE_INFINITY });
    await kit.run(() => chargeJob.enqueue({ order: 7 }));

    await expect(kit.drain()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });
});

describe("kit.faults.storeAway", () => {
  it("R46 nothing is enqueued, claimed or settled until the time is over, and then all goes on", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    await kit.run(() => chargeJob.enqueue({ order: 7 }));
    kit.faults.storeAway("10s");

    await expect(kit.run(() => chargeJob.enqueue({ order: 8 }))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await kit.advance("9s 999ms");
    expect(gateway.list()).toEqual([]);
    await kit.advance("1ms");

    expect(gateway.list()).toEqual([7]);
  });

  it("R26 an outcome that cannot be stored all that time is left to the rescue", async () => {
    const gateway = new Gateway();
    const job = defineJob("SlowJob", {}, async (_data, context) => {
      await context.sleep("5s");
      await gateway.charge(context.attempt);
    });
    const kit = await aKit([job], { now: NOON });
    await kit.run(() => job.enqueue());
    await kit.advance("1s");
    kit.faults.storeAway("20s");

    await kit.drainUntilIdle();

    expect(gateway.list()).toEqual([1, 2]);
  });
});

describe("a drain that a fault keeps from running what is due", () => {
  it.each<[string, (faults: TestKit["faults"]) => unknown, string]>([
    [
      "a store that is away",
      (faults) => faults.storeAway("2m"),
      'it is due, but kit.faults.storeAway(…) keeps the store away for 2m more: kit.advance("2m") brings it back',
    ],
    [
      "a clock that is behind",
      (faults) => faults.skewClock("-5m"),
      'it is due, but not by the engine\'s clock, which kit.faults.skewClock("-5m") put behind: kit.advance("5m") runs it',
    ],
  ])("R48 names %s, and how to go on", async (_, harm, told) => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    await kit.run(() => chargeJob.enqueue({ order: 7 }));
    harm(kit.faults);

    const { message } = await rejection(kit.drain());
    const [, advice = ""] = /kit\.advance\("(.*)"\)/.exec(message) ?? [];
    await kit.advance(advice);

    expect(message).toContain(told);
    expect(message).not.toContain("allowEmpty");
    expect(gateway.list()).toEqual([7]);
  });
});

describe("kit.faults.rollback", () => {
  it("R9 a transaction that is rolled back at its commit leaves no job", async () => {
    const { chargeJob } = aShop();
    const store = new MemoryJobStore();
    const kit = await aKit([chargeJob], { now: NOON, store });
    kit.faults.rollback();
    const order = () =>
      store.transaction(async (transaction) => {
        await kit.run(() => chargeJob.enqueue({ order: 7 }, { transaction }));
      });

    await expect(order()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(await kit.enqueued(chargeJob)).toEqual([]);
    await order();

    expect(await kit.enqueued(chargeJob)).toHaveLength(1);
  });
});
