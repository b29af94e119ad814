// Everything that is left to chance in a simulation, from one seed.

import { seededRandom } from "../../src/testing/seeded-random.ts";

export class Dice {
  /** Numbers in [0, 1). */
  readonly next: () => number;

  constructor(seed: number | string) {
    this.next = seededRandom(seed);
  }

  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.next() * list.length)] as T; // `as`: the index is inside of it
  }
}
