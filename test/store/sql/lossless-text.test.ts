// Texts that a database would not keep apart.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asGiven, lossless } from "../../../src/store/sql/lossless-text.ts";

const text = fc.string({ unit: fc.constantFrom("a", " ", "\u2420", "\u0000", "é"), maxLength: 6 });

describe("lossless", () => {
  it("R38 gives back every text, and stores none that is empty or ends with a space", () => {
    fc.assert(
      fc.property(text, (given) => {
        const stored = lossless(given);

        expect(asGiven(stored)).toBe(given);
        expect(stored).not.toMatch(/^$| $/);
        expect(stored.length).toBeLessThanOrEqual(given.length + 1);
      }),
    );
  });

  it("leaves most texts as they are", () => {
    expect(lossless("mail")).toBe("mail");
    expect(asGiven("mail")).toBe("mail");
  });
});
