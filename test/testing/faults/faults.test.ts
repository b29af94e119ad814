// kit.faults: clocks that are off, what is refused, and that all is put back.

import { describe, expect, it } from "vitest";
import { type AnyJobClass, defineJob, InvalidOptionError, MemoryJobStore } from "wheelwright";
import { createTestKit, type FaultPoint, type Faults, FaultUsageError } from "wheelwright/testing";
import { aKit, NOON, rejection } from "../a-kit.ts";
import { aShop, Gateway } from "./a-shop.ts";

describe("kit.faults.skewClock", () => {
  it("lets a machine whose clock is ahead run a job early", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    await kit.run(() => chargeJob.enqueueIn("10s", { order: 7 }));
    kit.faults.skewClock("4s");

    await kit.advance("5s 999ms");
    expect(gateway.list()).toEqual([]);
    await kit.advance("1ms");

    expect(gateway.list()).toEqual([7]);
  });

  it("lets one whose clock is behind run it late", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    await kit.run(() => chargeJob.enqueueIn("10s", { order: 7 }));
    kit.faults.skewClock("-4s");

    await kit.advance("13s 999ms");
    expect(gateway.list()).toEqual([]);
    await kit.advance("1ms");

    expect(gateway.list()).toEqual([7]);
  });
});

describe("kit.faults", () => {
  it("tells faults in a row, and takes them back with clear", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    kit.faults.crash(chargeJob, { at: "claim" }).failStore("claim").storeAway("1h").skewClock("1m").clear();
    await kit.run(() => chargeJob.enqueue({ order: 7 }));

    await kit.drain();

    expect(gateway.list()).toEqual([7]);
  });

  it("puts effects and store back at dispose", async () => {
    const { chargeJob, gateway } = aShop();
    const store = new MemoryJobStore();
    const own = { gateway: Object.getOwnPropertyNames(gateway), store: Object.getOwnPropertyNames(store) };
    const kit = await createTestKit({ jobs: [chargeJob], store, leftovers: "ignore" });
    kit.faults.crash(chargeJob, { after: [gateway, "charge"] }).failStore("claim");
    expect(Object.getOwnPropertyNames(gateway)).not.toEqual(own.gateway);

    await rejection(kit.dispose()); // for neither has struck

    expect(Object.getOwnPropertyNames(gateway)).toEqual(own.gateway);
    expect(Object.getOwnPropertyNames(store)).toEqual(own.store);
    await store.close();
  });

  it("does not strike what a test calls itself, nor what an effect calls of itself", async () => {
    const ledger = {
      rows: [] as string[],
      add: async (row: string) => void ledger.rows.push(row),
      addTwice: async (row: string) => {
        await ledger.add(row);
        await ledger.add(row);
      },
    };
    const job = defineJob("TwiceJob", {}, () => ledger.addTwice("b"));
    const kit = await aKit([job], { now: NOON });
    kit.faults.crash(job, { before: [ledger, "add"] });
    await ledger.add("a");
    await kit.run(() => job.enqueue());

    await kit.drain();

    expect(ledger.rows).toEqual(["a", "b", "b"]);
    kit.faults.clear();
  });

  it.each([
    ["a frozen object", Object.freeze({ charge: async () => undefined }), "frozen or sealed"],
    [
      "an object whose method cannot be replaced",
      Object.defineProperty({}, "charge", { value: () => undefined }),
      "cannot be replaced",
    ],
  ])("refuses %s, with the mend", async (_what, effect, message) => {
    const { chargeJob } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    const arm = () => kit.faults.crash(chargeJob, { before: [effect as { charge(): void }, "charge"] });

    expect(arm).toThrow(FaultUsageError);
    expect(arm).toThrow(message);
    expect(arm).toThrow("{ charge: (...args) => payments.charge(...args) }");
  });

  it("refuses an effect that another kit's faults stand in for, until they are taken back", async () => {
    const { chargeJob, gateway } = aShop();
    const first = await aKit([chargeJob], { now: NOON });
    const second = await aKit([chargeJob], { now: NOON });
    first.faults.crash(chargeJob, { before: [gateway, "charge"] });
    const arm = () => second.faults.crash(chargeJob, { after: [gateway, "charge"] });

    expect(arm).toThrow("is watched already");
    first.faults.clear();
    arm();
    second.faults.clear();

    expect(Object.getOwnPropertyNames(gateway)).toEqual([]);
  });

  it("refuses a module's namespace", async () => {
    const { chargeJob } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    const module = await import("node:path");

    expect(() => kit.faults.crash(chargeJob, { before: [module, "join"] })).toThrow("a module's namespace");
  });

  it("refuses a method that is not there, a verb nobody knows, a kit that is disposed", async () => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });

    expect(() => kit.faults.crash(chargeJob, { before: [gateway, "refund" as "charge"] })).toThrow(
      'no method "refund"',
    );
    expect(() => kit.faults.failStore("write" as "claim")).toThrow("failStore's verb");
    expect(() => kit.faults.crash(chargeJob, { nth: 0, at: "claim" })).toThrow("nth");
    await kit.dispose();
    expect(() => kit.faults.crash(chargeJob)).toThrow("disposed");
  });

  it.each<[what: string, attempt: (faults: Faults, job: AnyJobClass, gateway: Gateway) => unknown, message: string]>([
    [
      "a misspelt option of a point",
      (f, j) => f.crash(j, { at: "claim", nht: 2 } as FaultPoint),
      'crash\'s option "nht"',
    ],
    [
      "a misspelt option of duplicate",
      (f, j) => f.duplicate(j, { nht: 2 } as object),
      'duplicate\'s option "nht" is 2',
    ],
    [
      "a misspelt option of failStore",
      (f) => f.failStore("claim", { tmies: 2 } as object),
      'failStore\'s option "tmies"',
    ],
    ["a misspelt option of rollback", (f) => f.rollback({ time: 2 } as object), 'rollback\'s option "time" is 2'],
    ["no point", (f, j) => f.crash(j, null as never), "crash's point is null; expected { at:"],
    [
      "a point of two places",
      (f, j, gateway) => f.loseLease(j, { at: "claim", before: [gateway, "charge"] } as never),
      "expected one place only",
    ],
    [
      "a point before and after a call",
      (f, j, gateway) => f.crash(j, { before: [gateway, "charge"], after: [gateway, "charge"] } as never),
      "expected one place only",
    ],
    ["a number for options of duplicate", (f, j) => f.duplicate(j, 5 as never), "duplicate's options is 5"],
    ["null for options of duplicate", (f, j) => f.duplicate(j, null as never), "duplicate's options is null"],
    ["null for options of failStore", (f) => f.failStore("claim", null as never), "failStore's options is null"],
    ["null for options of rollback", (f) => f.rollback(null as never), "rollback's options is null"],
    ["no verb", (f) => f.failStore([]), "failStore's verb is []; expected one of insert,"],
    [
      "a text for an error",
      (f) => f.failStore("claim", { error: "no" as never }),
      'failStore\'s error is "no"; expected an Error',
    ],
  ])("refuses %s, with what would do", async (_what, attempt, message) => {
    const { chargeJob, gateway } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    const act = () => attempt(kit.faults, chargeJob, gateway);

    expect(act).toThrow(InvalidOptionError);
    expect(act).toThrow(message);
    expect(Object.getOwnPropertyNames(gateway)).toEqual([]);
  });

  it("tells a skew that is no duration as it was given", async () => {
    const kit = await aKit([aShop().chargeJob], { now: NOON });

    expect(() => kit.faults.skewClock("--5s")).toThrow('skewClock\'s duration is "--5s", which is no duration');
  });

  it.each([
    [
      "an accessor",
      {
        get charge() {
          return () => undefined;
        },
      },
      "charge",
    ],
    ["a method of every object", new Gateway(), "toString"],
  ])("refuses to strike at %s, which it could not stand in for", async (_what, effect, method) => {
    const { chargeJob } = aShop();
    const kit = await aKit([chargeJob], { now: NOON });
    const arm = () => kit.faults.crash(chargeJob, { before: [effect, method as never] });

    expect(arm).toThrow(FaultUsageError);
    expect(arm).toThrow(`cannot be watched at "${method}"`);
  });
});
