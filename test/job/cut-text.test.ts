import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutText } from "../../src/job/cut-text.ts";
import { always } from "../always.ts";

// fast-check's own strings of any code point take seconds to set up.
const letters = fc.array(fc.constantFrom("a", "é", "🎉", "𝒳"), { maxLength: 20 }).map((list) => list.join(""));

describe("cutText", () => {
  it("leaves a text alone that is short enough", () => {
    expect(cutText("", 5)).toBe("");
    expect(cutText("abcde", 5)).toBe("abcde");
  });

  it("ends a longer one with an ellipsis, inside the limit", () => {
    expect(cutText("abcdef", 5)).toBe("abcd…");
  });

  it("never cuts a surrogate pair in two", () => {
    expect(cutText("abc🎉def", 5)).toBe("abc…");
    expect(cutText("ab🎉def", 5)).toBe("ab🎉…");
    expect(cutText("abc\u{10000}def", 5)).toBe("abc…"); // The first of all pairs, and the last.
    expect(cutText("abc\u{10ffff}def", 5)).toBe("abc…");

    always(
      fc.property(letters, fc.integer({ min: 2, max: 20 }), (text, max) => {
        const cut = cutText(text, max);

        expect(cut.isWellFormed()).toBe(true);
        expect(cut.length).toBeLessThanOrEqual(max);
        expect(cut === text || (text.length > max && text.startsWith(cut.slice(0, -1)))).toBe(true);
      }),
    );
  });
});
