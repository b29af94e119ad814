// A fault that was armed and never struck fails its test.

import { describe, expect, it } from "vitest";
import { MemoryJobStore } from "wheelwright";
import { createTestKit, KitDisposeError, type TestKit } from "wheelwright/testing";
import { hearStderr, NOON, rejection } from "../a-kit.ts";
import { aShop } from "./a-shop.ts";

describe("a fault that never strikes", () => {
  /** A kit whose test is over: nobody else disposes it. */
  async function aKitAtItsEnd(): Promise<ReturnType<typeof aShop> & { kit: TestKit }> {
    const shop = aShop();
    return { ...shop, kit: await createTestKit({ jobs: [shop.chargeJob], now: NOON, leftovers: "ignore" }) };
  }

  const never: [string, (kit: TestKit, shop: ReturnType<typeof aShop>) => unknown, string, string][] = [
    [
      "crash at a call that the handler does not make",
      (kit, { chargeJob, gateway }) => kit.faults.crash(chargeJob, { after: [gateway, "list"] }),
      'kit.faults.crash(ChargeJob, { after: [Gateway, "list"] })',
      "no ChargeJob came to that point",
    ],
    [
      "lost lease whose nth is not reached",
      (kit, { chargeJob }) => kit.faults.loseLease(chargeJob, { at: "claim", nth: 3 }),
      'kit.faults.loseLease(ChargeJob, { at: "claim", nth: 3 })',
      "its point was passed once only, and its nth is 3",
    ],
    [
      "duplicate where another fault strikes",
      (kit, { chargeJob }) => kit.faults.loseLease(chargeJob, { at: "settle" }).duplicate(chargeJob),
      'kit.faults.duplicate(ChargeJob, { at: "settle" })',
      "another fault struck in its place; nth tells them apart",
    ],
    [
      "store call that is not made",
      (kit) => kit.faults.failStore(["retry", "purge"], { when: "after" }),
      'kit.faults.failStore(["retry", "purge"], { when: "after" })',
      "the store's retry, purge were not called",
    ],
    [
      "look-up that only the end of the kit makes",
      (kit) => kit.faults.failStore("list"),
      'kit.faults.failStore("list")',
      "the store's list was not called",
    ],
  ];

  it.each(never)("R48 fails the test at the end of its kit: %s", async (_what, arm, call, why) => {
    const { kit, ...shop } = await aKitAtItsEnd();
    arm(kit, shop);
    await kit.run(() => shop.chargeJob.enqueue({ order: 7 }));
    await kit.drain();

    const error = await rejection(kit.dispose());

    expect(error).toBeInstanceOf(KitDisposeError);
    expect(error.message).toContain(
      `${call} never struck: ${why}. A test that arms a fault and does not meet it proves nothing. Let the test come to its point, or take back what has not struck: kit.faults.clear()`,
    );
    expect(error.message).toMatch(/\n {4}Armed at test\/testing\/faults\/waiting-faults\.test\.ts:\d+/);
    expect(error).toMatchObject({ problems: [expect.any(String)] });
  });

  it("R48 fails the test for a rollback that no transaction came to", async () => {
    const { chargeJob } = aShop();
    const store = new MemoryJobStore();
    const kit = await createTestKit({ jobs: [chargeJob], store });
    kit.faults.rollback({ nth: 2 });
    await store.transaction(async () => undefined);

    await expect(kit.dispose()).rejects.toThrow(
      "kit.faults.rollback({ nth: 2 }) never struck: its point was passed once only, and its nth is 2.",
    );
  });

  it("is told once for each that has not struck, and for no other", async () => {
    const { kit, chargeJob } = await aKitAtItsEnd();
    kit.faults.failStore("claim", { times: 5 }).failStore("settle", { nth: 2 }).failStore("extend");
    await kit.run(() => chargeJob.enqueue({ order: 7 }));
    await kit.drainUntilIdle();

    const { problems } = (await rejection(kit.dispose())) as KitDisposeError; // `as`: what dispose rejects with

    expect(problems.map((problem) => problem.split(" never struck")[0])).toEqual([
      'kit.faults.failStore("settle", { nth: 2 })',
      'kit.faults.failStore("extend")',
    ]);
  });

  it("is nothing to fail for when it was taken back, nor where it lasts for a time", async () => {
    const { kit, chargeJob, gateway } = await aKitAtItsEnd();
    kit.faults
      .crash(chargeJob, { after: [gateway, "charge"] })
      .failStore("claim")
      .clear();
    kit.faults.storeAway("1h").skewClock("1m");

    expect(await kit.dispose()).toBeUndefined();
  });

  it("adds no second error to a test that has failed: it is told on stderr", async () => {
    const stderr = hearStderr();
    const { kit, chargeJob } = await aKitAtItsEnd();
    kit.faults.crash(chargeJob);
    await rejection(kit.drain());

    expect(await kit.dispose()).toBeUndefined();

    expect(stderr()).toContain('kit.faults.crash(ChargeJob, { at: "settle" }) never struck');
  });
});
