// A loop that polls, by itself: when its rounds are, who may bring one about, and what it leaves to others.

import { describe, expect, it } from "vitest";
import { TestClock } from "wheelwright";
import { Poller } from "../../src/engine/poller.ts";
import { aGate } from "./a-running-job.ts";
import { START, turn } from "./an-app.ts";

/** A poller whose rounds are noted, each with its instant. `round` gives the next one's, in milliseconds after the start. */
function aPoller(round: (n: number) => number | Promise<number>, random = 0) {
  const clock = new TestClock(START);
  const rounds: number[] = [];
  const elapsed = (): number => clock.now().getTime() - START.getTime();
  const poller = new Poller(
    async () => {
      rounds.push(elapsed());
      return START.getTime() + (await round(rounds.length));
    },
    { clock, random: () => random, failed: () => undefined, succeeded: () => undefined },
  );
  const wakeBy = (ms: number): void => poller.wakeBy(START.getTime() + ms);
  const moveTo = async (ms: number): Promise<void> => {
    await turn();
    clock.moveTo(new Date(START.getTime() + ms));
    await turn();
  };
  return { poller, clock, rounds, wakeBy, moveTo };
}

const asleep = (): number => Number.POSITIVE_INFINITY;

describe("Poller", () => {
  it("keeps the earliest instant that it was asked for, in whatever order", async () => {
    const { rounds, wakeBy, moveTo } = aPoller(asleep);

    wakeBy(10_000);
    wakeBy(20_000);
    wakeBy(5000);
    wakeBy(7000);
    await moveTo(4999);
    expect(rounds).toEqual([]);
    await moveTo(5000);

    expect(rounds).toEqual([5000]);
  });

  it("begins one round for all who wake it at once, not one for each", async () => {
    const { gate, open } = aGate();
    const { poller, rounds, wakeBy } = aPoller(() => gate.then(asleep));

    wakeBy(0);
    poller.wake();
    await turn();

    expect(rounds).toEqual([0]);
    open();
  });

  it("takes what it is asked for during a round for the next one", async () => {
    const { poller, rounds, moveTo, wakeBy } = aPoller((n) => {
      if (n === 1) wakeBy(3000);
      return n === 1 ? 8000 : asleep();
    });

    poller.wake();
    await moveTo(3000);

    expect(rounds).toEqual([0, 3000]);
  });

  it("begins no round once it is stopped, not even one that it was woken for before", async () => {
    const { poller, clock, rounds } = aPoller(asleep);

    poller.wake();
    const stopped = poller.stop();
    poller.wake();
    await stopped;
    await turn();

    expect(rounds).toEqual([]);
    expect(clock.nextWakeAt()).toBeNull();
  });

  it("has stopped when the round under way has ended, for everybody who asked", async () => {
    const { gate, open } = aGate();
    const { poller } = aPoller(() => gate.then(() => 0));
    const ended: string[] = [];
    poller.wake();
    await turn();

    const stops = ["first", "second"].map((who) => poller.stop().then(() => ended.push(who)));
    await turn();
    expect(ended).toEqual([]);
    open();
    await Promise.all(stops);

    expect(ended).toEqual(["first", "second"]);
  });

  it("lets the event loop have its turn among rounds that follow each other without a sleep", async () => {
    const { poller, rounds } = aPoller((n) => (n < 175 ? 0 : asleep()));

    poller.wake();
    await turn();
    expect(rounds.length).toBeLessThanOrEqual(100);
    for (let turns = 0; turns < 10; turns++) await turn();

    expect(rounds).toHaveLength(175);
  });

  it.each([
    [0, [125, 250, 500, 1000, 2000, 4000, 7500, 7500]],
    [1, [250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000]],
  ])("R46 waits twice as long after each failure, up to 15 s, jittered by half (%d)", async (random, waits) => {
    const { poller, clock, rounds } = aPoller(() => Promise.reject(new Error("away")), random);

    poller.wake();
    for (const _ of waits) {
      await turn();
      clock.moveTo(clock.nextWakeAt() ?? START);
    }
    await turn();

    expect(rounds.slice(1).map((at, index) => at - (rounds[index] ?? 0))).toEqual(waits);
  });

  it("R46 cannot be woken sooner than a second, or its wait, after a failure", async () => {
    const { poller, rounds, moveTo } = aPoller((n) => (n > 5 ? asleep() : Promise.reject(new Error("away"))), 1);
    poller.wake();
    for (const at of [250, 750, 1750, 3750]) await moveTo(at);

    poller.wake(); // The next would be at 7750.
    await moveTo(4749);
    expect(rounds).toHaveLength(5);
    await moveTo(4750);

    expect(rounds).toEqual([0, 250, 750, 1750, 3750, 4750]);
  });
});
