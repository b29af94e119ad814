// The edge that passes the system's randomness in. Nothing else in this package makes a random number.

import { createIdSource, type IdSource } from "../job/id.ts";

export function systemRandom(): number {
  return Math.random();
}

/** Ids from the system's random bytes; one source for the process, so that ids are monotonic within it (R7). */
export const systemIds: IdSource = createIdSource((bytes) => {
  fillSystemRandom ??= loadCrypto();
  fillSystemRandom(bytes);
});

/** Ids from a number source, for those who hand in their own. */
export function idsFrom(random: () => number): IdSource {
  return createIdSource((bytes) => {
    for (let index = 0; index < bytes.length; index++) bytes[index] = Math.floor(random() * 256);
  });
}

let fillSystemRandom: ((bytes: Uint8Array) => unknown) | undefined;

/** Called for the first id: loading node:crypto takes as long as half of this package, and no kit needs it. */
function loadCrypto(): (bytes: Uint8Array) => unknown {
  // Before Node.js 20.16 and 22.3 there is only the global, which a test environment may have put its own in place of.
  return process.getBuiltinModule?.("node:crypto").randomFillSync ?? ((bytes) => crypto.getRandomValues(bytes));
}
