// Faults that wait for their point. One that has not struck when the kit ends has let nothing go wrong (R48).

import type { CallSite } from "../assertions/assertion-error.ts";

export interface WaitingFault {
  /** As the test wrote it: `kit.faults.crash(ChargeJob, { at: "claim" })`. */
  readonly text: string;
  /** What never came, where nothing did: `no ChargeJob came to that point`. */
  readonly absence: string;
  /** The how-manieth time it was to strike. */
  readonly nth: number;
  /** How many times its point has been passed. */
  came: number;
  readonly site: CallSite;
}

export class WaitingFaults {
  readonly #waiting = new Set<WaitingFault>();

  add(fault: Omit<WaitingFault, "came">): WaitingFault {
    const waiting = { ...fault, came: 0 };
    this.#waiting.add(waiting);
    return waiting;
  }

  struck(fault: WaitingFault): void {
    this.#waiting.delete(fault);
  }

  clear(): void {
    this.#waiting.clear();
  }

  /** Those that have not struck, in words: why, where they were armed, and what to do. */
  tell(): readonly string[] {
    return [...this.#waiting].map((fault) => {
      const { where } = fault.site;
      const place = where === null ? "" : `\n    Armed at ${where}`;
      return `${fault.text} never struck: ${reasonOf(fault)}. A test that arms a fault and does not meet it proves nothing. Let the test come to its point, or take back what has not struck: kit.faults.clear()${place}`;
    });
  }
}

function reasonOf({ absence, nth, came }: WaitingFault): string {
  if (came === 0) return absence;
  if (came >= nth) return "another fault struck in its place; nth tells them apart";
  return `its point was passed ${came === 1 ? "once" : `${came} times`} only, and its nth is ${nth}`;
}
