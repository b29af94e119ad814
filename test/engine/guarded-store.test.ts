// A worker's store: what does not answer fails in time, and what was closed is left alone.

import { describe, expect, it } from "vitest";
import { type JobStore, MemoryJobStore, TestClock } from "wheelwright";
import { StoreGuard } from "../../src/engine/guarded-store.ts";
import { START, turn } from "./an-app.ts";

const PATIENCE_MS = 10_000;

/** A guard around a store whose `get` and `claim` answer when the test says so. */
function aGuard() {
  const answers: ((value: unknown) => void)[] = [];
  const waits = (): Promise<unknown> => new Promise((resolve) => answers.push(resolve));
  const clock = new TestClock(START);
  const late: unknown[] = [];
  const inner = Object.assign(new MemoryJobStore(), { get: waits, claim: waits }) as JobStore; // `as`: answers anything
  const guard = new StoreGuard(inner, clock, PATIENCE_MS, (claims) => void late.push(claims));
  return { guard, inner, clock, late, answer: (value: unknown) => answers.shift()?.(value) };
}

const CLAIM = { limit: 1, now: START, workerId: "w", leaseMs: 30_000 };
const runOut = (clock: TestClock): void => clock.moveTo(new Date(START.getTime() + PATIENCE_MS));

describe("StoreGuard", () => {
  it("fails the calls that are under way when it is closed, and makes none after that", async () => {
    const { guard } = aGuard();
    const calls = [guard.store.get("a"), guard.store.get("b")];

    guard.close();
    calls.push(guard.store.get("c"));

    const stopped = { code: "STORE_UNAVAILABLE", message: "The worker has stopped." };
    for (const call of calls) await expect(call).rejects.toMatchObject(stopped);
  });

  it("has nothing of a store that answers at once, or that is no call", () => {
    const { guard, inner } = aGuard();
    const all = Object.assign(inner, { insertSync: () => [], [Symbol.asyncDispose]: async () => undefined });

    for (const name of ["insertSync", "close", "listen", "atOnce", Symbol.asyncDispose] as const)
      expect(Reflect.get(guard.store, name), String(name)).toBeUndefined();
    expect(Reflect.get(all, "insertSync")).toBeTypeOf("function");
  });

  it("takes a store that throws for one that rejects, at once", async () => {
    const { guard, inner, clock } = aGuard();
    const error = new Error("no such table");
    inner.get = () => {
      throw error;
    };

    const told: unknown[] = [];
    guard.store.get("a").catch((reason: unknown) => told.push(reason));
    await turn();

    expect(told).toEqual([error]);
    expect(clock.nextWakeAt()).toBeNull();
  });

  it("R25 hands on the claims that come too late, and no other method's answer", async () => {
    const { guard, clock, late, answer } = aGuard();
    const calls = [guard.store.claim(CLAIM), guard.store.get("a")];
    runOut(clock);
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });

    answer(["a claim"]);
    answer(["a job"]);
    await turn();

    expect(late).toEqual([["a claim"]]);
  });

  it("hands on nothing more when it is closed: there is no worker to take it", async () => {
    const { guard, late, answer } = aGuard();
    const call = guard.store.claim(CLAIM);
    guard.close();
    await expect(call).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });

    answer(["a claim"]);
    await turn();

    expect(late).toEqual([]);
  });
});
