// What one seed plays: so many engines, clocks, faults and actions. Swarm-style: each seed has some of the faults only, for
// a fault that is always there hides what the others would show.

import type { Dice } from "./dice.ts";

/** How likely each fault is at each store call, or, for the last four, at each step of the scheduler. */
export interface Faults {
  /** The engine dies at a store call, before or after it took effect. */
  readonly crashAtCall: number;
  /** The call fails, and nothing was done. */
  readonly errorBefore: number;
  /** The call is reported to have failed, and was done: its answer is lost. */
  readonly errorAfter: number;
  /** The answer comes later, after any number of other things. */
  readonly lateAnswer: number;
  /** A call that may be repeated reaches the store twice. */
  readonly duplicate: number;
  /** The engine dies between two store calls: inside of a handler, say. */
  readonly crash: number;
  /** The engine stands still while time goes on, past its leases. */
  readonly pause: number;
  /** The machine's clock is put forth or back. */
  readonly clockJump: number;
  /** The worker is stopped, with or without patience, and started again. */
  readonly stop: number;
}

export interface Plan {
  /** One entry per engine. */
  readonly skewsMs: readonly number[];
  readonly concurrency: number;
  /** How many things clients do. */
  readonly actions: number;
  /** Which kinds of them. */
  readonly kinds: readonly ActionKind[];
  readonly faults: Faults;
  /** Whether all jobs have one unique key. */
  readonly oneKey: boolean;
  /** How likely time is to go on although somebody could go on without it. */
  readonly haste: number;
}

export type ActionKind =
  | "enqueue"
  | "enqueueMany"
  | "cancel"
  | "retry"
  | "retryFailed"
  | "purge"
  | "rescue"
  | "processQueue";

const KINDS: readonly ActionKind[] = [
  "enqueueMany",
  "cancel",
  "retry",
  "retryFailed",
  "purge",
  "rescue",
  "processQueue",
];

export function planOf(dice: Dice): Plan {
  const fault = (...levels: readonly number[]): number => (dice.chance(0.45) ? dice.pick(levels) : 0);
  const isSkewed = dice.chance(0.3);
  return {
    skewsMs: Array.from({ length: dice.between(1, 3) }, () => (isSkewed ? dice.between(-8000, 8000) : 0)),
    concurrency: dice.between(1, 3),
    actions: dice.between(3, 9),
    kinds: ["enqueue", "enqueue", "enqueue", ...KINDS.filter(() => dice.chance(0.5))],
    faults: {
      crashAtCall: fault(0.01, 0.04),
      errorBefore: fault(0.03, 0.15),
      errorAfter: fault(0.03, 0.15),
      lateAnswer: fault(0.1, 0.5),
      duplicate: fault(0.1, 0.4),
      crash: fault(0.005, 0.02),
      pause: fault(0.01, 0.03),
      stop: fault(0.005, 0.02),
      clockJump: isSkewed ? fault(0.01) : 0,
    },
    haste: dice.pick([0.02, 0.1, 0.3]),
    oneKey: dice.chance(0.15),
  };
}

export const NO_FAULTS: Faults = {
  crashAtCall: 0,
  errorBefore: 0,
  errorAfter: 0,
  lateAnswer: 0,
  duplicate: 0,
  crash: 0,
  pause: 0,
  stop: 0,
  clockJump: 0,
};
