// Real time, played: vitest's Date is what a following kit takes for it.

import * as fc from "fast-check";
import { afterEach, beforeEach, vi } from "vitest";
import { NOON } from "./a-kit.ts";

let realMs = NOON.getTime();

/** Puts the real clock to noon before each test of the file, and gives it back after. */
export function playRealTime(): void {
  beforeEach(() => {
    realMs = NOON.getTime();
    vi.setSystemTime(realMs);
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

export function passRealTime(ms: number): void {
  realMs += ms;
  vi.setSystemTime(realMs);
}

/** One thing that a test does to its kit, after so much real time. */
export interface Step {
  readonly verb: "enqueue" | "advance" | "drain" | "jump";
  readonly seconds: number;
  readonly driftMs: number;
}

export function aStep(): fc.Arbitrary<Step> {
  return fc.record({
    verb: fc.constantFrom("enqueue", "advance", "drain", "jump"),
    seconds: fc.integer({ min: 0, max: 40 }),
    driftMs: fc.integer({ min: 0, max: 9 }),
  });
}
