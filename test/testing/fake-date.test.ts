// `fakeDate`: the global Date, and nothing else, equal to the kit's clock (R39).

import sinon from "sinon";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Job, type JobContext } from "wheelwright";
import { createTestKit, KitUsageError, type TestKit } from "wheelwright/testing";
import { sinonTimers } from "./sinon-timers.ts";

class LookJob extends Job {
  static seen: (readonly [date: number, context: number])[] = [];
  override perform(_data: object, context: JobContext): void {
    LookJob.seen.push([Date.now(), context.now().getTime()]);
  }
}

const RealDate = Date;
const NOON = Date.UTC(2030, 5, 1, 12);

function aKit(): Promise<TestKit> {
  return createTestKit({ jobs: [LookJob], now: new RealDate(NOON), fakeDate: true });
}

afterEach(() => {
  vi.useRealTimers();
  sinon.restore();
  expect(Date).toBe(RealDate);
});

describe("createTestKit({ fakeDate })", () => {
  it("keeps Date at the kit's instant, also while a handler runs", async () => {
    const kit = await aKit();
    LookJob.seen = [];
    await LookJob.enqueueIn(60, {});

    await kit.advance("5m");

    expect(LookJob.seen).toEqual([[NOON + 60_000, NOON + 60_000]]);
    expect(Date.now()).toBe(NOON + 300_000);
    expect(new Date()).toEqual(kit.now());
    await kit.dispose();
  });

  it("leaves everything else of Date as it is", async () => {
    const kit = await aKit();

    expect(new Date(7).getTime()).toBe(7);
    expect(new Date(2020, 1, 2).getMonth()).toBe(1);
    expect(Date.UTC(2020, 0)).toBe(RealDate.UTC(2020, 0));
    expect(Date.parse("2020-01-01T00:00:00Z")).toBe(RealDate.parse("2020-01-01T00:00:00Z"));
    expect(Date()).toBe(new RealDate(NOON).toString());
    expect(Date.name).toBe("Date");
    expect(Date.length).toBe(7);
    expect(new Date()).toBeInstanceOf(Date);
    expect(new RealDate(0)).toBeInstanceOf(Date);
    expect(structuredClone(new Date())).toEqual(new RealDate(NOON));
    class Stamp extends Date {
      readonly isStamp = true;
    }
    expect(new Stamp()).toMatchObject({ isStamp: true });
    expect(new Stamp().getTime()).toBe(NOON);
    await kit.dispose();
  });

  it("leaves timers alone", async () => {
    const { setTimeout: timeout, setImmediate: immediate } = globalThis;
    const kit = await aKit();

    expect(setTimeout).toBe(timeout);
    expect(setImmediate).toBe(immediate);
    await new Promise((resolve) => setTimeout(resolve, 0));
    await kit.dispose();
  });

  it("gives Date back when the kit is disposed, also when that fails", async () => {
    const kit = await aKit();
    kit.expectFailure(LookJob);

    await expect(kit.dispose()).rejects.toThrow("was never met");

    expect(Date).toBe(RealDate);
  });

  it("is for one kit at a time, and free again after it", async () => {
    const kit = await createTestKit({ jobs: [LookJob], fakeDate: true, label: "the first" });

    await expect(createTestKit({ jobs: [LookJob], fakeDate: true, label: "the second" })).rejects.toThrow(
      new KitUsageError(
        "the second cannot fake Date: the first does already. Dispose it first, or leave fakeDate out.",
      ),
    );

    await kit.dispose();
    await (await aKit()).dispose();
  });

  it("leaves no kit behind where Date is taken", async () => {
    const kit = await aKit();
    await expect(aKit()).rejects.toThrow(KitUsageError);

    await LookJob.enqueue(); // Ambiguous, had the second kit stayed open.

    await kit.drain();
    await kit.dispose();
  });

  it("freezes the clock", async () => {
    const kit = await createTestKit({ jobs: [LookJob], fakeDate: true });
    const before = kit.now();

    const start = performance.now();
    while (performance.now() - start < 3);

    expect(kit.now()).toEqual(before);
    await kit.dispose();
  });

  it("moves a Date that vitest has faked", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 0 });
    const kit = await aKit();
    expect(Date.now()).toBe(NOON);

    await kit.advance("1h");

    expect(Date.now()).toBe(NOON + 3_600_000);
    await kit.dispose();
    vi.useRealTimers();
  });

  it("moves a Date that vitest has faked with all timers, firing none", async () => {
    vi.useFakeTimers();
    const kit = await aKit();
    let fired = false;
    setTimeout(() => {
      fired = true;
    }, 1000);

    await kit.advance("1h");

    expect(Date.now()).toBe(NOON + 3_600_000);
    expect(fired).toBe(false);
    await kit.dispose();
    vi.useRealTimers();
  });

  it("takes the place of a Date that vitest has only set", async () => {
    vi.setSystemTime(5);
    const kit = await aKit();

    expect(Date.now()).toBe(NOON);

    await kit.dispose();
    expect(Date.now()).toBe(5);
    vi.useRealTimers();
  });

  it("moves a Date that sinon has faked", async () => {
    const clock = sinonTimers(0);
    const kit = await aKit();

    await kit.advance("1h");

    expect(Date.now()).toBe(NOON + 3_600_000);
    await kit.dispose();
    clock.restore();
  });

  it("BM-245 keeps Date when vitest begins and ends to fake it half way", async () => {
    const kit = await aKit();
    vi.useFakeTimers();
    expect(Date.now()).toBe(NOON);
    await kit.advance("1m");
    expect(Date.now()).toBe(NOON + 60_000);

    vi.useRealTimers();
    expect(Date.now()).toBe(NOON + 60_000);
    await kit.advance("1m");

    expect(Date.now()).toBe(NOON + 120_000);
    await kit.dispose();
  });

  it("BM-245 takes Date over at the next look when vitest ends to fake it", async () => {
    vi.useFakeTimers();
    const kit = await aKit();
    vi.useRealTimers();

    kit.now();

    expect(Date.now()).toBe(NOON);
    await kit.dispose();
  });

  it("tells the real time when a faker puts it back after the kit is gone", async () => {
    const kit = await aKit();
    vi.useFakeTimers();
    await kit.dispose();

    vi.useRealTimers();

    expect(Date).not.toBe(RealDate);
    expect(Math.abs(Date.now() - RealDate.now())).toBeLessThan(1000);
    const made = new Date();
    expect(Math.abs(made.getTime() - RealDate.now())).toBeLessThan(1000);
    globalThis.Date = RealDate;
  });
});
