// The system's clock with the system's own timers: the one test that lets real milliseconds pass.

import { afterEach, describe, expect, it, vi } from "vitest";
import { SystemClock } from "../../src/clock/system-clock.ts";

const realNow = Date.now;

afterEach(() => {
  vi.useRealTimers();
});

describe("SystemClock", () => {
  it.each([0, 1, 10])("wakes when %d ms have passed, never earlier", async (ms) => {
    const clock = new SystemClock();
    const due = new Date(clock.now().getTime() + ms);

    const wokenAt = await new Promise<number>((resolve) => clock.wakeAt(due, () => resolve(realNow())));

    expect(wokenAt).toBeGreaterThanOrEqual(due.getTime());
  });

  it("BM-245 goes on when a test fakes the globals after it was loaded", async () => {
    const clock = new SystemClock();
    vi.useFakeTimers({ now: 0 });

    const before = clock.now();
    await new Promise<void>((resolve) => clock.wakeAt(new Date(before.getTime() + 1), resolve));

    expect(Date.now()).toBe(0);
    expect(clock.now().getTime()).toBeGreaterThan(before.getTime());
    expect(Math.abs(before.getTime() - realNow())).toBeLessThan(60_000);
  });

  it("BM-252 cancels, and leaves nothing behind that keeps the process alive", () => {
    const timersBefore = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const clock = new SystemClock();

    const cancels = Array.from({ length: 100 }, (_, index) =>
      clock.wakeAt(new Date(Date.now() + 1e6 + index), () => {}),
    );
    for (const cancel of cancels) cancel();

    expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout")).toHaveLength(timersBefore);
  });
});
