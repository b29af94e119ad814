// The edge that passes the system's randomness in. Nothing else in this package makes a random number.

import { randomFillSync } from "node:crypto";
import { createIdSource, type IdSource } from "../job/id.ts";

export const systemRandom = (): number => Math.random();

/** Ids from the system's random bytes; one source for the process, so that ids are monotonic within it (R7). */
export const systemIds: IdSource = createIdSource((bytes) => {
  randomFillSync(bytes);
});

/** Ids from a number source, for those who hand in their own. */
export function idsFrom(random: () => number): IdSource {
  return createIdSource((bytes) => {
    for (let index = 0; index < bytes.length; index++) bytes[index] = Math.floor(random() * 256);
  });
}
